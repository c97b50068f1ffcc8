//! Element types of slices and maps.

use super::{List, Text, Value};

/// The static element type of a Go slice or map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elem {
    /// `interface {}`
    Any,
    /// `string`
    String,
    /// `int`
    Int,
    /// `uint8`
    Uint8,
    /// `[]interface {}`
    List,
}

impl Elem {
    pub(crate) fn go_type(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::String => "string",
            Self::Int => "int",
            Self::Uint8 => "uint8",
            Self::List => "[]interface {}",
        }
    }

    /// The zero value: what a missing entry of a map evaluates to.
    pub(crate) fn zero(self) -> Value {
        match self {
            Self::Any => Value::NilInterface,
            Self::String => Value::String(Text::default()),
            Self::Int => Value::Int(0),
            Self::Uint8 => Value::Uint8(0),
            Self::List => Value::List(List::nil(Self::Any)),
        }
    }
}
