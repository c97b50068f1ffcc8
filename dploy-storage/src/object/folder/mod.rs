//! Artifacts in a local folder, with upload URLs that are signed with a secret kept beside them.
//!
//! ```text
//! {root}/artifacts/…      one file per artifact
//! {root}/incoming/…       what is being written; a crash leaves files here, which the next start after an hour removes
//! {root}/upload-secret    the 32 bytes that upload URLs are signed with
//! ```
//!
//! Whoever can read the folder can read and sign everything, so its folders are made with mode 0700 and its files with
//! 0600. Several processes may use one folder at a time. No symbolic link inside it is followed.

mod error;
mod incoming;
mod layout;
mod listing;
mod receive;
mod secret;
mod signer;
mod store;
mod tree;

pub use self::{
    error::{FolderError, GrantError, ReceiveError},
    signer::{FolderSigner, Grant},
    store::FolderArtifacts,
};
