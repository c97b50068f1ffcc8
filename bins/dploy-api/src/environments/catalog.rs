use axum::{Json, extract::State as Extracted};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, ErrorBody};

use super::{State, model::Available};

/// What a web page shows.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UiConfig {
    /// Whether the catalog is served.
    catalog_enabled: bool,
    /// Whether callers can list their environments.
    instances_enabled: bool,
    /// Whether administrators can list everything.
    manager_enabled: bool,
}

/// What is switched on.
#[utoipa::path(get, path = "/api/ui-config", tag = "environments", responses((status = 200, body = UiConfig, description = "What is switched on.")))]
pub(crate) async fn ui_config(Extracted(state): Extracted<State>) -> Json<UiConfig> {
    let features = state.features;
    Json(UiConfig {
        catalog_enabled: features.catalog,
        instances_enabled: features.instances,
        manager_enabled: features.manager,
    })
}

/// The templates that can be asked for and are not hidden.
#[utoipa::path(get, path = "/api/environments/available", tag = "environments", responses(
    (status = 200, body = [Available], description = "The templates."),
    (status = 404, body = ErrorBody, description = "The catalog is switched off."),
    (status = 503, body = ErrorBody, description = "The platform does not answer, or its state is not known yet."),
))]
pub(crate) async fn available(Extracted(state): Extracted<State>) -> Result<Json<Vec<Available>>, Error> {
    if !state.features.catalog {
        return Err(Error::Disabled("catalog"));
    }
    Ok(Json(state.environments.available().into_iter().map(Available::from).collect()))
}
