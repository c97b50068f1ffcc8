//! What keeps an environment to itself. The words are those of Pod Security admission, ResourceQuota, LimitRange and
//! NetworkPolicy.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::super::schema::{self, FEW};

/// Longest range of addresses: IPv6 with an embedded IPv4 address and a prefix.
const CIDR: u32 = 49;
/// A range of addresses, roughly; that it is one is checked where it is read.
const CIDR_PATTERN: &str = "^[0-9a-fA-F:.]+/[0-9]{1,3}$";

/// What keeps an environment to itself: the profile of its workload namespace.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Isolation {
    /// none makes no profile; privileged, baseline and restricted are enforced as the Pod Security level of that name,
    /// with quota, limits and policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<IsolationLevel>,
    /// What all pods and objects of an environment together may use, as spec.hard of a ResourceQuota; no quota where
    /// empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::amounts")]
    pub resource_quota: Option<BTreeMap<String, Amount>>,
    /// What a container gets that does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_range: Option<LimitRange>,
    /// Exceptions from the policy that denies all traffic across the border of the namespace but name resolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_policy: Option<NetworkPolicy>,
}

/// How much a workload namespace may do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IsolationLevel {
    /// No profile at all.
    None,
    /// Pods may do anything; amounts and traffic are limited.
    Privileged,
    /// Pods that can take over a node are refused; amounts and traffic are limited.
    Baseline,
    /// Pods follow the current hardening practice; amounts and traffic are limited.
    Restricted,
}

/// What a container gets that does not say it.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitRange {
    /// Limits by resource; none where empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::amounts")]
    pub default: Option<BTreeMap<String, Amount>>,
    /// Requests by resource, at most the limit of it; of a resource that is missing here, its limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::amounts")]
    pub default_request: Option<BTreeMap<String, Amount>>,
}

/// Exceptions from the denial of all traffic. Traffic within the namespace is always allowed, and so is name resolution.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicy {
    /// Which traffic may come in; where absent, that from namespaces with the label dploy.dev/ingress=true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = FEW))]
    pub ingress: Option<Vec<IngressRule>>,
    /// Which traffic may go out; where absent, none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = FEW))]
    pub egress: Option<Vec<EgressRule>>,
}

/// Traffic that may come in.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IngressRule {
    /// From whom; from anybody where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = FEW))]
    pub from: Vec<NetworkPeer>,
    /// To which ports; to all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = FEW))]
    pub ports: Vec<NetworkPort>,
}

/// Traffic that may go out.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EgressRule {
    /// To whom; to anybody where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = FEW))]
    pub to: Vec<NetworkPeer>,
    /// To which ports; to all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = FEW))]
    pub ports: Vec<NetworkPort>,
}

/// Somebody outside of the namespace: pods, or addresses.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.ipBlock) != (has(self.namespaceSelector) || has(self.podSelector))")
        .message("a peer needs either ipBlock or selectors: namespaceSelector, podSelector or both"),
)]
pub struct NetworkPeer {
    /// Pods of the namespaces with these labels; of the environment's own namespace where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<Labels>,
    /// Pods with these labels; every pod where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_selector: Option<Labels>,
    /// A range of addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_block: Option<IpBlock>,
}

/// What is selected by its labels.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Labels {
    /// Labels that it must have, all of them; everything where empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::labels")]
    pub match_labels: BTreeMap<String, String>,
}

/// A range of addresses.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IpBlock {
    /// The range, such as 10.0.0.0/8 or 2001:db8::/32.
    #[schemars(length(max = CIDR), regex(pattern = CIDR_PATTERN))]
    pub cidr: String,
    /// Ranges within it that are not meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = FEW), inner(length(max = CIDR), regex(pattern = CIDR_PATTERN)))]
    pub except: Vec<String>,
}

/// A port, or a range of ports.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.endPort) || (has(self.port) && type(self.port) == int && self.endPort >= self.port)")
        .message("endPort needs port as a number that is not greater").field_path(".endPort"),
)]
pub struct NetworkPort {
    /// Protocol of the port; TCP where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// Number of the port, or the name that the pod gives it; every port where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::port")]
    pub port: Option<IntOrString>,
    /// Last port of a range that begins at port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub end_port: Option<i32>,
}

/// Protocol of a port.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// An amount as Kubernetes writes it, such as 500m, 2 or 1Gi; a number is read as its text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Amount(pub String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(serde_json::Number),
            Text(String),
        }
        Ok(Self(match Written::deserialize(deserializer)? {
            Written::Number(number) => number.to_string(),
            Written::Text(text) => text,
        }))
    }
}
