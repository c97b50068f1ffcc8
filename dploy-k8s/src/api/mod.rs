//! The custom resources of dploy, group `dploy.dev`, version `v1alpha1`.
//!
//! | kind | short | scope | what it is |
//! |---|---|---|---|
//! | [`DployTemplate`] | `dtpl` | namespaced | what users may ask for |
//! | [`DployInstanceClaim`] | `dclaim` | namespaced | a user's request for one environment, and the answer |
//! | [`DployInstance`] | `dinst` | namespaced | one environment, free in a pool or bound to a claim |
//! | [`OperatorConfig`] | `opcfg` | cluster | defaults of the platform; only the object named `default` counts |
//!
//! The types here are the wire format: they read every object that an older version stored (unknown fields are
//! ignored, missing ones take their default, and an absent `spec` reads as an empty one) and write only what is
//! set. An `Option` means absent, never `null`; an empty string of a plain `String` field means unset. Rules that
//! the API server can decide are CEL rules of the schema, so adapters only convert what has passed them; what CEL
//! cannot say (a template that does not parse, say) is checked where the wire type becomes a type of the domain.
#![allow(
    dead_code,
    clippy::duplicated_attributes,
    unreachable_pub,
    reason = "the derives copy each struct into a function, as public as it was, and list printer columns by attribute"
)]

mod claim;
mod instance;
mod operator_config;
pub(crate) mod rule;
pub(crate) mod schema;
mod spec;
pub(crate) mod stored;
mod template;
#[cfg(test)]
mod tests;
mod vocabulary;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;

pub use self::{
    claim::{ClaimPhase, DployInstanceClaim, DployInstanceClaimSpec, DployInstanceClaimStatus},
    instance::{DployInstance, DployInstanceSpec, DployInstanceStatus, InstancePhase},
    operator_config::{
        ArgoCdDefaults, FluxDefaults, InstanceDefaults, OperatorConfig, OperatorConfigSpec, OperatorConfigStatus,
    },
    template::{
        Amount, Chart, ChartRef, ChartType, DployTemplate, DployTemplateSpec, DployTemplateStatus, EgressRule,
        IngressRule, IpBlock, Isolation, IsolationLevel, Labels, LimitRange, NetworkPeer, NetworkPolicy, NetworkPort,
        Parameter, ParameterType, Pool, Protocol, ProvisioningMethod, Rollout, SecretReference, Ttl, WhenEmpty,
    },
    vocabulary::{ConnectionType, EngineName, ObjectRef},
};

/// The API group of all kinds here.
pub const GROUP: &str = "dploy.dev";
/// The version that is served and stored.
pub const VERSION: &str = "v1alpha1";

/// The CustomResourceDefinitions to install, in the order of the table above.
///
/// They differ from what `crd()` of each type gives: neither spec nor status may be `null`, and that there is a spec is
/// a rule instead of a required property, so that an object stored without one can still be changed and deleted.
#[must_use]
pub fn crds() -> Vec<CustomResourceDefinition> {
    let mut crds = vec![DployTemplate::crd(), DployInstanceClaim::crd(), DployInstance::crd(), OperatorConfig::crd()];
    for version in crds.iter_mut().flat_map(|crd| &mut crd.spec.versions) {
        let root = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut());
        let Some(root) = root else { continue };
        root.required = None;
        if let Some(status) = root.properties.as_mut().and_then(|properties| properties.get_mut("status")) {
            status.nullable = None;
        }
    }
    crds
}
