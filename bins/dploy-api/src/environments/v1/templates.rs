use axum::{Json, extract::State as Extracted};

use crate::environments::{State, access::Caller};

use super::{
    error::Refused,
    input::Named,
    model::{TemplateBody, TemplateList},
    refusal::Refusals,
};

/// The templates that can be asked for and are shown.
#[utoipa::path(get, path = "/api/v1/templates", tag = "environments", security(("bearer" = [])),
    operation_id = "listTemplates",
    responses((status = 200, body = TemplateList, description = "The templates."), Refusals))]
pub(crate) async fn list(_: Caller, Extracted(state): Extracted<State>) -> Json<TemplateList> {
    Json(state.environments.available().into_iter().collect())
}

/// A template that can be asked for, shown or not.
#[utoipa::path(get, path = "/api/v1/templates/{name}", tag = "environments", security(("bearer" = [])),
    operation_id = "showTemplate",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, body = TemplateBody, description = "The template."), Refusals))]
pub(crate) async fn show(
    _: Caller,
    Extracted(state): Extracted<State>,
    Named(name): Named,
) -> Result<Json<TemplateBody>, Refused> {
    Ok(Json(state.environments.offered(&name)?.into()))
}
