//! The Argo CD engine: one Application per instance, in `argocd.namespace`.
//!
//! ```text
//! objects     a release → its Application, pure
//! readiness   what Argo CD reports → a verdict, pure
//! engine      the port                           inventory   what it made, for the sweep of orphans
//! away        what stays on another cluster
//! ```
//!
//! # The Application
//!
//! It lives apart from its instance, so it has no owner reference: it is labelled, and carries the instance's full uid
//! in an annotation. Its name is the instance's where that lives in the platform's own namespace, else with a hash of
//! the instance's namespace. It belongs to the AppProject `argocd.project`, syncs by itself, prunes and undoes changes
//! made by hand. From its creation it has the finalizer `resources-finalizer.argocd.argoproj.io`, so that deleting it
//! uninstalls the chart.
//!
//! # Charts
//!
//! | template | source of the Application |
//! |---|---|
//! | git, branch or tag | `refs/heads/…` or `refs/tags/…`: exact, where the short form might be read as a version range |
//! | git, semver range, commit or `refs/…` | as it is |
//! | Helm repository | `chart` and its version; `*`, the newest, where none is given |
//! | OCI registry | `chart` below the registry without `oci://`, which is how Argo CD writes Helm charts in registries |
//!
//! `valueFiles` of a git chart are relative to the repository, as for Flux. Other than Flux, Argo CD always reads the
//! chart's own `values.yaml` first. Argo CD keeps credentials per repository, so a chart names none.
//!
//! # Readiness
//!
//! Argo CD has no observed generation; what a verdict is about is told by the copy of the source that each part of the
//! status carries. Only a part whose source is the one that was applied counts.
//!
//! - *Ready*: synced, or once synced without failure, and `Healthy`. `Suspended` is ready too: a chart may ship a
//!   suspended CronJob, and Helm's own wait counts a paused Deployment as ready.
//! - *Failed*: a sync that ended as `Failed` or `Error`, which Argo CD says when no retry is left and after which it
//!   does not try the same source again; or `Degraded` for two minutes. Argo CD never gives up on health, and several
//!   kinds (Certificate, ExternalSecret) pass through `Degraded` on their way up, so a moment of it is no failure. A
//!   release that is healthy again is ready again.
//! - *Progressing*: everything else, with what Argo CD complains about as reason and sentence. `ComparisonError` and
//!   `InvalidSpecError` (the repository does not answer, the project does not exist) are among it: neither says which
//!   state it is about, both go away when their cause does, and the provision timeout bounds the wait.

pub(super) mod away;
mod engine;
mod inventory;
pub(super) mod objects;
pub(super) mod readiness;

pub use engine::ArgoCdEngine;

/// What the engine asks of the API server.
pub(super) const ACCESS: &[crate::cluster::Rule] =
    &[crate::cluster::Rule::new("argoproj.io", "applications", &["get", "list", "watch", "create", "patch", "delete"])];
