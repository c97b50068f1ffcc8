//! Go's `time.Time` as text: layouts by example, `String` and `GoString`.

use super::layout::{OffsetForm, Part, next_piece};
use super::quote_ascii;
use crate::value::{Civil, SourceSet, Text, Time};

pub(crate) const RFC3339_NANO: &[u8] = b"2006-01-02T15:04:05.999999999Z07:00";

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(crate) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// `January` for 1; what Go prints for a month that does not exist.
pub(crate) fn month_name(month: i64) -> String {
    let index = usize::try_from(month - 1).ok();
    let name = index.and_then(|index| MONTHS.get(index));
    name.map_or_else(|| format!("%!Month({})", month.cast_unsigned()), |name| (*name).to_owned())
}

/// `Sunday` for 0; what Go prints for a day that does not exist.
pub(crate) fn weekday_name(day: i64) -> String {
    let name = usize::try_from(day).ok().and_then(|index| WEEKDAYS.get(index));
    name.map_or_else(|| format!("%!Weekday({})", day.cast_unsigned()), |name| (*name).to_owned())
}

/// The time written as the reference time `Mon Jan 2 15:04:05 MST 2006` is
/// written in the layout.
pub(crate) fn format_time(time: &Time, layout: &[u8]) -> Vec<u8> {
    let zone = time.zone();
    let writer = Writer { civil: time.civil(), nanos: time.nanos(), zone: zone.name, offset: zone.offset };
    let mut out = Vec::with_capacity(layout.len() + 8);
    let mut rest = layout;
    loop {
        let piece = next_piece(rest);
        out.extend_from_slice(piece.literal);
        let Some((part, text)) = piece.part else {
            return out;
        };
        out.extend_from_slice(writer.part(part, text).as_bytes());
        rest = piece.rest;
    }
}

/// A time ready to be written.
struct Writer {
    civil: Civil,
    nanos: u32,
    zone: String,
    offset: i32,
}

impl Writer {
    fn part(&self, part: Part, text: &[u8]) -> String {
        let Civil { year, month, day, hour, minute, second, weekday, year_day } = self.civil;
        let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
        let pick = |am: &str, pm: &str| if hour < 12 { am.to_owned() } else { pm.to_owned() };
        match part {
            Part::MonthName => month_name(i64::from(month)),
            Part::MonthShort => month_name(i64::from(month)).chars().take(3).collect(),
            Part::Month => month.to_string(),
            Part::Month2 => format!("{month:02}"),
            Part::WeekdayName => weekday_name(i64::from(weekday)),
            Part::WeekdayShort => weekday_name(i64::from(weekday)).chars().take(3).collect(),
            Part::Day => day.to_string(),
            Part::DaySpace => format!("{day:2}"),
            Part::Day2 => format!("{day:02}"),
            Part::YearDaySpace => format!("{year_day:3}"),
            Part::YearDay3 => format!("{year_day:03}"),
            Part::Hour24 => format!("{hour:02}"),
            Part::Hour12 => hour12.to_string(),
            Part::Hour12Two => format!("{hour12:02}"),
            Part::Minute => minute.to_string(),
            Part::Minute2 => format!("{minute:02}"),
            Part::Second => second.to_string(),
            Part::Second2 => format!("{second:02}"),
            Part::Year => four_digits(year),
            Part::Year2 => format!("{:02}", year.unsigned_abs() % 100),
            Part::UpperPm => pick("AM", "PM"),
            Part::LowerPm => pick("am", "pm"),
            Part::ZoneName if self.zone.is_empty() => self.offset(super::layout::PLAIN_OFFSET),
            Part::ZoneName => self.zone.clone(),
            Part::Offset(form) if form.zulu && self.offset == 0 => "Z".to_owned(),
            Part::Offset(form) => self.offset(form),
            Part::Fraction { digits, drops_zeros } => self.fraction(digits, drops_zeros, text),
        }
    }

    fn offset(&self, form: OffsetForm) -> String {
        // Less than a minute west of UTC counts as east, as in Go.
        let negative = self.offset / 60 < 0;
        let (minutes, seconds) = (self.offset.unsigned_abs() / 60, self.offset % 60);
        let seconds = if negative { -seconds } else { seconds };
        let colon = if form.colon { ":" } else { "" };
        let mut text = format!("{}{:02}", if negative { '-' } else { '+' }, minutes / 60);
        if form.minutes {
            text.push_str(&format!("{colon}{:02}", minutes % 60));
        }
        if form.seconds && seconds < 0 {
            text.push_str(&format!("{colon}-{:02}", seconds.unsigned_abs()));
        } else if form.seconds {
            text.push_str(&format!("{colon}{seconds:02}"));
        }
        text
    }

    /// `.000` keeps zeros, `.999` drops them, and the point if nothing is left.
    fn fraction(&self, digits: usize, drops_zeros: bool, text: &[u8]) -> String {
        let point = if text.starts_with(b",") { "," } else { "." };
        let nanos = format!("{:09}", self.nanos);
        // Beyond nanoseconds there are no further digits, in Go either.
        let kept = nanos.get(..digits.min(9)).unwrap_or_default();
        if !drops_zeros {
            return format!("{point}{kept}");
        }
        match kept.trim_end_matches('0') {
            "" => String::new(),
            kept => format!("{point}{kept}"),
        }
    }
}

fn four_digits(year: i64) -> String {
    let sign = if year < 0 { "-" } else { "" };
    format!("{sign}{:04}", year.unsigned_abs())
}

/// What `Time.String` gives.
pub(crate) fn time_string(time: &Time) -> Text {
    located(time, format_time(time, b"2006-01-02 15:04:05.999999999 -0700 MST"))
}

/// Text that may tell the name of the location of a time.
fn located(time: &Time, text: Vec<u8>) -> Text {
    let mut set = SourceSet::default();
    time.location().name().add_sources(&mut set);
    Text::computed(text, set)
}

/// What `Time.GoString` gives.
pub(crate) fn time_go_string(time: &Time) -> Text {
    let location = time.location();
    let zone = match () {
        () if location.is_utc() => "time.UTC".to_owned(),
        () if location.is_local() => "time.Local".to_owned(),
        () => format!("time.Location({})", quote_ascii(location.name().as_bytes())),
    };
    let Civil { year, month, day, hour, minute, second, .. } = time.civil();
    let (month, nanos) = (month_name(i64::from(month)), time.nanos());
    let text = format!("time.Date({year}, time.{month}, {day}, {hour}, {minute}, {second}, {nanos}, {zone})");
    located(time, text.into_bytes())
}

/// RFC 3339 as `MarshalJSON` and `MarshalText` write it; the error says why
/// the time has no such form.
pub(crate) fn strict_rfc3339(time: &Time) -> Result<Vec<u8>, &'static str> {
    let text = format_time(time, RFC3339_NANO);
    if !(0..=9999).contains(&time.civil().year) {
        return Err("year outside of range [0,9999]");
    }
    if time.zone().offset.unsigned_abs() >= 24 * 3600 {
        return Err("timezone hour outside of range [0,23]");
    }
    Ok(text)
}
