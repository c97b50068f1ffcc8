//! HelmRelease of helm-controller.

use kube::CustomResource;
use serde::{Deserialize, Serialize};

use super::{FluxStatus, Values};

/// One installation of a chart. Exactly one of `chart` and `chart_ref` is set.
#[derive(CustomResource, Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[kube(
    group = "helm.toolkit.fluxcd.io",
    version = "v2",
    kind = "HelmRelease",
    plural = "helmreleases",
    namespaced,
    schema = "disabled",
    status = "FluxStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "One installation of a chart, as helm-controller keeps it."
)]
#[serde(rename_all = "camelCase")]
pub struct HelmReleaseSpec {
    /// The chart, by name, of a GitRepository or HelmRepository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<HelmChartTemplate>,
    /// The OCIRepository that is the chart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart_ref: Option<ChartReference>,
    /// Name of the Helm release, at most 53 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_name: Option<String>,
    /// Namespace that the chart is installed into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_namespace: Option<String>,
    /// Namespace of Helm's own records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_namespace: Option<String>,
    /// ServiceAccount, in the release's namespace, that helm-controller acts as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
    /// How often it is reconciled, as a Go duration; required by Flux.
    #[serde(default)]
    pub interval: String,
    /// How long one Helm action may take, as a Go duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// How the first installation is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub install: Option<Install>,
    /// The chart's values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Values>,
}

impl HelmRelease {
    /// Leaves of the values only their digest, for a cache: the values of a thousand releases would fill it.
    pub fn trim(&mut self) {
        self.metadata.managed_fields = None;
        if let Some(values) = &mut self.spec.values {
            values.shrink();
        }
    }
}

/// Makes a HelmChart of the chart's source.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct HelmChartTemplate {
    /// What the HelmChart says.
    pub spec: HelmChartTemplateSpec,
}

/// A chart of a source.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmChartTemplateSpec {
    /// Name of the chart in a HelmRepository, or its folder in a GitRepository.
    pub chart: String,
    /// Version or version range; any where absent. Of no effect with a GitRepository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Values files in the source, relative to its root, merged in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values_files: Vec<String>,
    /// The source.
    pub source_ref: SourceReference,
    /// How often the source is looked at, as a Go duration; as the release where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
}

/// Which source has a chart.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SourceReference {
    /// `GitRepository` or `HelmRepository`.
    pub kind: String,
    /// Name of the source.
    pub name: String,
    /// Namespace of the source; the release's where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// Which source is a chart.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ChartReference {
    /// `OCIRepository`.
    pub kind: String,
    /// Name of the source.
    pub name: String,
    /// Namespace of the source; the release's where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// How the first installation is done.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Install {
    /// Whether Helm creates the target namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_namespace: Option<bool>,
    /// What happens when it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<Remediation>,
}

/// What happens when an installation fails.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Remediation {
    /// How often it is uninstalled and tried again; -1 means for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<i64>,
}
