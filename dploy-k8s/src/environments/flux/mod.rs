//! The Flux engine: one HelmRelease per instance, and one source that all releases of the same chart share.
//!
//! ```text
//! objects     a release → its source and its HelmRelease, pure
//! readiness   what helm-controller reports → a verdict, pure
//! sources     writes sources, and removes those that nothing needs
//! changes     what the watches see → the instances it concerns
//! engine      the port
//! inventory   what it has made, for the sweep of orphans
//! ```
//!
//! # Where objects live
//!
//! Without `flux.namespace` both live beside the instance: the HelmRelease has the instance's name and is controlled
//! by it, the source is owned by the template. With it both live there, apart from their owners: labelled, with the
//! owner's full uid in an annotation.
//!
//! # Shared sources
//!
//! A source is named by a hash over everything that it says and whose it is. So all instances of one chart of one
//! template meet in one source, and an edit of the chart makes another one beside it. A source stays while a
//! HelmRelease refers to it, or while the template keeps a revision that it was made for.

mod changes;
mod engine;
mod inventory;
mod objects;
mod readiness;
mod sources;

pub use engine::FluxEngine;

/// What the engine asks of the API server.
pub(super) fn access() -> impl Iterator<Item = crate::cluster::Rule> {
    engine::ACCESS.iter().chain(sources::ACCESS).copied()
}

/// Annotation on a source: the template that it belongs to, `<namespace>/<name>`.
const TEMPLATE_KEY: &str = "dploy.dev/template-key";
/// Annotation on a source: the names of the revisions that it was made for, separated by spaces.
const REVISIONS: &str = "dploy.dev/revisions";
