//! Argo CD: Applications.
//!
//! Field names and meanings are those of `argoproj.io/v1alpha1`. The kind has no status subresource, so a write of its
//! status counts as a change of the object and raises `metadata.generation`.

mod application;
mod status;
#[cfg(test)]
mod tests;

pub use self::{
    application::{
        Application, ApplicationDestination, ApplicationSource, ApplicationSpec, AutomatedSync, HelmSource,
        NamespaceMetadata, Retry, RetryBackoff, SyncPolicy,
    },
    status::{
        ApplicationCondition, ApplicationStatus, ComparedTo, HealthStatus, OperationState, SyncResult, SyncStatus,
    },
};

/// Finalizer of an Application: when it is deleted, Argo CD first deletes what it installed.
pub const RESOURCES_FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";
