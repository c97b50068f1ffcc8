//! Go's `time.Time` as text: layouts by example, `String` and `GoString`.

use jiff::Zoned;
use jiff::civil::Weekday;

const MONTHS: [&str; 12] = [
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

fn month_name(time: &Zoned) -> &'static str {
    let index = usize::from(time.month().unsigned_abs()).saturating_sub(1);
    MONTHS.get(index).copied().unwrap_or_default()
}

fn weekday_name(time: &Zoned) -> &'static str {
    match time.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn abbreviation(time: &Zoned) -> String {
    let info = time.time_zone().to_offset_info(time.timestamp());
    let name = info.abbreviation();
    if name.is_empty() { offset(time, false, false, false) } else { name.to_owned() }
}

/// `+hh`, `+hhmm` or with colon and seconds.
fn offset(time: &Zoned, colon: bool, minutes: bool, seconds: bool) -> String {
    let total = time.offset().seconds();
    let sign = if total < 0 { '-' } else { '+' };
    let total = total.unsigned_abs();
    let (h, m, s) = (total / 3600, total / 60 % 60, total % 60);
    let colon = if colon { ":" } else { "" };
    let mut text = format!("{sign}{h:02}");
    if minutes || m != 0 {
        text.push_str(&format!("{colon}{m:02}"));
    }
    if seconds {
        text.push_str(&format!("{colon}{s:02}"));
    }
    text
}

/// The parts of a layout, longest first where one is the start of another.
/// `1`, `2`, `_2` and the like are told apart by what follows, in `next_part`.
const PARTS: [&str; 38] = [
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "002",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "15",
    "1",
    "2006",
    "2",
    "__2",
    "_2006",
    "_2",
    "3",
    "4",
    "5",
    "PM",
    "pm",
    "-070000",
    "-07:00:00",
    "-0700",
    "-07:00",
    "-07",
    "Z070000",
    "Z07:00:00",
    "Z0700",
    "Z07:00",
    "Z07",
    ".0",
    ",0",
    ".9",
    ",9",
];

/// The time written as the reference time `Mon Jan 2 15:04:05 MST 2006` is
/// written in the layout.
pub(crate) fn format_time(time: &Zoned, layout: &str) -> String {
    let mut out = String::with_capacity(layout.len() + 8);
    let mut rest = layout;
    while let Some(c) = rest.chars().next() {
        match next_part(rest) {
            Some(part) => {
                write_part(&mut out, time, part);
                rest = rest.get(part.len()..).unwrap_or_default();
            }
            None => {
                out.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
    out
}

/// The part of a layout that the text starts with.
fn next_part(text: &str) -> Option<&str> {
    // "Jan" and "Mon" are no parts where a lower-case letter follows, and
    // "_2006" is an underscore and a year.
    let part = PARTS.into_iter().find(|part| text.starts_with(part))?;
    let after = text.get(part.len()..)?;
    match part {
        "Jan" | "Mon" if after.starts_with(|c: char| c.is_ascii_lowercase()) => None,
        "_2006" => None,
        ".0" | ",0" | ".9" | ",9" => {
            let digit = part.chars().nth(1)?;
            let digits = text.get(1..)?.chars().take_while(|c| *c == digit).count();
            let ends = !text.get(1 + digits..)?.starts_with(|c: char| c.is_ascii_digit());
            if ends { text.get(..=digits) } else { None }
        }
        part => Some(part),
    }
}

fn write_part(out: &mut String, time: &Zoned, part: &str) {
    let hour12 = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let text = match part {
        "January" => month_name(time).to_owned(),
        "Jan" => month_name(time).chars().take(3).collect(),
        "Monday" => weekday_name(time).to_owned(),
        "Mon" => weekday_name(time).chars().take(3).collect(),
        "MST" => abbreviation(time),
        "2006" => format!("{:04}", time.year()),
        "06" => format!("{:02}", time.year().rem_euclid(100)),
        "01" => format!("{:02}", time.month()),
        "1" => time.month().to_string(),
        "02" => format!("{:02}", time.day()),
        "_2" => format!("{:2}", time.day()),
        "2" => time.day().to_string(),
        "002" => format!("{:03}", time.day_of_year()),
        "__2" => format!("{:3}", time.day_of_year()),
        "15" => format!("{:02}", time.hour()),
        "03" => format!("{hour12:02}"),
        "3" => hour12.to_string(),
        "04" => format!("{:02}", time.minute()),
        "4" => time.minute().to_string(),
        "05" => format!("{:02}", time.second()),
        "5" => time.second().to_string(),
        "PM" => if time.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        "pm" => if time.hour() < 12 { "am" } else { "pm" }.to_owned(),
        zone if zone.starts_with('Z') && time.offset().seconds() == 0 => "Z".to_owned(),
        zone if zone.starts_with(['Z', '-']) => numeric_zone(time, zone),
        fraction => fraction_text(time, fraction),
    };
    out.push_str(&text);
}

fn numeric_zone(time: &Zoned, part: &str) -> String {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    if digits == 2 {
        let total = time.offset().seconds();
        let sign = if total < 0 { '-' } else { '+' };
        return format!("{sign}{:02}", total.unsigned_abs() / 3600);
    }
    offset(time, part.contains(':'), true, digits == 6)
}

/// `.000` keeps zeros, `.999` drops them, and the point if nothing is left.
fn fraction_text(time: &Zoned, part: &str) -> String {
    let nanoseconds = format!("{:09}", time.subsec_nanosecond());
    let point: String = part.chars().take(1).collect();
    let digits: String = nanoseconds.chars().take(part.len() - 1).collect();
    if part.ends_with('0') {
        return point + &digits;
    }
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() { String::new() } else { point + digits }
}

/// What `Time.String` gives.
pub(crate) fn time_string(time: &Zoned) -> String {
    format_time(time, "2006-01-02 15:04:05.999999999 -0700 MST")
}

/// What `Time.GoString` gives.
pub(crate) fn time_go_string(time: &Zoned) -> String {
    let zone = if time.offset().seconds() == 0 { "time.UTC" } else { "time.Local" };
    let (date, clock) = (time.date(), time.time());
    format!(
        "time.Date({}, time.{}, {}, {}, {}, {}, {}, {zone})",
        date.year(),
        month_name(time),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second(),
        clock.subsec_nanosecond(),
    )
}
