//! Artifacts in S3, or in anything that speaks its protocol (MinIO, Ceph, Garage, R2 …).
//!
//! Every call has a deadline and a bounded number of attempts. Of the newer checksum headers only what an exact upload
//! binds is sent, so that stores without them work. The store needs `s3:GetObject`, `s3:PutObject`, `s3:DeleteObject`
//! on the bucket's objects and `s3:ListBucket` on the bucket; without the latter, what is not there is denied instead
//! of not found.

mod client;
mod error;
mod settings;
mod signer;
mod store;

pub use self::{
    settings::{InvalidSettings, S3Credentials, S3Settings},
    signer::S3Signer,
    store::S3Artifacts,
};
