//! What operators look after: targets, keys, the audit.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A target.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Target {
    /// Its name.
    pub(crate) name: String,
    /// The repository; absent is the installation's own.
    pub(crate) repository: Option<String>,
    /// The branch; absent is the installation's own.
    pub(crate) branch: Option<String>,
    /// The folder that holds one folder for each application.
    pub(crate) path: Option<String>,
    /// When it was declared.
    pub(crate) created_at: Option<String>,
}

/// An API key without its secret.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Key {
    /// Its id.
    pub(crate) id: String,
    /// What it is for.
    pub(crate) name: String,
    /// The first characters of its secret.
    pub(crate) prefix: Option<String>,
    /// The applications; absent is all of them.
    pub(crate) applications: Option<Vec<String>>,
    /// What its bearer may do.
    #[serde(default)]
    pub(crate) actions: Vec<String>,
    /// Who made it.
    pub(crate) created_by: Option<String>,
    /// When it was made.
    pub(crate) created_at: Option<String>,
    /// When it ends by itself.
    pub(crate) expires_at: Option<String>,
    /// When it was last used.
    pub(crate) last_used_at: Option<String>,
    /// When it was revoked.
    pub(crate) revoked_at: Option<String>,
}

/// A key that was just made: the only time that its secret is told.
#[derive(Clone, Serialize, Deserialize, Debug)]
pub(crate) struct NewKey {
    /// The key.
    #[serde(flatten)]
    pub(crate) key: Key,
    /// Its secret.
    #[serde(rename = "apiKey")]
    pub(crate) secret: String,
}

/// Something that somebody did, or was not allowed to do.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditEvent {
    /// Its id.
    pub(crate) id: String,
    /// When.
    pub(crate) at: String,
    /// Who.
    pub(crate) actor: String,
    /// What, as noun and verb.
    pub(crate) action: String,
    /// The application, if it was about one.
    pub(crate) app: Option<String>,
    /// What it was done to.
    pub(crate) object: Option<String>,
    /// `done` or `denied`.
    pub(crate) outcome: Option<String>,
    /// More about it.
    #[serde(default)]
    pub(crate) detail: Value,
}
