//! Artifacts: the ports [`ArtifactStore`](dploy_core::artifact::ArtifactStore) and
//! [`UploadSigner`](dploy_core::artifact::UploadSigner) on a local folder and on S3.

mod digest;
#[cfg(feature = "folder")]
pub mod folder;
#[cfg(feature = "s3")]
pub mod s3;
