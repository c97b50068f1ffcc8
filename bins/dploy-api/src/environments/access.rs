use axum::{Json, extract::FromRequestParts};
use dploy_core::identity::Identity;
use http::{header::AUTHORIZATION, request::Parts};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, ErrorBody};

use super::State;

/// A caller who proved who they are with a bearer token; a handler that takes one answers 401 to everybody else.
#[derive(Clone, Debug)]
pub struct Caller(pub Identity);

impl FromRequestParts<State> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        // A header that is no text is not a bearer token either.
        let header = parts.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
        Ok(Self(state.authenticator.authenticate(header).await?))
    }
}

/// The caller as the platform knows them.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct Me {
    /// The user name, sanitised.
    username: String,
    /// The readable part of the caller as an owner.
    owner: String,
    /// Whether the caller is an administrator.
    admin: bool,
}

/// Who the caller is taken for.
#[utoipa::path(get, path = "/api/me", tag = "access", security(("bearer" = [])), responses(
    (status = 200, body = Me, description = "The caller."),
    (status = 401, body = ErrorBody, description = "The token is missing or not accepted."),
))]
pub(crate) async fn me(Caller(identity): Caller) -> Json<Me> {
    let owner = identity.personal.key.as_str().to_owned();
    Json(Me { username: identity.username, owner, admin: identity.admin })
}
