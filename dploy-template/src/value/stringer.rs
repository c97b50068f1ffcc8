//! Values of Go types that print themselves.

use super::{Kind, Text};

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
    /// `*errors.errorString`
    Error(Text),
}

impl Stringer {
    /// The name of the Go type as `%T` prints it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Duration(_) => "time.Duration",
            Self::Month(_) => "time.Month",
            Self::Weekday(_) => "time.Weekday",
            Self::Error(_) => "*errors.errorString",
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Duration(_) | Self::Month(_) | Self::Weekday(_) => Kind::Int,
            Self::Error(_) => Kind::Pointer,
        }
    }

    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Duration(n) => Some(*n),
            Self::Month(n) | Self::Weekday(n) => Some(i64::from(*n)),
            Self::Error(_) => None,
        }
    }

    /// What its method `String` or `Error` answers.
    pub(crate) fn text(&self) -> Text {
        match self {
            Self::Duration(nanoseconds) => Text::from(nanoseconds.to_string()),
            Self::Month(number) | Self::Weekday(number) => Text::from(number.to_string()),
            Self::Error(message) => message.clone(),
        }
    }
}
