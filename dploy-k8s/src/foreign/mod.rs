//! Kinds that we write but do not own, as typed slices: exactly the fields that we set or read.
//!
//! A slice may be watched, created and applied server-side. It must not replace an object, because that would drop
//! the fields it does not know.

#[cfg(feature = "argocd")]
pub mod argocd;
#[cfg(feature = "flux")]
pub mod flux;
pub mod slice;
#[cfg(any(feature = "argocd", feature = "flux"))]
mod values;

#[cfg(any(feature = "argocd", feature = "flux"))]
pub use self::values::Values;
