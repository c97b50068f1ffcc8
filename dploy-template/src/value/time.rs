//! Go's `time.Time`: seconds of the calendar from long before to long after ours.

use std::sync::Arc;

use jiff::{Timestamp, Zoned};

use super::Location;
use super::location::ZoneInfo;

/// An instant, seen at a location.
///
/// Equal where Go's `==` is true: the same instant at the same location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time {
    /// Since 1 January of year 1, the zero time
    seconds: i64,
    /// Below a billion
    nanos: u32,
    /// None is UTC: times are as small as other values
    location: Option<Arc<Location>>,
}

static UTC: Location = Location::UTC;

fn shared(location: Location) -> Option<Arc<Location>> {
    (!location.is_utc()).then(|| Arc::new(location))
}

/// Date and clock at the location of a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    /// From 0 for Sunday
    pub(crate) weekday: u8,
    /// From 1
    pub(crate) year_day: u16,
}

const DAY: i64 = 86_400;
const BILLION: i64 = 1_000_000_000;
/// Seconds from the zero time to the epoch.
const EPOCH: i64 = 719_162 * DAY;
/// March of how many years before year 0 is the earliest month that Go can tell.
const EARLIEST_YEAR: i64 = 292_277_022_400;
/// Days from there to the epoch.
const EARLIEST: i64 = EARLIEST_YEAR / 400 * 146_097 + 306 + 719_162;

impl Time {
    /// The zero time.
    pub(crate) const ZERO: Self = Self { seconds: 0, nanos: 0, location: None };

    /// Seconds since the epoch, with a fraction.
    pub(crate) fn unix(seconds: i64, nanos: u32, location: Location) -> Self {
        Self { seconds: seconds.wrapping_add(EPOCH), nanos, location: shared(location) }
    }

    pub(crate) fn from_timestamp(instant: Timestamp, location: Location) -> Self {
        let seconds = instant.as_nanosecond().div_euclid(i128::from(BILLION));
        let nanos = instant.as_nanosecond().rem_euclid(i128::from(BILLION));
        Self::unix(i64::try_from(seconds).unwrap_or_default(), u32::try_from(nanos).unwrap_or_default(), location)
    }

    /// What `time.Date` gives: parts beyond their range carry over, and a
    /// local time that is skipped or repeated takes one of its two offsets.
    pub(crate) fn from_parts(date: (i64, i64, i64), clock: (i64, i64, i64), nanos: u32, location: Location) -> Self {
        let ((year, month, day), (hour, minute, second)) = (date, clock);
        let month = month.wrapping_sub(1);
        let year = year.wrapping_add(month.div_euclid(12));
        let days = wrapping_days(year, month.rem_euclid(12) + 1).wrapping_add(day).wrapping_sub(1);
        let mut unix = days.wrapping_mul(DAY).wrapping_add((hour * 60 + minute) * 60 + second);
        let offset = i64::from(location.info(unix).offset);
        if offset != 0 {
            let utc = unix.wrapping_sub(offset);
            unix = unix.wrapping_sub(i64::from(location.info(utc).offset));
        }
        Self::unix(unix, nanos, location)
    }

    pub(crate) fn location(&self) -> &Location {
        self.location.as_deref().unwrap_or(&UTC)
    }

    pub(crate) fn at(&self, location: Location) -> Self {
        Self { location: shared(location), ..*self }
    }

    pub(crate) fn zone(&self) -> ZoneInfo {
        self.location().info(self.unix_seconds())
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.seconds == 0 && self.nanos == 0
    }

    /// Since the epoch.
    pub(crate) fn unix_seconds(&self) -> i64 {
        self.seconds.wrapping_sub(EPOCH)
    }

    /// Since the zero time.
    pub(crate) fn seconds(&self) -> i64 {
        self.seconds
    }

    pub(crate) fn nanos(&self) -> u32 {
        self.nanos
    }

    /// The instant, for comparison.
    pub(crate) fn instant(&self) -> (i64, u32) {
        (self.seconds, self.nanos)
    }

    /// Later by a number of nanoseconds.
    pub(crate) fn plus(&self, nanoseconds: i64) -> Self {
        let nanos = i64::from(self.nanos) + nanoseconds % BILLION;
        let carried = nanoseconds / BILLION + nanos.div_euclid(BILLION);
        let nanos = u32::try_from(nanos.rem_euclid(BILLION)).unwrap_or_default();
        Self { seconds: self.seconds.saturating_add(carried), nanos, location: self.location.clone() }
    }

    /// Nanoseconds since another time; as many as there can be if they are more.
    pub(crate) fn since(&self, other: &Self) -> i64 {
        let nanoseconds = self.total() - other.total();
        i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
    }

    /// Nanoseconds since the last multiple of `step` after the zero time.
    pub(crate) fn beyond_multiple(&self, step: i64) -> i64 {
        i64::try_from(self.total().rem_euclid(i128::from(step.max(1)))).unwrap_or_default()
    }

    fn total(&self) -> i128 {
        i128::from(self.seconds) * i128::from(BILLION) + i128::from(self.nanos)
    }

    pub(crate) fn civil(&self) -> Civil {
        civil(self.unix_seconds(), self.zone().offset)
    }
}

fn civil(unix: i64, offset: i32) -> Civil {
    let seconds = unix.wrapping_add(i64::from(offset)).wrapping_add(EARLIEST.wrapping_mul(DAY)).cast_unsigned();
    let clock = seconds % DAY.cast_unsigned();
    let days = (seconds / DAY.cast_unsigned()).cast_signed() - EARLIEST;
    let (year, month, day) = date_of(days);
    let year_day = i128::from(days) - days_before(i128::from(year), 1) + 1;
    let part = |seconds: u64| u8::try_from(seconds).unwrap_or_default();
    Civil {
        year,
        month,
        day,
        hour: part(clock / 3600),
        minute: part(clock / 60 % 60),
        second: part(clock % 60),
        weekday: u8::try_from((days + 4).rem_euclid(7)).unwrap_or_default(),
        year_day: u16::try_from(year_day).unwrap_or_default(),
    }
}

/// The date of a day since the epoch. Years are counted from March, so that
/// the leap day is the last one.
fn date_of(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let cycle = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (cycle * 400 + year + next, u8::try_from(month).unwrap_or_default(), u8::try_from(of_month).unwrap_or_default())
}

/// Days from the epoch to the first of a month, which wrap where Go's do.
fn wrapping_days(year: i64, month: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.wrapping_sub(1), month + 9) };
    let year = year.wrapping_add(EARLIEST_YEAR).cast_unsigned();
    let centuries = 146_097_u64.wrapping_mul(year / 100) / 4;
    let days = centuries.wrapping_add(1461 * (year % 100) / 4).cast_signed();
    days.wrapping_add((153 * month + 2) / 5).wrapping_sub(EARLIEST)
}

/// Days from the epoch to the first of a month.
fn days_before(year: i128, month: i64) -> i128 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let within = year.rem_euclid(400);
    let days = within * 365 + within / 4 - within / 100 + i128::from((153 * month + 2) / 5);
    year.div_euclid(400) * 146_097 + days - 719_468
}

impl From<Zoned> for Time {
    fn from(time: Zoned) -> Self {
        Self::from_timestamp(time.timestamp(), Location::of(time.time_zone()))
    }
}

impl From<Timestamp> for Time {
    fn from(instant: Timestamp) -> Self {
        Self::from_timestamp(instant, Location::UTC)
    }
}
