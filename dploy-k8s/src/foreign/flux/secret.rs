//! References to objects of the same namespace.

use serde::{Deserialize, Serialize};

/// An object of the same namespace by its name (`meta.LocalObjectReference`).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct LocalObjectReference {
    /// Its name.
    pub name: String,
}
