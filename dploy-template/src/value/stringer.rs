//! Values of Go types that print themselves.

use std::sync::Arc;

use super::{Kind, Location, Text, Version};
use crate::format::{duration_string, month_name, weekday_name};

/// A value of a Go type with a method `String` or `Error`, which decides how
/// it prints.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stringer {
    /// `time.Duration`, in nanoseconds
    Duration(i64),
    /// `time.Month`, from 1
    Month(i8),
    /// `time.Weekday`, from 0 for Sunday
    Weekday(i8),
    /// `*time.Location`
    Location(Location),
    /// `semver.Version`; `*semver.Version` is a pointer to one
    Version(Version),
    /// `*errors.errorString`
    Error(Arc<Text>),
}

impl Stringer {
    /// The name of the Go type as `%T` prints it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Duration(_) => "time.Duration",
            Self::Month(_) => "time.Month",
            Self::Weekday(_) => "time.Weekday",
            Self::Location(_) => "*time.Location",
            Self::Version(_) => Version::TYPE,
            Self::Error(_) => "*errors.errorString",
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Duration(_) | Self::Month(_) | Self::Weekday(_) => Kind::Int,
            Self::Version(_) => Kind::Struct,
            Self::Location(_) | Self::Error(_) => Kind::Pointer,
        }
    }

    /// The name of the kind, as Go's reflection gives it.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self {
            Self::Duration(_) => "int64",
            Self::Month(_) | Self::Weekday(_) => "int",
            Self::Version(_) => "struct",
            Self::Location(_) | Self::Error(_) => "ptr",
        }
    }

    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Duration(n) => Some(*n),
            Self::Month(n) | Self::Weekday(n) => Some(i64::from(*n)),
            Self::Location(_) | Self::Version(_) | Self::Error(_) => None,
        }
    }

    /// What its method `String` or `Error` answers.
    pub(crate) fn text(&self) -> Text {
        match self {
            Self::Duration(nanoseconds) => Text::from(duration_string(*nanoseconds)),
            Self::Month(number) => Text::from(month_name(i64::from(*number))),
            Self::Weekday(number) => Text::from(weekday_name(i64::from(*number))),
            Self::Location(location) => location.name(),
            Self::Version(version) => version.text(version.semver().to_string()),
            Self::Error(message) => Text::clone(message),
        }
    }

    /// What it is in JSON: a number, or the text, or a struct without fields.
    pub(crate) fn json(&self) -> StringerJson {
        match (self, self.as_int()) {
            (_, Some(number)) => StringerJson::Number(number),
            (Self::Version(_), _) => StringerJson::Text(self.text()),
            _ => StringerJson::Empty,
        }
    }
}

/// A value that prints itself, in JSON.
#[derive(Debug)]
pub(crate) enum StringerJson {
    Number(i64),
    Text(Text),
    Empty,
}
