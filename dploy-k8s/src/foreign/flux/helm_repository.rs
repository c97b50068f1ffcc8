//! HelmRepository of source-controller.

use kube::CustomResource;
use serde::{Deserialize, Serialize};

use super::{FluxStatus, LocalObjectReference};

/// An index of charts.
#[derive(CustomResource, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[kube(
    group = "source.toolkit.fluxcd.io",
    version = "v1",
    kind = "HelmRepository",
    plural = "helmrepositories",
    namespaced,
    schema = "disabled",
    status = "FluxStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "An index of charts that source-controller fetches again and again."
)]
#[serde(rename_all = "camelCase")]
pub struct HelmRepositorySpec {
    /// Where it is: `https://`, `http://` or `oci://`.
    pub url: String,
    /// What it is; an index where absent.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<HelmRepositoryType>,
    /// Secret with the credentials for it, in its own namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// How often the index is fetched, as a Go duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
}

/// What a HelmRepository is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HelmRepositoryType {
    /// An `index.yaml` over HTTP.
    #[default]
    Default,
    /// A folder of an OCI registry.
    Oci,
}
