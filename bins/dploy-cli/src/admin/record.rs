//! What commands print for administrators. The keys are those of the server; a key is never left out.

use serde::{Deserialize, Serialize};

/// The columns of an environment in a table.
pub(super) const COLUMNS: &[&str] = &["id", "template", "owner", "phase", "expiresAt", "url"];

/// Everybody's environments.
#[derive(Deserialize)]
pub(super) struct Environments {
    pub(super) environments: Vec<Environment>,
}

/// One environment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Environment {
    /// Its id.
    id: String,
    /// The name of its template.
    template: String,
    /// Who owns it, as a readable text.
    owner: String,
    /// `Pending`, `Provisioning`, `Ready`, `Failed` or `Deleting`.
    phase: String,
    /// Why it stands so, as a constant word.
    #[serde(default)]
    reason: String,
    /// Why it stands so, as a sentence.
    #[serde(default)]
    message: String,
    /// Its URL; empty until it is known.
    #[serde(default)]
    url: String,
    /// When it was asked for (RFC 3339).
    #[serde(default)]
    created_at: String,
    /// When it expires (RFC 3339); empty for an unlimited one.
    #[serde(default)]
    expires_at: String,
    /// How often it was extended.
    #[serde(default)]
    extensions: u32,
}

/// What a release has done.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(super) struct Released {
    /// The environment's id.
    pub(super) id: String,
    /// Its teardown goes on.
    pub(super) phase: &'static str,
}

/// What administrators have set on a template.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Marks {
    /// Its name.
    name: String,
    /// Whether new environments are refused.
    cordoned: bool,
    /// Whether its pool is kept empty of free members.
    drained: bool,
}

/// The columns of a template in a table.
pub(super) const TEMPLATE_COLUMNS: &[&str] =
    &["name", "enabled", "cordoned", "drained", "poolSize", "available", "claimed", "instances"];

/// Every template.
#[derive(Deserialize)]
pub(super) struct Templates {
    pub(super) templates: Vec<Template>,
}

/// One template.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Template {
    #[serde(flatten)]
    marks: Marks,
    /// Whether it can be asked for at all.
    enabled: bool,
    /// Why its spec is not accepted, where it is not.
    refused: Option<String>,
    /// How many free members its pool is to have; absent where it has none.
    pool_size: Option<u32>,
    /// How many free members are ready.
    available: u32,
    /// How many members are claimed.
    claimed: u32,
    /// How many instances it has, free and claimed.
    instances: u32,
}
