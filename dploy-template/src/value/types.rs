//! Kinds, type names and truth.

use std::borrow::Cow;

use super::Value;

/// Go's `reflect.Kind`, as far as comparison needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Invalid,
    Bool,
    Int,
    Uint,
    Float,
    Complex,
    String,
    Slice,
    Map,
    Struct,
    Pointer,
}

impl Value {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Nil | Self::NilInterface => Kind::Invalid,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) | Self::Int64(_) => Kind::Int,
            Self::Uint8(_) | Self::Uint64(_) => Kind::Uint,
            Self::Float64(_) => Kind::Float,
            Self::Complex128(..) => Kind::Complex,
            Self::String(_) => Kind::String,
            Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Struct(_) | Self::Time(_) => Kind::Struct,
            Self::Pointer(_) => Kind::Pointer,
            Self::Stringer(stringer) => stringer.kind(),
        }
    }

    /// The name of the kind, as Go's reflection gives it.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self {
            Self::Nil | Self::NilInterface => "invalid",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Int64(_) => "int64",
            Self::Uint8(_) => "uint8",
            Self::Uint64(_) => "uint64",
            Self::Float64(_) => "float64",
            Self::Complex128(..) => "complex128",
            Self::String(_) => "string",
            Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Struct(_) | Self::Time(_) => "struct",
            Self::Pointer(_) => "ptr",
            Self::Stringer(stringer) => stringer.kind_name(),
        }
    }

    /// The value as the result of a function that returns `interface {}`.
    pub(crate) fn in_interface(self) -> Self {
        match self {
            Self::Nil => Self::NilInterface,
            other => other,
        }
    }

    /// The name of the Go type as `%T` prints it.
    pub(crate) fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Nil => "<nil>",
            Self::NilInterface => "interface {}",
            Self::Bool(_)
            | Self::Int(_)
            | Self::Int64(_)
            | Self::Uint8(_)
            | Self::Uint64(_)
            | Self::Float64(_)
            | Self::Complex128(..)
            | Self::String(_) => self.kind_name(),
            Self::Time(_) => "time.Time",
            Self::Stringer(stringer) => stringer.type_name(),
            Self::List(list) => return Cow::Owned(format!("[]{}", list.elem().go_type())),
            Self::Map(dict) => return Cow::Owned(format!("map[string]{}", dict.elem().go_type())),
            Self::Struct(object) => return Cow::Owned(object.type_name().to_owned()),
            Self::Pointer(pointer) => return Cow::Owned(format!("*{}", pointer.type_name())),
        })
    }

    /// Go's truth: not the zero value, not empty, not nil.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::Nil | Self::NilInterface => false,
            Self::Bool(b) => *b,
            Self::Int(n) | Self::Int64(n) => *n != 0,
            Self::Uint8(n) => *n != 0,
            Self::Uint64(n) => *n != 0,
            Self::Float64(f) => *f != 0.0,
            Self::Complex128(re, im) => *re != 0.0 || *im != 0.0,
            Self::String(text) => !text.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(dict) => !dict.is_empty(),
            Self::Struct(_) | Self::Time(_) => true,
            Self::Pointer(pointer) => pointer.target().is_some(),
            Self::Stringer(stringer) => stringer.as_int() != Some(0),
        }
    }

    pub(crate) fn is_nil(&self) -> bool {
        match self {
            Self::Nil | Self::NilInterface => true,
            Self::Pointer(pointer) => pointer.target().is_none(),
            Self::List(list) => list.is_nil(),
            Self::Map(dict) => dict.is_nil(),
            _ => false,
        }
    }

    /// The signed integer, of whichever width.
    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(n) | Self::Int64(n) => Some(*n),
            Self::Stringer(stringer) => stringer.as_int(),
            _ => None,
        }
    }

    pub(crate) fn as_uint(&self) -> Option<u64> {
        match self {
            Self::Uint8(n) => Some(u64::from(*n)),
            Self::Uint64(n) => Some(*n),
            _ => None,
        }
    }

    /// Follows pointers; a nil pointer gives none.
    pub(crate) fn indirect(&self) -> Option<&Self> {
        let mut value = self;
        while let Self::Pointer(pointer) = value {
            value = pointer.target()?;
        }
        Some(value)
    }
}
