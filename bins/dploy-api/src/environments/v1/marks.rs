use axum::{Json, extract::State as Extracted};
use dploy_core::{
    environments::marks::{Mark, Marks},
    identity::Identity,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::environments::{State, access::Caller};

use super::{error::Refused, input::Named, refusal::Refusals};

/// What administrators have set on a template.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MarksBody {
    /// The name of the template.
    name: String,
    /// Whether new environments are refused.
    cordoned: bool,
    /// Whether its pool is kept empty of free members.
    drained: bool,
}

async fn mark(
    identity: &Identity,
    state: &State,
    name: String,
    mark: Mark,
    set: bool,
) -> Result<Json<MarksBody>, Refused> {
    let Marks { cordoned, drained } = state.environments.mark(identity, &name, mark, set).await?;
    Ok(Json(MarksBody { name, cordoned, drained }))
}

/// Refuses new environments of a template from now on; those that stand go on.
#[utoipa::path(post, path = "/api/v1/admin/templates/{name}/cordon", tag = "administration",
    security(("bearer" = [])),
    operation_id = "cordonTemplate",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, body = MarksBody, description = "The template's marks."), Refusals))]
pub(crate) async fn cordon(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    Named(template): Named,
) -> Result<Json<MarksBody>, Refused> {
    mark(&identity, &state, template, Mark::Cordoned, true).await
}

/// Allows new environments of a template again.
#[utoipa::path(post, path = "/api/v1/admin/templates/{name}/uncordon", tag = "administration",
    security(("bearer" = [])),
    operation_id = "uncordonTemplate",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, body = MarksBody, description = "The template's marks."), Refusals))]
pub(crate) async fn uncordon(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    Named(template): Named,
) -> Result<Json<MarksBody>, Refused> {
    mark(&identity, &state, template, Mark::Cordoned, false).await
}

/// Removes the free members of a template's pool and makes no new ones; claimed ones go on.
#[utoipa::path(post, path = "/api/v1/admin/templates/{name}/drain", tag = "administration",
    security(("bearer" = [])),
    operation_id = "drainPool",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, body = MarksBody, description = "The template's marks."), Refusals))]
pub(crate) async fn drain(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    Named(template): Named,
) -> Result<Json<MarksBody>, Refused> {
    mark(&identity, &state, template, Mark::Drained, true).await
}

/// Lets a template's pool fill again.
#[utoipa::path(post, path = "/api/v1/admin/templates/{name}/undrain", tag = "administration",
    security(("bearer" = [])),
    operation_id = "undrainPool",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, body = MarksBody, description = "The template's marks."), Refusals))]
pub(crate) async fn undrain(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    Named(template): Named,
) -> Result<Json<MarksBody>, Refused> {
    mark(&identity, &state, template, Mark::Drained, false).await
}
