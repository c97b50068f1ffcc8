use std::fmt;

use async_trait::async_trait;
use aws_sdk_s3::{Client, operation::put_object::builders::PutObjectFluentBuilder, presigning::PresigningConfig};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use dploy_core::artifact::{ArtifactError, ExactBytes, SignedUpload, Upload, UploadSigner};

use super::error::of_bucket;
use crate::object::digest;

/// Presigns uploads to a bucket of S3 (AWS Signature Version 4 in the query), at the endpoint that clients reach.
///
/// An exact upload has `content-length` and `x-amz-checksum-sha256` as signed headers. A store that does not know the
/// latter binds the size alone; who reads the artifact compares its digest anyway. Credentials that end sooner than the
/// URL end it too. An upload may be allowed for a week at most.
#[derive(Clone)]
pub struct S3Signer {
    client: Client,
    bucket: String,
}

impl S3Signer {
    pub(super) fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }
}

/// Binds the upload to its bytes.
fn bound(request: PutObjectFluentBuilder, exact: &ExactBytes) -> Result<PutObjectFluentBuilder, ArtifactError> {
    let size = i64::try_from(exact.size).map_err(|error| ArtifactError::Unavailable(error.into()))?;
    Ok(request.content_length(size).checksum_sha256(STANDARD.encode(digest::parse(&exact.sha256)?)))
}

#[async_trait]
impl UploadSigner for S3Signer {
    async fn sign(&self, upload: &Upload) -> Result<SignedUpload, ArtifactError> {
        let request = self.client.put_object().bucket(&self.bucket).key(upload.key.as_str());
        let request = match &upload.exact {
            Some(exact) => bound(request, exact)?,
            None => request,
        };
        let lifetime = PresigningConfig::expires_in(upload.expires_in);
        let lifetime = lifetime.map_err(|error| ArtifactError::Unavailable(error.into()))?;
        let signed = request.presigned(lifetime).await.map_err(of_bucket)?;
        let headers = signed.headers().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Ok(SignedUpload { url: signed.uri().to_owned(), headers })
    }
}

impl fmt::Debug for S3Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Signer").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}
