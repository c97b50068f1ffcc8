//! The environments domain on Kubernetes: custom resources to domain types and back, the controllers of the operator,
//! the adapters of the API server, and the engines.
//!
//! ```text
//! convert       custom resources ↔ domain types            revision    what instances are pinned to
//! caches        what is watched, with its indexes           catalog     templates as accepted, parsed once
//! standing      what a template knows of all its instances
//! controllers   template · claim · instance · config        operator    starts them while leading
//! queues        which change wakes which of them
//! observer      what the API reads                          claims      what the API writes
//! isolation     what keeps a workload namespace to itself
//! flux          the Flux engine                          argocd      the Argo CD engine
//! engines       both of them, for programs that serve any cluster
//! direct        without an operator: Applications alone
//! release       what engines have in common
//! ```

pub mod access;
#[cfg(feature = "argocd")]
pub mod argocd;
mod audit;
pub mod caches;
mod catalog;
mod claims;
pub mod controllers;
pub mod convert;
#[cfg(feature = "argocd")]
pub mod direct;
#[cfg(all(feature = "argocd", feature = "flux"))]
mod engines;
#[cfg(feature = "flux")]
pub mod flux;
pub mod isolation;
mod marker;
mod metrics;
mod observer;
mod operator;
pub mod orphans;
mod queues;
#[cfg(any(feature = "argocd", feature = "flux"))]
mod release;
mod revision;
mod standing;

#[cfg(all(feature = "argocd", feature = "flux"))]
pub use self::engines::InstalledEngines;
pub use self::{
    audit::KubernetesAudit,
    caches::Caches,
    catalog::Engines,
    claims::KubernetesClaims,
    marker::KubernetesMarker,
    observer::KubernetesObserver,
    operator::{Operator, OperatorOptions},
};
