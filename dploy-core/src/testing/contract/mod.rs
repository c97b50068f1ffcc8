//! One suite per port: what every adapter of it has to do.
//!
//! A suite panics where the contract is broken and returns the error where the adapter did not answer at all.

mod artifact_store;
mod claim_store;
mod engine;
mod gitops;
mod records;
mod upload_signer;

pub use artifact_store::artifact_store;
pub use claim_store::{claim_store, deciding_claim_store};
pub use engine::{EngineWorld, engine, settle};
pub use gitops::{GitOpsWorld, RemoteCommit, gitops_repository};
pub use records::{Elapse, records};
pub use upload_signer::{UploadWorld, upload_signer};

use crate::artifact::ArtifactKey;

/// A key that is right by sight.
fn artifact_key(text: &str) -> ArtifactKey {
    ArtifactKey::parse(text).unwrap_or_else(|error| unreachable!("{text}: {error}"))
}
