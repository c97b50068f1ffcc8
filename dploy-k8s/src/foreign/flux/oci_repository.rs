//! OCIRepository of source-controller.

use std::net::{IpAddr, SocketAddr};

use kube::CustomResource;
use serde::{Deserialize, Serialize};

use super::{FluxStatus, LocalObjectReference};

/// An artifact of an OCI registry, such as a chart.
#[derive(CustomResource, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[kube(
    group = "source.toolkit.fluxcd.io",
    version = "v1",
    kind = "OCIRepository",
    root = "OciRepository",
    plural = "ocirepositories",
    namespaced,
    schema = "disabled",
    status = "FluxStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "An artifact of an OCI registry that source-controller fetches again and again."
)]
#[serde(rename_all = "camelCase")]
pub struct OciRepositorySpec {
    /// Where it is: `oci://`, registry and repository, without a tag.
    pub url: String,
    /// Which of its artifacts; `latest` where absent.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<OciRepositoryRef>,
    /// Secret with the credentials for it, in its own namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// How often it is looked at, as a Go duration.
    pub interval: String,
    /// Which layer of the artifact; the first where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_selector: Option<LayerSelector>,
    /// Whether the registry is spoken to by plain HTTP; see [`is_plain_http`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insecure: Option<bool>,
}

/// Which artifact of a repository. Where several are set, Flux prefers `digest`, then `semver`, `tag`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OciRepositoryRef {
    /// The one with this tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The newest tag in this range of semantic versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub semver: Option<String>,
    /// The one with this digest, `sha256:` and 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// Which layer of an artifact, and what becomes of it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerSelector {
    /// The first layer of this media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// `extract` (where absent) or `copy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
}

impl LayerSelector {
    /// The layer of a Helm chart, kept as the archive that Helm reads.
    #[must_use]
    pub fn helm_chart() -> Self {
        Self {
            media_type: Some("application/vnd.cncf.helm.chart.content.v1.tar+gzip".to_owned()),
            operation: Some("copy".to_owned()),
        }
    }
}

/// Whether the registry of this `oci://` URL is on loopback, where there is no TLS: `localhost`, `127.0.0.0/8`, `[::1]`.
///
/// Any other registry is only ever spoken to by HTTPS.
#[must_use]
pub fn is_plain_http(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("oci://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Ok(address) = authority.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let host = authority.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(authority);
    if let Ok(address) = host.parse::<IpAddr>() {
        return address.is_loopback();
    }
    let name = match authority.split_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        Some(_) => return false,
        None => authority,
    };
    name.eq_ignore_ascii_case("localhost")
}
