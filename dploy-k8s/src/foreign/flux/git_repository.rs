//! GitRepository of source-controller.

use kube::CustomResource;
use serde::{Deserialize, Serialize};

use super::{FluxStatus, LocalObjectReference};

/// A git repository that is fetched again and again.
#[derive(CustomResource, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[kube(
    group = "source.toolkit.fluxcd.io",
    version = "v1",
    kind = "GitRepository",
    plural = "gitrepositories",
    namespaced,
    schema = "disabled",
    status = "FluxStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "A git repository that source-controller fetches again and again."
)]
#[serde(rename_all = "camelCase")]
pub struct GitRepositorySpec {
    /// Where it is: `https://`, `http://` or `ssh://`.
    pub url: String,
    /// What to check out; the branch `master` where absent.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<GitRepositoryRef>,
    /// Secret with the credentials for it, in its own namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// How often it is fetched, as a Go duration.
    pub interval: String,
}

/// What to check out. Where several are set, Flux prefers `commit`, then `name`, `semver`, `tag`, `branch`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct GitRepositoryRef {
    /// Newest commit of this branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Commit of this tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Newest tag in this range of semantic versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub semver: Option<String>,
    /// This full reference, such as `refs/pull/420/head`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// This commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}
