//! Cron schedules as the CronJob controller reads them: robfig/cron's standard parser, without time zones.

use std::ops::RangeInclusive;

use super::reader::shown;

/// A field of a schedule.
struct Part {
    name: &'static str,
    range: RangeInclusive<u32>,
    /// The names that stand for numbers, from the range's start on.
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const PARTS: [Part; 5] = [
    Part { name: "minute", range: 0..=59, names: &[] },
    Part { name: "hour", range: 0..=23, names: &[] },
    Part { name: "day of the month", range: 1..=31, names: &[] },
    Part { name: "month", range: 1..=12, names: MONTHS },
    Part { name: "day of the week", range: 0..=6, names: DAYS },
];

const MACROS: &[&str] = &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// The error says what no cron of Kubernetes accepts, or which field has no value.
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") {
        return Err("Kubernetes refuses a schedule with a time zone inside".into());
    }
    if text.starts_with('@') {
        return check_macro(text);
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != PARTS.len() {
        return Err(format!("the schedule `{}` has {} fields, not 5", shown(text), fields.len()));
    }
    fields.into_iter().zip(&PARTS).try_for_each(|(field, part)| check_field(field, part))
}

fn check_macro(text: &str) -> Result<(), String> {
    let known = match text.strip_prefix("@every ") {
        Some(duration) => is_duration(duration),
        None => MACROS.contains(&text),
    };
    if known { Ok(()) } else { Err(format!("`{}` is not a schedule", shown(text))) }
}

/// A positive duration of Go's `time.ParseDuration`: `1h30m`, `1.5h`.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    let mut positive = false;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(end);
        let dots = number.matches('.').count();
        if number.len() == dots || dots > 1 || number.len() > 15 {
            return false;
        }
        positive |= number.contains(|c: char| matches!(c, '1'..='9'));
        let unit = ["ns", "us", "µs", "ms", "s", "m", "h"].iter().find_map(|unit| tail.strip_prefix(unit));
        let Some(after) = unit else { return false };
        rest = after;
    }
    positive
}

fn check_field(field: &str, part: &Part) -> Result<(), String> {
    field.split(',').try_for_each(|item| check_item(item, part))
}

/// `*`, `?`, a value or a range, each with an optional step.
fn check_item(item: &str, part: &Part) -> Result<(), String> {
    let wrong = || format!("`{}` is not a {}", shown(item), part.name);
    let (values, step) = item.split_once('/').map_or((item, None), |(values, step)| (values, Some(step)));
    if step.is_some_and(|step| number(step).is_none_or(|step| step == 0)) {
        return Err(format!("the step of `{}` is not a positive number", shown(item)));
    }
    if matches!(values, "*" | "?") {
        return Ok(());
    }
    let (start, end) = values.split_once('-').unwrap_or((values, values));
    let (start, end) = (value(start, part).ok_or_else(wrong)?, value(end, part).ok_or_else(wrong)?);
    for bound in [start, end] {
        if !part.range.contains(&bound) {
            let (low, high) = (part.range.start(), part.range.end());
            return Err(format!("the {} {bound} is outside {low}–{high}", part.name));
        }
    }
    if start > end { Err(format!("the range `{}` ends before it starts", shown(values))) } else { Ok(()) }
}

fn value(text: &str, part: &Part) -> Option<u32> {
    let named = part.names.iter().position(|name| text.eq_ignore_ascii_case(name));
    let named = named.and_then(|at| u32::try_from(at).ok()).map(|at| at + part.range.start());
    named.or_else(|| number(text))
}

fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0 3 * * *")]
    #[case("*/15 0-6,20 1 jan-MAR MON,fri")]
    #[case("5/10 * ? * ?")]
    #[case("0-59/2  0 1,15 * 0")]
    #[case("@daily")]
    #[case("@every 1h30m")]
    #[case("@every 1.5h")]
    fn schedules_of_kubernetes_are_accepted(#[case] text: &str) {
        assert_eq!(check(text), Ok(()));
    }

    #[rstest]
    #[case("61 * * * *", "the minute 61 is outside 0–59")]
    #[case("* 24 * * *", "the hour 24 is outside 0–23")]
    #[case("* * 0 * *", "the day of the month 0 is outside 1–31")]
    #[case("* * * 13 *", "the month 13 is outside 1–12")]
    #[case("* * * * 7", "the day of the week 7 is outside 0–6")]
    #[case("* * * *", "the schedule `* * * *` has 4 fields, not 5")]
    #[case("0 0 3 * * *", "the schedule `0 0 3 * * *` has 6 fields, not 5")]
    #[case("", "the schedule `` has 0 fields, not 5")]
    #[case("*/0 * * * *", "the step of `*/0` is not a positive number")]
    #[case("1/2/3 * * * *", "the step of `1/2/3` is not a positive number")]
    #[case("9-3 * * * *", "the range `9-3` ends before it starts")]
    #[case("1,,2 * * * *", "`` is not a minute")]
    #[case("+5 * * * *", "`+5` is not a minute")]
    #[case("99999999999 * * * *", "`99999999999` is not a minute")]
    #[case("* * * * funday", "`funday` is not a day of the week")]
    #[case("CRON_TZ=UTC 0 3 * * *", "Kubernetes refuses a schedule with a time zone inside")]
    #[case("@reboot", "`@reboot` is not a schedule")]
    #[case("@every 0s", "`@every 0s` is not a schedule")]
    #[case("@every 5", "`@every 5` is not a schedule")]
    #[case("@every ", "`@every ` is not a schedule")]
    fn what_never_runs_is_refused_with_its_reason(#[case] text: &str, #[case] reason: &str) {
        assert_eq!(check(text), Err(reason.to_owned()));
    }
}
