use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::{environments, probes};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "dploy",
        description = "Ask for an environment from a template and get its URL; extend it, release it.",
        license(name = "MIT OR Apache-2.0"),
    ),
    paths(
        probes::health,
        probes::ready,
        environments::catalog::ui_config,
        environments::catalog::available,
        environments::listing::list,
        environments::run::create_by_get,
        environments::run::create,
        environments::run::release,
        environments::run::status,
        environments::run::extend,
        environments::access::me,
        environments::admin::instances,
        environments::admin::templates,
    ),
    modifiers(&Bearer),
)]
struct Interface;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// The description of the HTTP interface (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Interface::openapi()
}

/// The same as it is checked in: JSON, indented, with a newline at its end.
///
/// # Errors
/// None that can occur with the types described here.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    Ok(openapi().to_pretty_json()? + "\n")
}
