//! Applications and their policies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An application.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Application {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// When it was registered.
    pub(crate) created_at: Option<String>,
    /// When it was last changed.
    pub(crate) updated_at: Option<String>,
    /// Where its files lie in the gitops repository.
    pub(crate) gitops_path: Option<String>,
    /// What each target runs.
    #[serde(default)]
    pub(crate) current_versions: BTreeMap<String, Current>,
    /// The targets that policies leave alone.
    #[serde(default)]
    pub(crate) holds: BTreeMap<String, Value>,
    /// The kinds of objects that its manifests may hold; absent is all.
    pub(crate) allowed_kinds: Option<Vec<String>>,
    /// The namespaces that its objects may name; absent is all.
    pub(crate) allowed_namespaces: Option<Vec<String>>,
}

/// An application to register.
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewApplication {
    /// Its name.
    pub(crate) name: String,
    /// The kinds of objects that its manifests may hold; absent is all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) allowed_kinds: Vec<String>,
    /// The namespaces that its objects may name; absent is all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) allowed_namespaces: Vec<String>,
}

/// What a target runs.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Current {
    /// The version.
    pub(crate) version_id: String,
    /// Since when.
    pub(crate) deployed_at: Option<String>,
}

/// A policy.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Policy {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Branches that match.
    pub(crate) git_branch_pattern: Option<String>,
    /// Tags that match.
    pub(crate) git_tag_pattern: Option<String>,
    /// Branches and tags that do not.
    #[serde(default)]
    pub(crate) exclude_patterns: Vec<String>,
    /// Where it deploys to.
    pub(crate) target_environment: String,
    /// Whether it acts.
    pub(crate) enabled: bool,
    /// When it was created.
    pub(crate) created_at: Option<String>,
}
