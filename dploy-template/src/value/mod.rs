//! Go's values as templates see them.

mod build;
mod collection;
mod detach;
mod elem;
mod location;
mod mark;
mod stringer;
mod text;
mod time;
mod types;
mod version;

use std::collections::HashSet;

pub use collection::{Dict, List, Object, Pointer};
pub(crate) use elem::Elem;
pub use location::Location;
pub use mark::{DeclaredType, Source};
pub(crate) use mark::{Mark, Notation, Remembered, SourceSet};
pub use stringer::Stringer;
pub(crate) use stringer::StringerJson;
pub use text::Text;
pub(crate) use text::TextBuf;
pub(crate) use time::Civil;
pub use time::Time;
pub(crate) use types::Kind;
pub use version::Version;

/// A value with the Go type that printing, comparison and arithmetic depend on.
///
/// Cheap to clone. Strings carry marks ([`Text`]); booleans and numbers never do.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Value {
    /// The untyped nil, and what a missing map entry evaluates to.
    #[default]
    Nil,
    /// A nil that came out of a slice or map of `interface {}`: asking it for
    /// a field is an error, where [`Value::Nil`] answers nil.
    NilInterface,
    /// `bool`
    Bool(bool),
    /// `int`, 64 bits wide
    Int(i64),
    /// `int64`
    Int64(i64),
    /// `uint8`, which indexing a string gives
    Uint8(u8),
    /// `uint64`, for whole numbers beyond `int64`
    Uint64(u64),
    /// `float64`
    Float64(f64),
    /// `complex128`, from constants such as `2i`: real and imaginary part
    Complex128(f64, f64),
    /// `string`
    String(Text),
    /// A slice
    List(List),
    /// A map with string keys
    Map(Dict),
    /// A struct
    Struct(Object),
    /// A pointer, possibly nil
    Pointer(Pointer),
    /// `time.Time`
    Time(Time),
    /// A value of a type that prints itself
    Stringer(Stringer),
}

/// How deep functions follow nested values before they report an error.
pub(crate) const MAX_NESTING: usize = 200;

impl Value {
    /// Adds the sources of every marked string in the value, however deep.
    pub(crate) fn add_sources(&self, set: &mut SourceSet) {
        match self {
            Self::String(text) => return text.add_sources(set),
            Self::List(_) | Self::Map(_) | Self::Struct(_) | Self::Pointer(_) | Self::Stringer(_) => {}
            _ => return,
        }
        // Shared parts are visited once: nesting can double with every level.
        let mut seen = HashSet::new();
        let mut pending = vec![self.clone()];
        while let Some(value) = pending.pop() {
            match &value {
                Self::String(text) => text.add_sources(set),
                Self::Stringer(Stringer::Version(version)) => version.add_sources(set),
                Self::Stringer(stringer) => stringer.text().add_sources(set),
                Self::Time(time) => time.location().name().add_sources(set),
                Self::List(list) if seen.insert(list.address()) => pending.extend(list.items().iter().cloned()),
                Self::Map(dict) if seen.insert(dict.address()) => {
                    for (key, value) in dict.entries() {
                        key.add_sources(set);
                        pending.push(value);
                    }
                }
                Self::Struct(object) => pending.extend(object.fields().map(|(_, value)| value.clone())),
                Self::Pointer(pointer) => pending.extend(pointer.target().cloned()),
                _ => {}
            }
        }
    }
}
