use axum::{Json, extract::State as Extracted};
use dploy_core::{
    environments::{
        marks::{Mark, Marks},
        service::TemplateRow,
    },
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

/// A template as administrators see it.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AdministeredTemplate {
    #[serde(flatten)]
    marks: MarksBody,
    /// Whether it can be asked for at all.
    enabled: bool,
    /// Why its spec is not accepted; absent where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    /// How many free members its pool is to have; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pool_size: Option<u32>,
    /// How many free members are ready.
    available: u32,
    /// How many members are claimed.
    claimed: u32,
    /// How many instances it has, free and claimed.
    instances: u32,
}

/// Templates as administrators see them.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AdministeredTemplates {
    /// In the order of their names.
    templates: Vec<AdministeredTemplate>,
    /// How many there are.
    total_count: usize,
}

impl From<TemplateRow> for AdministeredTemplate {
    fn from(TemplateRow { entry, counters }: TemplateRow) -> Self {
        let (template, Marks { cordoned, drained }) = (&entry.template, entry.marks);
        Self {
            marks: MarksBody { name: template.name.clone(), cordoned, drained },
            enabled: template.enabled,
            refused: entry.refused.clone(),
            pool_size: template.pool().map(|pool| pool.size),
            available: counters.available,
            claimed: counters.claimed,
            instances: counters.total,
        }
    }
}

/// Every template, hidden and disabled ones included, with its marks and its pool.
#[utoipa::path(get, path = "/api/v1/admin/templates", tag = "administration", security(("bearer" = [])),
    operation_id = "listAllTemplates",
    responses((status = 200, body = AdministeredTemplates, description = "The templates."), Refusals))]
pub(crate) async fn list(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
) -> Result<Json<AdministeredTemplates>, Refused> {
    let found = state.environments.all_templates(&identity)?;
    let templates: Vec<_> = found.into_iter().map(AdministeredTemplate::from).collect();
    Ok(Json(AdministeredTemplates { total_count: templates.len(), templates }))
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
    responses(
        (status = 200, body = MarksBody, description = "The template's marks."),
        (status = 409, body = crate::envelope::Envelope, description = "Templates come from a file and cannot be marked."),
        Refusals,
    ))]
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
    responses(
        (status = 200, body = MarksBody, description = "The template's marks."),
        (status = 409, body = crate::envelope::Envelope, description = "Templates come from a file and cannot be marked."),
        Refusals,
    ))]
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
    responses(
        (status = 200, body = MarksBody, description = "The template's marks."),
        (status = 409, body = crate::envelope::Envelope, description = "Templates come from a file and cannot be marked."),
        Refusals,
    ))]
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
    responses(
        (status = 200, body = MarksBody, description = "The template's marks."),
        (status = 409, body = crate::envelope::Envelope, description = "Templates come from a file and cannot be marked."),
        Refusals,
    ))]
pub(crate) async fn undrain(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    Named(template): Named,
) -> Result<Json<MarksBody>, Refused> {
    mark(&identity, &state, template, Mark::Drained, false).await
}
