//! Semantic versions and constraints, read as Masterminds/semver 3.3 reads them.

mod constraint;
mod range;

use std::cmp::Ordering;
use std::fmt;

pub(crate) use constraint::Constraints;

/// A version with what it was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Semver {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    pub(crate) prerelease: String,
    pub(crate) metadata: String,
    pub(crate) original: String,
}

impl Semver {
    /// Reads `v1`, `1.2`, `1.2.3-beta.1+build.5`: a leading `v`, and a missing
    /// minor or patch, are let pass.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parts = Parts::split(text, |byte| byte.is_ascii_digit()).filter(|parts| parts.rest.is_empty());
        let parts = parts.ok_or("Invalid Semantic Version")?;
        let number = |digits: Option<&str>| match digits {
            None => Ok(0),
            Some(digits) => digits.parse::<u64>().map_err(|_| {
                format!("Error parsing version segment: strconv.ParseUint: parsing {digits:?}: value out of range")
            }),
        };
        let (major, minor, patch) = (number(Some(parts.major))?, number(parts.minor)?, number(parts.patch)?);
        let prerelease = parts.prerelease.unwrap_or_default();
        check_prerelease(prerelease)?;
        Ok(Self {
            major,
            minor,
            patch,
            prerelease: prerelease.to_owned(),
            metadata: parts.metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        })
    }

    /// The version with other numbers and nothing else but its leading `v`.
    pub(crate) fn with_numbers(&self, major: u64, minor: u64, patch: u64) -> Self {
        Self { major, minor, patch, ..Self::default() }.renamed_after(self)
    }

    /// The next patch; of a prerelease it is the release.
    pub(crate) fn next_patch(&self) -> Self {
        let step = u64::from(self.prerelease.is_empty());
        self.with_numbers(self.major, self.minor, self.patch.wrapping_add(step))
    }

    pub(crate) fn with_prerelease(&self, prerelease: &str) -> Result<Self, String> {
        check_prerelease(prerelease)?;
        Ok(Self { prerelease: prerelease.to_owned(), ..self.clone() }.renamed_after(self))
    }

    pub(crate) fn with_metadata(&self, metadata: &str) -> Result<Self, String> {
        if !metadata.bytes().all(|byte| is_identifier(byte) || byte == b'.') {
            return Err("Invalid Metadata string".to_owned());
        }
        Ok(Self { metadata: metadata.to_owned(), ..self.clone() }.renamed_after(self))
    }

    fn renamed_after(self, other: &Self) -> Self {
        let prefix = if other.original.starts_with('v') { "v" } else { "" };
        Self { original: format!("{prefix}{self}"), ..self }
    }

    /// Precedence: metadata does not count.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| {
            match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_prerelease(&self.prerelease, &other.prerelease),
            }
        })
    }
}

impl fmt::Display for Semver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

fn check_prerelease(text: &str) -> Result<(), String> {
    for part in text.split('.') {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            if part.len() > 1 && part.starts_with('0') {
                return Err("Version segment starts with 0".to_owned());
            }
        } else if !part.bytes().all(is_identifier) {
            return Err("Invalid Prerelease string".to_owned());
        }
    }
    Ok(())
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// Part by part; where one has no more parts it is lower.
fn compare_prerelease(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let ordering = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (x, y) => compare_part(x.unwrap_or_default(), y.unwrap_or_default()),
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
}

/// Numbers of 64 bits by value and before everything else, the rest by bytes.
fn compare_part(a: &str, b: &str) -> Ordering {
    if a == b || a.is_empty() || b.is_empty() {
        return a.cmp(b);
    }
    match (a.parse::<u64>().ok(), b.parse::<u64>().ok()) {
        (Some(a), Some(b)) if a > b => Ordering::Greater,
        (Some(_), Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// The parts of a version, or of one with placeholders, at the start of a text.
struct Parts<'t> {
    major: &'t str,
    minor: Option<&'t str>,
    patch: Option<&'t str>,
    prerelease: Option<&'t str>,
    metadata: Option<&'t str>,
    rest: &'t str,
}

impl<'t> Parts<'t> {
    /// Takes as much as it can; `digit` tells what numbers are made of.
    fn split(text: &'t str, digit: fn(u8) -> bool) -> Option<Self> {
        let (major, rest) = run(text.strip_prefix('v').unwrap_or(text), digit)?;
        let dotted = |text: &'t str| text.strip_prefix('.').and_then(|text| run(text, digit));
        let (minor, rest) = optional(dotted(rest), rest);
        let (patch, rest) = match minor {
            Some(_) => optional(dotted(rest), rest),
            None => (None, rest),
        };
        let (prerelease, rest) = optional(rest.strip_prefix('-').and_then(identifiers), rest);
        let (metadata, rest) = optional(rest.strip_prefix('+').and_then(identifiers), rest);
        Some(Self { major, minor, patch, prerelease, metadata, rest })
    }
}

fn optional<'t>(found: Option<(&'t str, &'t str)>, rest: &'t str) -> (Option<&'t str>, &'t str) {
    found.map_or((None, rest), |(part, rest)| (Some(part), rest))
}

/// At least one byte of a kind, and what follows.
fn run(text: &str, kind: fn(u8) -> bool) -> Option<(&str, &str)> {
    let length = text.bytes().take_while(|byte| kind(*byte)).count();
    text.split_at_checked(length).filter(|(run, _)| !run.is_empty())
}

/// Identifiers with points between them, and what follows.
fn identifiers(text: &str) -> Option<(&str, &str)> {
    let mut end = run(text, is_identifier)?.0.len();
    while let Some((more, _)) = text.get(end..)?.strip_prefix('.').and_then(|rest| run(rest, is_identifier)) {
        end += 1 + more.len();
    }
    text.split_at_checked(end)
}
