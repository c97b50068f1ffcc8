//! What commands print about templates of the catalog. The keys are those of the server; a key is never left out.

use serde::{Deserialize, Serialize};

/// The columns of a template in a table.
pub(crate) const COLUMNS: &[&str] = &["name", "description", "category", "ttl", "maxExtends"];

/// A template that can be asked for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Available {
    /// Its name.
    pub(crate) name: String,
    /// A sentence about it.
    #[serde(default)]
    description: String,
    /// The name of an icon.
    #[serde(default)]
    icon: String,
    /// `category,subcategory`.
    category: Option<String>,
    /// Seconds an environment lives; -1 is unlimited.
    ttl: i64,
    /// Seconds that one extension adds.
    #[serde(rename = "extendTTL")]
    extend_ttl: Option<i64>,
    /// How often an environment may be extended; absent where there is no bound.
    max_extends: Option<i64>,
    /// Whether environments never expire.
    #[serde(default)]
    is_unlimited: bool,
}
