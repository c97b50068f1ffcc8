use axum::{Json, extract::State as Extracted};

use crate::error::{Error, ErrorBody};

use super::{
    State,
    access::Caller,
    model::{Listed, Listing},
};

/// The caller's environments and those of the caller's groups.
#[utoipa::path(get, path = "/api/environments", tag = "environments", security(("bearer" = [])), responses(
    (status = 200, body = Listing, description = "The environments."),
    (status = 401, body = ErrorBody, description = "The token is missing or not accepted."),
    (status = 404, body = ErrorBody, description = "The list is switched off."),
    (status = 503, body = ErrorBody, description = "The platform does not answer, or its state is not known yet."),
))]
pub(crate) async fn list(Caller(identity): Caller, Extracted(state): Extracted<State>) -> Result<Json<Listing>, Error> {
    if !state.features.instances {
        return Err(Error::Disabled("instances list"));
    }
    let environments: Vec<_> = state.environments.list(&identity).into_iter().map(Listed::from).collect();
    let (count, limit) = (environments.len(), state.environments.limit());
    Ok(Json(Listing { environments, count, limit }))
}
