use axum::{Json, extract::State as Extracted};
use http::StatusCode;

use super::{
    Error, State,
    access::Known,
    input::{Asked, Body, Named, PageQuery},
    model::{KeyRequest, Keys, NewKeyBody},
    refusal::{Reading, Writing},
};

/// The API keys, newest first, without their secrets.
#[utoipa::path(get, path = "/api/v1/keys", tag = "access", security(("apiKey" = []), ("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Keys, description = "The keys."), Reading))]
pub(crate) async fn list(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Keys>, Error> {
    let page = query.page()?;
    Ok(Json(Keys::new(state.releases.keys(&caller, page).await?, page)))
}

/// Makes an API key; its secret is told in this answer only.
#[utoipa::path(post, path = "/api/v1/keys", tag = "access", security(("apiKey" = []), ("bearer" = [])),
    request_body = KeyRequest,
    responses((status = 201, body = NewKeyBody, description = "The key with its secret."), Writing))]
pub(crate) async fn create(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Body(request): Body<KeyRequest>,
) -> Result<(StatusCode, Json<NewKeyBody>), Error> {
    let made = state.releases.create_key(&caller, request.read()?).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Revokes an API key at once.
#[utoipa::path(delete, path = "/api/v1/keys/{key}", tag = "access", security(("apiKey" = []), ("bearer" = [])),
    params(("key" = String, Path, description = "Its id.")),
    responses((status = 204, description = "It is revoked."), Writing))]
pub(crate) async fn revoke(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(id): Named<String>,
) -> Result<StatusCode, Error> {
    state.releases.revoke_key(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
