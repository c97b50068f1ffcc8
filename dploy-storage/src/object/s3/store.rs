use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_sdk_s3::{Client, operation::get_object::GetObjectOutput, types::Object};
use bytes::Bytes;
use dploy_core::{
    artifact::{ArtifactEntry, ArtifactError, ArtifactKey, ArtifactStore},
    time::Timestamp,
};
use futures::{
    StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};

use super::{
    InvalidSettings, S3Settings, S3Signer, client,
    error::{of_bucket, sorted},
};

/// Artifacts in a bucket of S3.
#[derive(Clone)]
pub struct S3Artifacts {
    client: Client,
    settings: Arc<S3Settings>,
}

impl S3Artifacts {
    /// The store of these settings. Nothing is asked of it yet, only of the places where credentials may be.
    ///
    /// # Errors
    /// [`InvalidSettings`] names the setting that is wrong.
    pub async fn new(settings: S3Settings) -> Result<Self, InvalidSettings> {
        settings.check()?;
        let client = Client::from_conf(client::configure(&settings).await.build());
        Ok(Self { client, settings: Arc::new(settings) })
    }

    /// The signer of uploads to this bucket, with the same credentials.
    #[must_use]
    pub fn signer(&self) -> S3Signer {
        let config = self.client.config().to_builder();
        let config = client::with_endpoint(config, self.settings.public_endpoint.as_deref());
        S3Signer::new(Client::from_conf(config.build()), self.settings.bucket.clone())
    }

    /// The longest that a call takes.
    fn deadline(&self) -> Duration {
        client::deadline(&self.settings)
    }

    /// Asks for the object until it comes whole: the SDK tries the request again, not the body.
    async fn fetch(&self, key: &ArtifactKey, limit: u64) -> Result<Arc<[u8]>, ArtifactError> {
        let mut left = self.settings.attempts;
        loop {
            let request = self.client.get_object().bucket(&self.settings.bucket).key(key.as_str());
            let object = request.send().await.map_err(sorted)?;
            left = left.saturating_sub(1);
            match read(object, limit).await {
                Err(ArtifactError::Unavailable(_)) if left > 0 => {}
                other => return other,
            }
        }
    }
}

/// The object's bytes, unless there are more than the limit.
async fn read(object: GetObjectOutput, limit: u64) -> Result<Arc<[u8]>, ArtifactError> {
    let announced = object.content_length.and_then(|length| u64::try_from(length).ok()).unwrap_or_default();
    if announced > limit {
        return Err(ArtifactError::TooLarge(limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
    let mut body = object.body;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| ArtifactError::Unavailable(error.into()))?;
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(ArtifactError::TooLarge(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Arc::from(bytes))
}

/// The artifact of a listed object; `None` for what no key of ours can be.
fn entry(object: Object) -> Option<ArtifactEntry> {
    let written = object.last_modified.unwrap_or_else(|| aws_sdk_s3::primitives::DateTime::from_secs(0));
    let micros = written.secs().saturating_mul(1_000_000).saturating_add(i64::from(written.subsec_nanos()) / 1_000);
    Some(ArtifactEntry {
        key: ArtifactKey::parse(object.key.as_deref()?).ok()?,
        size: object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
        written_at: Timestamp::from_unix_micros(micros),
    })
}

#[async_trait]
impl ArtifactStore for S3Artifacts {
    async fn put(&self, key: &ArtifactKey, bytes: Arc<[u8]>) -> Result<(), ArtifactError> {
        let request = self.client.put_object().bucket(&self.settings.bucket).key(key.as_str());
        request.body(Bytes::from_owner(bytes).into()).send().await.map_err(of_bucket)?;
        Ok(())
    }

    async fn get(&self, key: &ArtifactKey, limit: u64) -> Result<Arc<[u8]>, ArtifactError> {
        let fetched = tokio::time::timeout(self.deadline(), self.fetch(key, limit)).await;
        fetched.unwrap_or_else(|late| Err(ArtifactError::Unavailable(late.into())))
    }

    async fn remove(&self, key: &ArtifactKey) -> Result<(), ArtifactError> {
        let request = self.client.delete_object().bucket(&self.settings.bucket).key(key.as_str());
        match request.send().await.map_err(sorted) {
            Ok(_) | Err(ArtifactError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn list(&self, prefix: &ArtifactKey) -> BoxStream<'static, Result<ArtifactEntry, ArtifactError>> {
        let request = self.client.list_objects_v2().bucket(&self.settings.bucket).prefix(format!("{prefix}/"));
        let pages = stream::try_unfold(request.into_paginator().send(), |mut pages| async move {
            let Some(page) = pages.next().await else { return Ok(None) };
            let entries = page.map_err(of_bucket)?.contents.unwrap_or_default().into_iter().filter_map(entry);
            Ok(Some((stream::iter(entries.map(Ok)), pages)))
        });
        pages.try_flatten().boxed()
    }

    async fn ready(&self) -> Result<(), ArtifactError> {
        let request = self.client.head_bucket().bucket(&self.settings.bucket).customize();
        request.config_override(client::look()).send().await.map_err(of_bucket)?;
        Ok(())
    }
}

impl fmt::Debug for S3Artifacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Artifacts").field("settings", &self.settings).finish_non_exhaustive()
    }
}
