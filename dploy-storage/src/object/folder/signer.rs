use std::{collections::BTreeMap, fmt, sync::Arc};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use dploy_core::{
    artifact::{ArtifactError, ArtifactKey, ExactBytes, SignedUpload, Upload, UploadSigner},
    time::{Clock, Timestamp},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{FolderError, GrantError};
use crate::object::digest;

/// Signs the URLs by which artifacts are uploaded to a folder, and tells which of them are good.
///
/// A URL is `{public_base}/uploads/{key}?expires=…&size=…&sha256=…&signature=…`: `expires` in Unix seconds, `size` and
/// `sha256` only where the upload is exact, and as signature an HMAC-SHA256 (RFC 2104) of key and parameters in
/// base64url (RFC 4648 §5). The server below `public_base` passes what comes there to [`FolderSigner::verify`] and then
/// to [`FolderArtifacts::receive`](super::FolderArtifacts::receive).
#[derive(Clone)]
pub struct FolderSigner {
    mac: Hmac<Sha256>,
    public_base: String,
    clock: Arc<dyn Clock>,
}

/// What a good URL allows for its key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The only bytes that are accepted; `None` accepts any.
    pub exact: Option<ExactBytes>,
}

/// The parameters of a URL, as they are written in it.
#[derive(Clone, Copy)]
struct Parameters<'a> {
    expires: &'a str,
    exact: Option<(&'a str, &'a str)>,
}

impl FolderSigner {
    pub(super) fn new(secret: &[u8], public_base: &str, clock: Arc<dyn Clock>) -> Result<Self, FolderError> {
        let refused = || FolderError::PublicBase { given: public_base.to_owned() };
        let host = public_base.strip_prefix("https://").or_else(|| public_base.strip_prefix("http://"));
        let plain = |host: &&str| !host.is_empty() && !host.starts_with('/') && !host.contains(['?', '#', ' ']);
        host.filter(plain).ok_or_else(refused)?;
        let mac = Hmac::new_from_slice(secret).map_err(|_| refused())?;
        Ok(Self { mac, public_base: public_base.trim_end_matches('/').to_owned(), clock })
    }

    /// What the URL for `key` with this query, as it came and without `?`, allows at the time `now`.
    ///
    /// # Errors
    /// [`GrantError`]: the query is not one that was signed for this key with this folder's secret, or has expired.
    pub fn verify(&self, key: &ArtifactKey, query: &str, now: Timestamp) -> Result<Grant, GrantError> {
        let (parameters, signature) = read(query).ok_or(GrantError::Signature)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| GrantError::Signature)?;
        // Compares in constant time.
        self.authenticate(key, parameters).verify_slice(&signature).map_err(|_| GrantError::Signature)?;
        let expires = parameters.expires.parse().map_err(|_| GrantError::Signature)?;
        if Timestamp::from_unix_seconds(expires) <= now {
            return Err(GrantError::Expired);
        }
        let exact = parameters.exact.map(|(size, sha256)| {
            let size = size.parse().map_err(|_| GrantError::Signature)?;
            Ok(ExactBytes { size, sha256: sha256.to_owned() })
        });
        Ok(Grant { exact: exact.transpose()? })
    }

    fn authenticate(&self, key: &ArtifactKey, parameters: Parameters<'_>) -> Hmac<Sha256> {
        let (size, sha256) = parameters.exact.unwrap_or_default();
        let mut mac = self.mac.clone();
        // No part can hold a line break, so that none can pass for another.
        for part in ["dploy upload 1", key.as_str(), parameters.expires, size, sha256] {
            mac.update(part.as_bytes());
            mac.update(b"\n");
        }
        mac
    }
}

/// Each parameter once, no others, and the signature.
fn read(query: &str) -> Option<(Parameters<'_>, &str)> {
    let mut given = BTreeMap::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=')?;
        if given.insert(name, value).is_some() {
            return None;
        }
    }
    let exact = match (given.remove("size"), given.remove("sha256")) {
        (None, None) => None,
        (size, sha256) => Some((size?, sha256?)),
    };
    let parameters = Parameters { expires: given.remove("expires")?, exact };
    let signature = given.remove("signature")?;
    given.is_empty().then_some((parameters, signature))
}

#[async_trait]
impl UploadSigner for FolderSigner {
    async fn sign(&self, upload: &Upload) -> Result<SignedUpload, ArtifactError> {
        if let Some(exact) = &upload.exact {
            digest::parse(&exact.sha256)?;
        }
        let seconds = i64::try_from(upload.expires_in.as_secs()).unwrap_or(i64::MAX);
        let expires = self.clock.now().plus_seconds(seconds).unix_seconds().to_string();
        let exact = upload.exact.as_ref().map(|exact| (exact.size.to_string(), exact.sha256.as_str()));
        let exact = exact.as_ref().map(|(size, sha256)| (size.as_str(), *sha256));
        let signature = self.authenticate(&upload.key, Parameters { expires: &expires, exact }).finalize();
        let signature = URL_SAFE_NO_PAD.encode(signature.into_bytes());
        let bound = exact.map(|(size, sha256)| format!("&size={size}&sha256={sha256}")).unwrap_or_default();
        let (base, key) = (&self.public_base, &upload.key);
        let url = format!("{base}/uploads/{key}?expires={expires}{bound}&signature={signature}");
        Ok(SignedUpload { url, headers: BTreeMap::new() })
    }
}

impl fmt::Debug for FolderSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FolderSigner").field("public_base", &self.public_base).finish_non_exhaustive()
    }
}
