//! Go's `*time.Location`: where a time is seen.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::{Dst, TimeZone, TimeZoneDatabase};

use super::Text;

/// A time zone under the name by which Go knows it.
///
/// Two are equal where Go's pointers would be.
#[derive(Clone, Debug)]
pub struct Location(Place);

#[derive(Clone, Debug)]
enum Place {
    Utc,
    /// The zone of the render
    Local(TimeZone),
    /// A zone of the database
    Named(Arc<(String, TimeZone)>),
    /// A name, possibly empty, and seconds east of UTC
    Fixed(Arc<(Text, i32)>),
}

/// What holds at a location at one moment.
#[derive(Debug)]
pub(crate) struct ZoneInfo {
    /// The abbreviation; empty if the zone has none
    pub(crate) name: String,
    /// Seconds east of UTC
    pub(crate) offset: i32,
    pub(crate) dst: bool,
}

impl Location {
    pub(crate) const UTC: Self = Self(Place::Utc);

    /// The local zone of a render.
    pub(crate) fn local(zone: &TimeZone) -> Self {
        if zone.iana_name() == Some("UTC") { Self::UTC } else { Self(Place::Local(zone.clone())) }
    }

    /// The zone of a time that the program supplied.
    pub(crate) fn of(zone: &TimeZone) -> Self {
        match (zone.iana_name(), zone.to_fixed_offset()) {
            (Some("UTC"), _) => Self::UTC,
            (Some(name), _) => Self(Place::Named(Arc::new((name.to_owned(), zone.clone())))),
            (None, Ok(offset)) => Self::fixed(Text::default(), offset.seconds()),
            (None, Err(_)) => Self(Place::Named(Arc::new((String::new(), zone.clone())))),
        }
    }

    /// A zone that is nothing but a name, possibly empty, and an offset.
    pub(crate) fn fixed(name: Text, offset: i32) -> Self {
        Self(Place::Fixed(Arc::new((name, offset))))
    }

    /// What `time.LoadLocation` gives: only the bundled database is asked.
    pub(crate) fn load(name: &str, local: &TimeZone) -> Option<Self> {
        match name {
            "" | "UTC" => return Some(Self::UTC),
            "Local" => return Some(Self::local(local)),
            _ => {}
        }
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        // Files have one spelling, the database ignores case.
        let known = zone.iana_name() == Some(name);
        known.then(|| Self(Place::Named(Arc::new((name.to_owned(), zone)))))
    }

    pub(crate) fn is_utc(&self) -> bool {
        matches!(self.0, Place::Utc)
    }

    pub(crate) fn is_local(&self) -> bool {
        matches!(self.0, Place::Local(_))
    }

    /// What its method `String` answers.
    pub(crate) fn name(&self) -> Text {
        match &self.0 {
            Place::Utc => Text::from("UTC"),
            Place::Local(zone) => Text::from(zone.iana_name().unwrap_or("Local")),
            Place::Named(named) => Text::from(&named.0),
            Place::Fixed(fixed) => fixed.0.clone(),
        }
    }

    /// What holds there at a moment in seconds since the epoch.
    pub(crate) fn info(&self, unix: i64) -> ZoneInfo {
        match &self.0 {
            Place::Utc => ZoneInfo { name: "UTC".to_owned(), offset: 0, dst: false },
            Place::Fixed(fixed) => {
                ZoneInfo { name: fixed.0.to_string_lossy().into_owned(), offset: fixed.1, dst: false }
            }
            Place::Local(zone) => zone_info(zone, unix),
            Place::Named(named) => zone_info(&named.1, unix),
        }
    }

    /// The offset that an abbreviation stands for at a local time: that of a
    /// zone in effect then, else that of any zone of the location.
    pub(crate) fn offset_of(&self, name: &str, unix: i64) -> Option<i32> {
        let zones: Vec<ZoneInfo> = match &self.0 {
            Place::Utc | Place::Fixed(_) => vec![self.info(0)],
            Place::Local(zone) => all_zones(zone),
            Place::Named(named) => all_zones(&named.1),
        };
        let named = || zones.iter().filter(|zone| zone.name == name);
        let in_effect = named().find_map(|zone| {
            let then = self.info(unix.saturating_sub(i64::from(zone.offset)));
            (then.name == name).then_some(then.offset)
        });
        in_effect.or_else(|| named().next().map(|zone| zone.offset))
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Place::Utc, Place::Utc) | (Place::Local(_), Place::Local(_)) => true,
            (Place::Named(a), Place::Named(b)) => Arc::ptr_eq(a, b),
            (Place::Fixed(a), Place::Fixed(b)) => Arc::ptr_eq(a, b) || (a == b && is_shared(a)),
            _ => false,
        }
    }
}

impl Eq for Location {}

impl Location {
    /// Whether two locations have the same content, wherever they come from.
    pub(crate) fn same_content(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Place::Named(a), Place::Named(b)) => a.0 == b.0,
            (Place::Fixed(a), Place::Fixed(b)) => a == b,
            _ => self == other,
        }
    }
}

/// Go makes each zone of whole hours without a name only once.
fn is_shared((name, offset): &(Text, i32)) -> bool {
    name.is_empty() && offset % 3600 == 0 && (-12..=14).contains(&(offset / 3600))
}

fn zone_info(zone: &TimeZone, unix: i64) -> ZoneInfo {
    let info = zone.to_offset_info(within_reach(unix));
    let named = zone.to_fixed_offset().is_err() || zone.iana_name().is_some();
    let name = if named { info.abbreviation().to_owned() } else { String::new() };
    ZoneInfo { name, offset: info.offset().seconds(), dst: info.dst() == Dst::Yes }
}

/// The calendar and the rules of zones repeat every 400 years, so a moment
/// that the database cannot hold is moved to a like one.
fn within_reach(unix: i64) -> Timestamp {
    const CYCLE: i64 = 146_097 * 86_400;
    let from = Timestamp::MAX.as_second() - CYCLE;
    let moved = if unix > Timestamp::MAX.as_second() { from + (unix - from).rem_euclid(CYCLE) } else { unix };
    Timestamp::from_second(moved).unwrap_or(Timestamp::MIN)
}

/// Every abbreviation and offset that was ever in effect, oldest first.
fn all_zones(zone: &TimeZone) -> Vec<ZoneInfo> {
    let mut zones = vec![zone_info(zone, Timestamp::MIN.as_second())];
    // The rules of 2037 hold for ever, and yield transitions for ever.
    let until = Timestamp::from_second(2_145_916_800).unwrap_or(Timestamp::MAX);
    for transition in zone.following(Timestamp::MIN).take_while(|transition| transition.timestamp() < until) {
        let info = zone_info(zone, transition.timestamp().as_second());
        if !zones.iter().any(|known| known.name == info.name && known.offset == info.offset) {
            zones.push(info);
        }
    }
    zones
}
