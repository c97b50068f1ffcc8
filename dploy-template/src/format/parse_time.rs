//! Text as a time: Go's `time.ParseInLocation`.

use super::duration::quote_ascii;
use super::layout::{OffsetForm, Part, next_piece};
use super::scan::{
    Bad, below, day_of_year, days_in, digit, fraction, fraction_length, integer, name_index, number, skip, split,
    zone_name_length,
};
use super::time::{MONTHS, WEEKDAYS};
use crate::value::{Location, Text, Time};

/// What the text has told so far.
#[derive(Default)]
struct Fields {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: i64,
    am: bool,
    pm: bool,
    utc: bool,
    /// Seconds east of UTC
    offset: Option<i64>,
    zone_name: Vec<u8>,
}

/// The time that a text tells in a layout, at the location `local` where it
/// tells no other. `name` makes the name of a location out of a part of the
/// text. The error is Go's message.
pub(crate) fn parse_time(
    layout: &[u8],
    text: &[u8],
    local: &Location,
    name: impl FnOnce(Vec<u8>) -> Text,
) -> Result<Time, String> {
    let mut fields = Fields::default();
    let (mut rest_of_layout, mut rest) = (layout, text);
    let mismatch = |found: &[u8], wanted: &[u8]| {
        let [text, layout, found, wanted] = [text, layout, found, wanted].map(quote_ascii);
        format!("parsing time {text} as {layout}: cannot parse {found} as {wanted}")
    };
    loop {
        let piece = next_piece(rest_of_layout);
        rest = skip(rest, piece.literal).map_err(|at| mismatch(at, piece.literal))?;
        rest_of_layout = piece.rest;
        let Some((part, written)) = piece.part else {
            break;
        };
        let held = rest;
        rest = match fields.read(part, rest, rest_of_layout) {
            Ok(rest) => rest,
            Err(Bad::Syntax) => return Err(mismatch(held, written)),
            Err(Bad::Range(what)) => return Err(format!("parsing time {}: {what} out of range", quote_ascii(text))),
        };
    }
    if !rest.is_empty() {
        return Err(format!("parsing time {}: extra text: {}", quote_ascii(text), quote_ascii(rest)));
    }
    let date = fields.date().map_err(|problem| format!("parsing time {}: {problem}", quote_ascii(text)))?;
    Ok(fields.time(date, local, name))
}

impl Fields {
    /// Reads a part and answers what follows it.
    fn read<'t>(&mut self, part: Part, mut text: &'t [u8], layout: &[u8]) -> Result<&'t [u8], Bad> {
        match part {
            Part::Hour24 => (self.hour, text) = below(24, "hour", text, false)?,
            Part::Hour12 | Part::Hour12Two => (self.hour, text) = below(13, "hour", text, part == Part::Hour12Two)?,
            Part::Minute | Part::Minute2 => (self.minute, text) = below(60, "minute", text, part == Part::Minute2)?,
            Part::Second | Part::Second2 => text = self.read_second(part, text, layout)?,
            Part::UpperPm => text = self.read_half(b"AM", b"PM", text)?,
            Part::LowerPm => text = self.read_half(b"am", b"pm", text)?,
            Part::ZoneName => text = self.read_zone_name(text)?,
            Part::Offset(form) => text = self.read_offset(form, text)?,
            Part::Fraction { digits, drops_zeros } => {
                // As many digits as there are, possibly none, if zeros may be missing.
                let length = if drops_zeros { fraction_length(text).unwrap_or(0) } else { 1 + digits };
                let (written, rest) = split(text, length)?;
                if length > 0 {
                    self.nanos = fraction(written)?;
                }
                text = rest;
            }
            _ => text = self.read_date(part, text)?,
        }
        Ok(text)
    }

    /// Reads a part of the date.
    fn read_date<'t>(&mut self, part: Part, text: &'t [u8]) -> Result<&'t [u8], Bad> {
        let rest;
        match part {
            Part::Year2 => {
                let (year, after) = split(text, 2)?;
                let year = integer(year)?;
                self.year = if year >= 69 { year + 1900 } else { year + 2000 };
                rest = after;
            }
            Part::Year => {
                let (year, after) = split(text, 4)?;
                digit(year, 0).ok_or(Bad::Syntax)?;
                self.year = integer(year)?;
                rest = after;
            }
            Part::MonthName | Part::MonthShort => {
                let (index, after) = name_index(&MONTHS, part == Part::MonthShort, text)?;
                self.month = Some(index + 1);
                rest = after;
            }
            Part::Month | Part::Month2 => {
                let (month, after) = below(13, "month", text, part == Part::Month2)?;
                if month == 0 {
                    return Err(Bad::Range("month"));
                }
                self.month = Some(month);
                rest = after;
            }
            Part::WeekdayName | Part::WeekdayShort => {
                rest = name_index(&WEEKDAYS, part == Part::WeekdayShort, text)?.1;
            }
            Part::Day | Part::DaySpace | Part::Day2 => {
                let text = if part == Part::DaySpace { text.strip_prefix(b" ").unwrap_or(text) } else { text };
                let (day, after) = number(text, part == Part::Day2)?;
                self.day = Some(day);
                rest = after;
            }
            Part::YearDaySpace | Part::YearDay3 => rest = self.read_year_day(part, text)?,
            _ => rest = text,
        }
        Ok(rest)
    }

    fn read_year_day<'t>(&mut self, part: Part, mut text: &'t [u8]) -> Result<&'t [u8], Bad> {
        if part == Part::YearDaySpace {
            text = text.strip_prefix(b" ").unwrap_or(text);
            text = text.strip_prefix(b" ").unwrap_or(text);
        }
        let digits = text.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || (part == Part::YearDay3 && digits != 3) {
            return Err(Bad::Syntax);
        }
        let (day, rest) = split(text, digits)?;
        self.year_day = Some(integer(day)?);
        Ok(rest)
    }

    /// A fraction is read with the second where the layout has none.
    fn read_second<'t>(&mut self, part: Part, text: &'t [u8], layout: &[u8]) -> Result<&'t [u8], Bad> {
        let (second, rest) = below(60, "second", text, part == Part::Second2)?;
        self.second = second;
        let Some(length) = fraction_length(rest) else {
            return Ok(rest);
        };
        if matches!(next_piece(layout).part, Some((Part::Fraction { .. }, _))) {
            return Ok(rest);
        }
        let (written, rest) = split(rest, length)?;
        self.nanos = fraction(written)?;
        Ok(rest)
    }

    fn read_half<'t>(&mut self, am: &[u8], pm: &[u8], text: &'t [u8]) -> Result<&'t [u8], Bad> {
        let (half, rest) = split(text, 2)?;
        match () {
            () if half == pm => self.pm = true,
            () if half == am => self.am = true,
            () => return Err(Bad::Syntax),
        }
        Ok(rest)
    }

    fn read_offset<'t>(&mut self, form: OffsetForm, text: &'t [u8]) -> Result<&'t [u8], Bad> {
        if let (true, [b'Z', rest @ ..]) = (form.zulu, text) {
            self.utc = true;
            return Ok(rest);
        }
        let step = if form.colon { 3 } else { 2 };
        let parts = 1 + usize::from(form.minutes) + usize::from(form.seconds);
        let (written, rest) = split(text, 3 + (parts - 1) * step)?;
        let two_digits = |index: usize| {
            let at = 1 + index * step;
            if form.colon && index > 0 && written.get(at - 1) != Some(&b':') {
                return Err(Bad::Syntax);
            }
            number(written.get(at..).unwrap_or_default(), true).map(|(number, _)| number)
        };
        let hour = two_digits(0)?;
        let minute = if form.minutes { two_digits(1)? } else { 0 };
        let second = if form.seconds { two_digits(2)? } else { 0 };
        // As in Go, 24 hours and 60 minutes are still offsets.
        for (number, most, what) in [
            (hour, 24, "time zone offset hour"),
            (minute, 60, "time zone offset minute"),
            (second, 60, "time zone offset second"),
        ] {
            if number > most {
                return Err(Bad::Range(what));
            }
        }
        let size = (hour * 60 + minute) * 60 + second;
        self.offset = Some(match written.first() {
            Some(b'+') => size,
            Some(b'-') => -size,
            _ => return Err(Bad::Syntax),
        });
        Ok(rest)
    }

    fn read_zone_name<'t>(&mut self, text: &'t [u8]) -> Result<&'t [u8], Bad> {
        if let Some(rest) = text.strip_prefix(b"UTC") {
            self.utc = true;
            return Ok(rest);
        }
        let (name, rest) = split(text, zone_name_length(text).ok_or(Bad::Syntax)?)?;
        self.zone_name = name.to_vec();
        Ok(rest)
    }

    /// Year, month and day.
    fn date(&self) -> Result<(i64, i64, i64), &'static str> {
        let year = self.year;
        let (month, day) = match self.year_day {
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
            Some(year_day) => {
                let (month, day) = day_of_year(year, year_day).ok_or("day-of-year out of range")?;
                if self.month.is_some_and(|told| told != month) {
                    return Err("day-of-year does not match month");
                }
                if self.day.is_some_and(|told| told != day) {
                    return Err("day-of-year does not match day");
                }
                (month, day)
            }
        };
        if day < 1 || day > days_in(month, year) {
            return Err("day out of range");
        }
        Ok((year, month, day))
    }

    fn time(&self, date: (i64, i64, i64), local: &Location, name: impl FnOnce(Vec<u8>) -> Text) -> Time {
        let hour = match self.hour {
            hour if self.pm && hour < 12 => hour + 12,
            12 if self.am && !self.pm => 0,
            hour => hour,
        };
        let clock = (hour, self.minute, self.second);
        let nanos = u32::try_from(self.nanos).unwrap_or_default();
        let at = |location: Location| Time::from_parts(date, clock, nanos, location);
        if self.utc {
            return at(Location::UTC);
        }
        let told = at(Location::UTC);
        let earlier = |offset: i64| Time::unix(told.unix_seconds() - offset, nanos, local.clone());
        // An offset of one second west is how Go remembers that there is none.
        if let Some(offset) = self.offset.filter(|offset| *offset != -1) {
            let time = earlier(offset);
            let there = local.info(time.unix_seconds());
            let same_name = self.zone_name.is_empty() || there.name.as_bytes() == self.zone_name;
            if i64::from(there.offset) == offset && same_name {
                return time;
            }
            let offset = i32::try_from(offset).unwrap_or_default();
            return time.at(Location::fixed(name(self.zone_name.clone()), offset));
        }
        if self.zone_name.is_empty() {
            return at(local.clone());
        }
        let known = std::str::from_utf8(&self.zone_name).ok();
        if let Some(offset) = known.and_then(|name| local.offset_of(name, told.unix_seconds())) {
            return earlier(i64::from(offset));
        }
        let hours = self.zone_name.strip_prefix(b"GMT").and_then(|hours| integer(hours).ok()).unwrap_or(0);
        let offset = i32::try_from(hours * 3600).unwrap_or_default();
        told.at(Location::fixed(name(self.zone_name.clone()), offset))
    }
}
