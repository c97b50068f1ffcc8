//! Go's values as templates see them.

mod build;
mod bytes;
mod collection;
mod detach;
mod elem;
mod entries;
mod location;
mod mark;
mod sources;
mod stringer;
mod text;
mod time;
mod types;
mod version;

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
