use axum::{Json, extract::State as Extracted};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, ErrorBody};

use super::{
    State,
    access::Caller,
    model::{InstanceRow, TemplateRow},
};

/// Every instance.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct Instances {
    /// In the order of template and name.
    instances: Vec<InstanceRow>,
    /// How many there are.
    count: usize,
}

/// Every template.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct Templates {
    /// In the order of their names.
    templates: Vec<TemplateRow>,
    /// How many there are.
    count: usize,
}

/// Every instance, free pool members included.
#[utoipa::path(get, path = "/api/admin/instances", tag = "administration", security(("bearer" = [])), responses(
    (status = 200, body = Instances, description = "The instances."),
    (status = 401, body = ErrorBody, description = "The token is missing or not accepted."),
    (status = 403, body = ErrorBody, description = "The caller is no administrator."),
    (status = 404, body = ErrorBody, description = "The lists are switched off."),
    (status = 503, body = ErrorBody, description = "The platform does not answer, or its state is not known yet."),
))]
pub(crate) async fn instances(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
) -> Result<Json<Instances>, Error> {
    switched_on(&state)?;
    let found = state.environments.all_instances(&identity)?;
    let instances: Vec<_> = found.iter().map(|instance| InstanceRow::from(&**instance)).collect();
    Ok(Json(Instances { count: instances.len(), instances }))
}

/// Every template, hidden and disabled ones included.
#[utoipa::path(get, path = "/api/admin/templates", tag = "administration", security(("bearer" = [])), responses(
    (status = 200, body = Templates, description = "The templates."),
    (status = 401, body = ErrorBody, description = "The token is missing or not accepted."),
    (status = 403, body = ErrorBody, description = "The caller is no administrator."),
    (status = 404, body = ErrorBody, description = "The lists are switched off."),
    (status = 503, body = ErrorBody, description = "The platform does not answer, or its state is not known yet."),
))]
pub(crate) async fn templates(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
) -> Result<Json<Templates>, Error> {
    switched_on(&state)?;
    let templates: Vec<_> = state.environments.all_templates(&identity)?.into_iter().map(TemplateRow::from).collect();
    Ok(Json(Templates { count: templates.len(), templates }))
}

fn switched_on(state: &State) -> Result<(), Error> {
    if state.features.manager { Ok(()) } else { Err(Error::Disabled("manager")) }
}
