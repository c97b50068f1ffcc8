//! Layouts of times: what each part of `Mon Jan 2 15:04:05 MST 2006` stands for.

/// A part of a layout that stands for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    MonthName,
    MonthShort,
    Month,
    Month2,
    WeekdayName,
    WeekdayShort,
    Day,
    /// `_2`
    DaySpace,
    Day2,
    /// `__2`
    YearDaySpace,
    YearDay3,
    Hour24,
    Hour12,
    Hour12Two,
    Minute,
    Minute2,
    Second,
    Second2,
    Year,
    Year2,
    UpperPm,
    LowerPm,
    /// `MST`
    ZoneName,
    /// `-0700`, `Z07:00` and the like
    Offset(OffsetForm),
    /// `.000` or `.999`: number of digits, whether zeros at the end are dropped
    Fraction {
        digits: usize,
        drops_zeros: bool,
    },
}

/// How an offset from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetForm {
    /// Zero is written `Z`.
    pub(super) zulu: bool,
    pub(super) colon: bool,
    pub(super) minutes: bool,
    pub(super) seconds: bool,
}

/// `-0700`, which stands in for a name that a zone does not have.
pub(super) const PLAIN_OFFSET: OffsetForm = OffsetForm { zulu: false, colon: false, minutes: true, seconds: false };

const fn offset(zulu: bool, colon: bool, minutes: bool, seconds: bool) -> Part {
    Part::Offset(OffsetForm { zulu, colon, minutes, seconds })
}

/// Parts that are known by their text alone; longer ones before their starts.
const PARTS: &[(&[u8], Part)] = &[
    (b"January", Part::MonthName),
    (b"Monday", Part::WeekdayName),
    (b"MST", Part::ZoneName),
    (b"01", Part::Month2),
    (b"02", Part::Day2),
    (b"03", Part::Hour12Two),
    (b"04", Part::Minute2),
    (b"05", Part::Second2),
    (b"06", Part::Year2),
    (b"002", Part::YearDay3),
    (b"15", Part::Hour24),
    (b"1", Part::Month),
    (b"2006", Part::Year),
    (b"2", Part::Day),
    (b"__2", Part::YearDaySpace),
    (b"3", Part::Hour12),
    (b"4", Part::Minute),
    (b"5", Part::Second),
    (b"PM", Part::UpperPm),
    (b"pm", Part::LowerPm),
    (b"-070000", offset(false, false, true, true)),
    (b"-07:00:00", offset(false, true, true, true)),
    (b"-0700", offset(false, false, true, false)),
    (b"-07:00", offset(false, true, true, false)),
    (b"-07", offset(false, false, false, false)),
    (b"Z070000", offset(true, false, true, true)),
    (b"Z07:00:00", offset(true, true, true, true)),
    (b"Z0700", offset(true, false, true, false)),
    (b"Z07:00", offset(true, true, true, false)),
    (b"Z07", offset(true, false, false, false)),
];

/// A layout up to and including its next part.
#[derive(Debug)]
pub(super) struct Piece<'l> {
    /// What stands before the part and means itself
    pub(super) literal: &'l [u8],
    /// The part and its text; none at the end of the layout
    pub(super) part: Option<(Part, &'l [u8])>,
    pub(super) rest: &'l [u8],
}

pub(super) fn next_piece(layout: &[u8]) -> Piece<'_> {
    for at in 0..layout.len() {
        let (literal, tail) = layout.split_at(at);
        if let Some((part, length)) = part_at(tail) {
            let (text, rest) = tail.split_at_checked(length).unwrap_or((tail, b""));
            return Piece { literal, part: Some((part, text)), rest };
        }
    }
    Piece { literal: layout, part: None, rest: b"" }
}

/// The part that a text starts with, and its length.
fn part_at(text: &[u8]) -> Option<(Part, usize)> {
    if !matches!(text.first()?, b'J' | b'M' | b'0'..=b'5' | b'_' | b'P' | b'p' | b'-' | b'Z' | b'.' | b',') {
        return None;
    }
    if let Some((known, part)) = PARTS.iter().find(|(known, _)| text.starts_with(known)) {
        return Some((*part, known.len()));
    }
    let after = |length: usize| text.get(length).copied().unwrap_or_default();
    match text {
        [b'J', b'a', b'n', ..] if !after(3).is_ascii_lowercase() => Some((Part::MonthShort, 3)),
        [b'M', b'o', b'n', ..] if !after(3).is_ascii_lowercase() => Some((Part::WeekdayShort, 3)),
        // "_2006" is an underscore and a year.
        [b'_', b'2', ..] if !text.starts_with(b"_2006") => Some((Part::DaySpace, 2)),
        [b'.' | b',', digit @ (b'0' | b'9'), ..] => {
            let digits = text.iter().skip(1).take_while(|byte| *byte == digit).count();
            // Go keeps the number in 12 bits.
            let part = Part::Fraction { digits: digits & 0xfff, drops_zeros: *digit == b'9' };
            (!after(1 + digits).is_ascii_digit()).then_some((part, 1 + digits))
        }
        _ => None,
    }
}
