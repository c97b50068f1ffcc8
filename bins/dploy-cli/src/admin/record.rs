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
