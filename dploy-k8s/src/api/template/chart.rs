//! Which chart a template installs.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::schema::{NAME, NAME_PATTERN, TEXT};

/// Where a chart comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChartType {
    /// A folder of a git repository.
    #[default]
    Git,
    /// A chart of a Helm repository or of an OCI registry.
    Helm,
}

/// A Helm chart and the revision of it.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("(has(self.path) && self.path != '') || (has(self.chart) && self.chart != '')")
        .message("path or chart is required: path is the chart's folder in a git repository, chart its name in a Helm repository")
        .field_path(".path"),
    validation = Rule::new("!has(self.ref) || !has(self.targetRevision) || self.targetRevision == ''")
        .message("ref excludes targetRevision: give one of them (remove a stored one with targetRevision: null)")
        .field_path(".ref"),
    validation = Rule::new("!has(self.ref) || self.type == 'git'")
        .message("ref needs type git: with type helm give the chart's version in targetRevision")
        .field_path(".ref"),
)]
pub struct Chart {
    /// git reads the chart from a repository's folder, helm from a Helm repository or an OCI registry.
    #[serde(default, rename = "type")]
    pub kind: ChartType,
    /// URL of the git repository, of the Helm repository or, beginning with oci://, of the registry's folder.
    #[serde(rename = "repoURL")]
    #[schemars(length(min = 1, max = TEXT))]
    pub repo_url: String,
    /// Folder of the chart in the git repository; where given, it is used instead of chart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT))]
    pub path: String,
    /// Name of the chart in the Helm repository or registry.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT))]
    pub chart: String,
    /// With git a branch, a full ref (refs/...) or a commit (40 hexadecimal digits), main where empty; with helm a
    /// version or version range, the newest version where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME))]
    pub target_revision: String,
    /// The git revision, told by its kind; excludes targetRevision.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<ChartRef>,
    /// Secret with the credentials for repoURL, in the form that Flux reads and in the namespace of the Flux source:
    /// flux.namespace of OperatorConfig, else the template's own; not with engine argocd.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretReference>,
}

impl Chart {
    /// Why another engine than Flux refuses `secretRef`.
    pub(crate) const SECRET_NEEDS_FLUX: &'static str = "secretRef needs engine flux: Argo CD keeps credentials per \
        repository, in a Secret of its own namespace with label argocd.argoproj.io/secret-type: repository";
}

/// A Secret by its name.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretReference {
    /// Name of the Secret.
    #[schemars(length(min = 1, max = NAME), regex(pattern = NAME_PATTERN))]
    pub name: String,
}

/// A git revision, told by exactly one of its fields.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new(
        "[has(self.branch), has(self.tag), has(self.semver), has(self.commit)].filter(given, given).size() == 1"
    ).message("ref needs exactly one of branch, tag, semver and commit"),
)]
pub struct ChartRef {
    /// Newest commit of this branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = NAME))]
    pub branch: Option<String>,
    /// Commit of this tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = NAME))]
    pub tag: Option<String>,
    /// Newest tag in this range of semantic versions, such as ">=1.0.0 <2.0.0".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = NAME))]
    pub semver: Option<String>,
    /// This commit: 40 hexadecimal digits (SHA-1) or 64 (SHA-256).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = "^([0-9a-f]{40}|[0-9a-f]{64})$"))]
    pub commit: Option<String>,
}
