//! Versions, from their draft on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Deployment;

/// A version.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Version {
    /// What its maker calls it.
    pub(crate) version_id: String,
    /// `draft` or `published`.
    pub(crate) status: String,
    /// Its commit.
    pub(crate) git_sha: Option<String>,
    /// Its branch.
    pub(crate) git_branch: Option<String>,
    /// Its tag.
    pub(crate) git_tag: Option<String>,
    /// Who committed it.
    pub(crate) git_committer: Option<String>,
    /// The number of its build.
    pub(crate) build_number: Option<String>,
    /// When it was drafted.
    pub(crate) created_at: Option<String>,
    /// When it was published.
    pub(crate) published_at: Option<String>,
    /// Its manifest files; lists leave them out.
    #[serde(default)]
    pub(crate) files: Vec<String>,
    /// The targets that run it now.
    #[serde(default)]
    pub(crate) deployed_to: Vec<String>,
    /// Why it must not be deployed.
    #[serde(default)]
    pub(crate) rejection: Value,
}

/// Where a version comes from.
#[derive(Clone, PartialEq, Serialize, Deserialize, Default, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    /// The commit; `unknown` where nothing tells it.
    pub(crate) git_sha: String,
    /// The branch; `unknown` where nothing tells it.
    pub(crate) git_branch: String,
    /// The tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) git_tag: Option<String>,
    /// Who committed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) git_committer: Option<String>,
    /// The number of the build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) build_number: Option<String>,
    /// When it was drafted (RFC 3339).
    pub(crate) timestamp: String,
}

/// What a draft is answered with.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Draft {
    /// What its maker calls it.
    pub(crate) version_id: String,
    /// Where the archive is uploaded to.
    pub(crate) upload_url: String,
    /// Until when (RFC 3339).
    pub(crate) upload_expires: String,
    /// The headers that the upload has to carry.
    #[serde(default)]
    pub(crate) upload_headers: BTreeMap<String, String>,
}

/// What a publish is answered with.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Published {
    /// What its maker calls it.
    pub(crate) version_id: String,
    /// `published`.
    pub(crate) status: String,
    /// When.
    pub(crate) published_at: Option<String>,
    /// The manifest files, sorted.
    #[serde(default)]
    pub(crate) manifest_files: Vec<String>,
    /// The targets that policies deploy it to.
    #[serde(default)]
    pub(crate) auto_deployments: Vec<String>,
    /// The deployments that policies started.
    #[serde(default)]
    pub(crate) deployments: Vec<Deployment>,
    /// The policies that matched and did not act, because their target is on hold.
    #[serde(default)]
    pub(crate) held: Vec<Held>,
}

/// A policy that matched and did not act.
#[derive(Clone, Serialize, Deserialize, Debug)]
pub(crate) struct Held {
    /// Its name.
    pub(crate) policy: String,
    /// The target.
    pub(crate) environment: String,
    /// Why that is on hold.
    pub(crate) reason: String,
}
