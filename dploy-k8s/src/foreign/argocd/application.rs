//! What an Application asks for.

use std::collections::BTreeMap;

use kube::CustomResource;
use serde::{Deserialize, Serialize};

use super::ApplicationStatus;
use crate::foreign::Values;

/// Something that Argo CD keeps installed, from one source at one destination.
#[derive(CustomResource, Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[kube(
    group = "argoproj.io",
    version = "v1alpha1",
    kind = "Application",
    plural = "applications",
    namespaced,
    schema = "disabled",
    status = "ApplicationStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "Something that Argo CD keeps installed."
)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSpec {
    /// The AppProject, which says what it may install, from where and to where.
    #[serde(default)]
    pub project: String,
    /// What is installed; absent where there are several sources, which we never write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ApplicationSource>,
    /// Where it is installed.
    #[serde(default)]
    pub destination: ApplicationDestination,
    /// How it is synced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_policy: Option<SyncPolicy>,
}

impl Application {
    /// Leaves of the values only their digest, for a cache: the values of a thousand releases would fill it.
    pub fn trim(&mut self) {
        self.metadata.managed_fields = None;
        self.spec.source.iter_mut().for_each(ApplicationSource::shrink);
        let Some(status) = &mut self.status else { return };
        let compared = status.sync.iter_mut().filter_map(|sync| sync.compared_to.as_mut());
        compared.filter_map(|compared| compared.source.as_mut()).for_each(ApplicationSource::shrink);
        let synced = status.operation_state.iter_mut().filter_map(|operation| operation.sync_result.as_mut());
        synced.filter_map(|result| result.source.as_mut()).for_each(ApplicationSource::shrink);
    }
}

/// A chart or a folder of a repository, in one revision.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSource {
    /// URL of the git or Helm repository; an OCI registry is written without a scheme.
    #[serde(rename = "repoURL", default)]
    pub repo_url: String,
    /// Folder in a git repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Name of a chart in a Helm repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<String>,
    /// Git: a commit, a reference or a semver range of tags. Helm: a version or a semver range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_revision: Option<String>,
    /// How Helm renders it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helm: Option<HelmSource>,
}

impl ApplicationSource {
    /// Leaves of the values only their digest.
    pub fn shrink(&mut self) {
        if let Some(values) = self.helm.as_mut().and_then(|helm| helm.values_object.as_mut()) {
            values.shrink();
        }
    }

    /// Whether both ask for the same, be their values whole or digests.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let shrunk = |source: &Self| {
            let mut source = source.clone();
            source.shrink();
            source
        };
        shrunk(self) == shrunk(other)
    }
}

/// How Helm renders a source.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmSource {
    /// Name of the release; that of the Application where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_name: Option<String>,
    /// Values files, relative to the chart, or with a leading slash to the repository.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub value_files: Vec<String>,
    /// The values, stronger than the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values_object: Option<Values>,
}

/// A namespace of a cluster.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ApplicationDestination {
    /// URL of the cluster's API server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Namespace that the resources are installed into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// How an Application is synced.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncPolicy {
    /// Sync without being asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automated: Option<AutomatedSync>,
    /// How often a sync that fails is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Such as `CreateNamespace=true`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sync_options: Vec<String>,
    /// What a namespace that Argo CD creates carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_namespace_metadata: Option<NamespaceMetadata>,
}

/// Sync without being asked.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AutomatedSync {
    /// Whether what the source has no more is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prune: Option<bool>,
    /// Whether a change made in the cluster is undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_heal: Option<bool>,
}

/// How often a sync that fails is tried again.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Retry {
    /// How often; none at 0, for ever below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// The pauses between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<RetryBackoff>,
}

/// Pauses that grow.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryBackoff {
    /// The first, as a Go duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// By how much the next is longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<i64>,
    /// The longest, as a Go duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_duration: Option<String>,
}

/// What a namespace carries.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct NamespaceMetadata {
    /// Its labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}
