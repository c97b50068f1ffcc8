use std::sync::Arc;

use axum::{
    body::Body,
    extract::{RawQuery, State as Extracted},
};
use dploy_core::{artifact::ArtifactKey, time::Clock};
use dploy_storage::object::folder::{FolderArtifacts, FolderSigner, GrantError};
use http::StatusCode;

use super::{Error, State, input::Named};

/// Takes the uploads of a folder's artifacts; cheap to clone.
#[derive(Clone, Debug)]
pub struct Uploads {
    /// Where they go.
    pub artifacts: FolderArtifacts,
    /// Tells which URLs are good.
    pub signer: FolderSigner,
    /// The largest that is taken, in bytes.
    pub limit: u64,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// Stores an archive at the URL of a draft, which is all that the caller has to prove.
#[utoipa::path(put, path = "/uploads/{key}", tag = "versions",
    params(("key" = String, Path, description = "As the draft's URL says.")),
    request_body(content = Vec<u8>, content_type = "application/gzip", description = "A gzip-compressed tar."),
    responses(
        (status = 200, description = "It is stored."),
        (status = 400, body = crate::envelope::Envelope, description = "It is not the archive that was drafted."),
        (status = 403, body = crate::envelope::Envelope, description = "The URL is not good, or not any more."),
        (status = 413, body = crate::envelope::Envelope, description = "The archive is too large."),
        (status = 503, body = crate::envelope::Envelope, description = "It cannot be stored; try again shortly."),
    ))]
pub(crate) async fn receive(
    Extracted(state): Extracted<State>,
    Named(key): Named<String>,
    RawQuery(query): RawQuery,
    body: Body,
) -> Result<StatusCode, Error> {
    let uploads = state.uploads.ok_or(Error::NoRoute)?;
    let key = ArtifactKey::parse(&key).map_err(|_| GrantError::Signature)?;
    let grant = uploads.signer.verify(&key, &query.unwrap_or_default(), uploads.clock.now())?;
    uploads.artifacts.receive(&key, body.into_data_stream(), uploads.limit, grant.exact.as_ref()).await?;
    Ok(StatusCode::OK)
}
