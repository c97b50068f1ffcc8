//! Environments without an operator: the API itself makes Argo CD Applications, and nothing else is stored.
//!
//! ```text
//! objects    a new environment → its Application, pure
//! record     an Application → the claim and the instance that it stands for, pure
//! platform   what the API reads                claims     what it writes
//! project    whether Argo CD knows the AppProject
//! lease      one decision at a time per owner  cleanup    what has ended goes, and its namespace
//! ```
//!
//! # What is stored
//!
//! One Application per environment, in `ARGOCD_NAMESPACE`, named `<owner>-<environment>-<uuid>` as its namespace, whose
//! host is `<owner>-<uuid>.<BASE_DOMAIN>`. Argo CD makes the namespace and marks it as the Application says.
//!
//! | label | |
//! |---|---|
//! | `dploy.dev/owner`, `dploy.dev/owner-id` | whose it is, readable and exact |
//! | `dploy.dev/env` | the environment of the file |
//! | `dploy.dev/claim` | its id on the HTTP surface, one per owner and environment |
//!
//! | annotation | |
//! |---|---|
//! | `dploy.dev/uuid` | its eight public hex digits |
//! | `dploy.dev/host` | its host |
//! | `dploy.dev/expires-at` | when it ends (RFC 3339); absent where it lives for ever |
//! | `dploy.dev/extend-count`, `extend-ttl`, `max-extends` | extensions used, seconds of one, how many are granted |
//! | `dploy.dev/last-activity` | when it was last used, where somebody tells; it ends nothing here |
//! | `dploy.dev/instance-uid` | what it and its namespace know each other by |
//!
//! The label `dploy.dev/managed` is left to the operator: what carries it is never touched here, and the other way round.
//!
//! # Decisions
//!
//! Quota and "one environment of a name per owner" are decided by whichever process serves the request, under a Lease
//! of that owner: it lists the owner's Applications consistently, decides, creates, and gives the Lease up. A decision
//! ends well before its Lease does, and a Lease that a dead process left is taken over when it has run out. The lifetime
//! starts when the Application is created.

mod claims;
mod cleanup;
mod lease;
mod objects;
mod platform;
mod project;
mod record;

use crate::cluster::Rule;

pub use self::{
    cleanup::run as run_cleanup,
    platform::{Direct, DirectOptions},
};

/// The group of Argo CD's kinds.
const GROUP: &str = "argoproj.io";
/// Label: the environment of the file.
const ENV: &str = "dploy.dev/env";
/// Label: the name of the claim that an Application stands for.
const CLAIM: &str = "dploy.dev/claim";
/// Annotation: eight public hex digits.
const UUID: &str = "dploy.dev/uuid";
/// Annotation: the host.
const HOST: &str = "dploy.dev/host";
/// Annotation: when it ends.
const EXPIRES_AT: &str = "dploy.dev/expires-at";
/// Annotation: seconds of one extension.
const EXTEND_TTL: &str = "dploy.dev/extend-ttl";
/// Annotation: when it was last used, where somebody tells.
const LAST_ACTIVITY: &str = "dploy.dev/last-activity";
/// Annotation: how many extensions are granted.
const MAX_EXTENDS: &str = "dploy.dev/max-extends";
/// Annotation on a namespace: the Application that it was made for, `<namespace>/<name>`.
const APPLICATION: &str = "dploy.dev/application";
/// What is ours: Applications and namespaces of an owner's environment that no operator keeps.
const OURS: &str = "dploy.dev/owner,dploy.dev/env,!dploy.dev/managed";

/// What an installation without operator asks of the API server.
pub(super) fn access() -> impl Iterator<Item = Rule> {
    let tables = [claims::ACCESS, cleanup::ACCESS, lease::ACCESS, platform::ACCESS, project::ACCESS];
    tables.into_iter().flatten().copied()
}
