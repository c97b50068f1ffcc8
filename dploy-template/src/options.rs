//! What a render depends on besides template and data.

use jiff::{Timestamp, tz::TimeZone};

/// What a map entry that does not exist evaluates to: Go's `missingkey`
/// option, and one mode of our own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingKey {
    /// Nil, which prints as `<no value>`.
    #[default]
    Default,
    /// The zero value of the map's element type: an empty string for
    /// `map[string]string`, nil for `map[string]interface {}`.
    Zero,
    /// An error.
    Error,
    /// Nil, which prints as nothing and counts as an empty string where a
    /// function wants a string. Not in Go.
    Empty,
}

/// Bounds of one render. Exceeding one is an error with a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Units of work: a node, a command or an iteration costs 1, and so does
    /// every 32 bytes that a function reads or makes.
    pub steps: u64,
    /// Bytes of the rendered text.
    pub output_bytes: usize,
    /// Bytes of one string, or elements of one list or map.
    pub value_bytes: usize,
    /// Nesting of templates and blocks while rendering.
    pub depth: usize,
}

impl Default for Limits {
    /// A million steps, 1 MiB of output, 1 MiB per value, 200 levels.
    fn default() -> Self {
        Self { steps: 1_000_000, output_bytes: 1 << 20, value_bytes: 1 << 20, depth: 200 }
    }
}

/// Everything a render depends on besides template and data: the same inputs
/// give the same bytes.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// What `now` answers.
    pub now: Timestamp,
    /// The local time zone of `now` and `date`.
    pub zone: TimeZone,
    /// Where random functions draw from.
    pub seed: [u8; 32],
    /// What a missing map entry evaluates to.
    pub missing_key: MissingKey,
    /// Bounds.
    pub limits: Limits,
}

impl Default for RenderOptions {
    /// The epoch, UTC, a seed of zeros, Go's missing keys, default bounds.
    fn default() -> Self {
        Self {
            now: Timestamp::UNIX_EPOCH,
            zone: TimeZone::UTC,
            seed: [0; 32],
            missing_key: MissingKey::default(),
            limits: Limits::default(),
        }
    }
}

impl RenderOptions {
    /// Options with a time and a seed, and defaults for the rest.
    #[must_use]
    pub fn new(now: Timestamp, seed: [u8; 32]) -> Self {
        Self { now, seed, ..Self::default() }
    }

    /// With this local time zone.
    #[must_use]
    pub fn zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// With this treatment of missing map entries.
    #[must_use]
    pub fn missing_key(mut self, missing_key: MissingKey) -> Self {
        self.missing_key = missing_key;
        self
    }

    /// With these bounds.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}
