//! Flux: releases of helm-controller and the sources of source-controller.
//!
//! Field names and meanings are those of `helm.toolkit.fluxcd.io/v2` and `source.toolkit.fluxcd.io/v1`.

mod git_repository;
mod helm_release;
mod helm_repository;
mod oci_repository;
mod secret;
mod status;
#[cfg(test)]
mod tests;

pub use super::Values;

pub use self::{
    git_repository::{GitRepository, GitRepositoryRef, GitRepositorySpec},
    helm_release::{
        ChartReference, HelmChartTemplate, HelmChartTemplateSpec, HelmRelease, HelmReleaseSpec, Install, Remediation,
        SourceReference,
    },
    helm_repository::{HelmRepository, HelmRepositorySpec, HelmRepositoryType},
    oci_repository::{LayerSelector, OciRepository, OciRepositoryRef, OciRepositorySpec, is_plain_http},
    secret::LocalObjectReference,
    status::FluxStatus,
};
