use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

use super::MemoryArtifacts;
use crate::{
    artifact::{ArtifactError, ArtifactKey, ExactBytes, SignedUpload, Upload, UploadSigner},
    time::Timestamp,
};

/// The scheme of the URLs.
const SCHEME: &str = "memory://";

/// An upload that was allowed.
#[derive(Debug)]
pub(super) struct Grant {
    key: ArtifactKey,
    expires_at: Timestamp,
    exact: Option<ExactBytes>,
}

/// Why [`MemoryArtifacts::upload`] took no bytes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadRefused {
    /// The URL was not given out by this store for this key.
    #[error("the upload's URL is not signed")]
    Unsigned,
    /// It was good until before now.
    #[error("the upload's URL has expired")]
    Expired,
    /// The bytes are not those that were announced.
    #[error("the upload has another size or digest than announced")]
    Differs,
    /// The store was told to fail.
    #[error("the store does not answer")]
    Unavailable(#[source] ArtifactError),
}

impl MemoryArtifacts {
    /// Uploads the bytes to a URL that this store signed.
    ///
    /// # Errors
    /// [`UploadRefused`] says why nothing was written.
    pub fn upload(&self, url: &str, bytes: &[u8]) -> Result<(), UploadRefused> {
        let now = self.clock.now();
        let mut state = self.reach().map_err(UploadRefused::Unavailable)?;
        let (key, number) = read(url).ok_or(UploadRefused::Unsigned)?;
        let grant = state.grants.get(number).filter(|grant| grant.key == key).ok_or(UploadRefused::Unsigned)?;
        if grant.expires_at <= now {
            return Err(UploadRefused::Expired);
        }
        if grant.exact.as_ref().is_some_and(|exact| *exact != ExactBytes::of(bytes)) {
            return Err(UploadRefused::Differs);
        }
        Self::write(&mut state, &key, Arc::from(bytes), now);
        Ok(())
    }
}

/// The key of a URL and the number of its grant.
fn read(url: &str) -> Option<(ArtifactKey, usize)> {
    let (key, number) = url.strip_prefix(SCHEME)?.split_once("?grant=")?;
    Some((ArtifactKey::parse(key).ok()?, number.parse().ok()?))
}

#[async_trait]
impl UploadSigner for MemoryArtifacts {
    async fn sign(&self, upload: &Upload) -> Result<SignedUpload, ArtifactError> {
        let seconds = i64::try_from(upload.expires_in.as_secs()).unwrap_or(i64::MAX);
        let expires_at = self.clock.now().plus_seconds(seconds);
        let mut state = self.reach()?;
        let url = format!("{SCHEME}{}?grant={}", upload.key, state.grants.len());
        state.grants.push(Grant { key: upload.key.clone(), expires_at, exact: upload.exact.clone() });
        let headers = upload.exact.iter().map(|exact| ("content-length".to_owned(), exact.size.to_string()));
        Ok(SignedUpload { url, headers: BTreeMap::from_iter(headers) })
    }
}
