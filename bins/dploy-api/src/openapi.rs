use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::{envelope::Envelope, environments, probes, releases};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "dploy",
        description = "Environments from templates: ask for one and get its URL; extend it, release it. \
                       Releases: draft a version, upload its manifests, publish it, deploy it by a commit.",
        license(name = "MIT OR Apache-2.0"),
    ),
    paths(
        probes::health,
        probes::alive,
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
        environments::v1::user::list,
        environments::v1::user::create,
        environments::v1::user::show,
        environments::v1::user::extend,
        environments::v1::user::note_activity,
        environments::v1::user::release,
        environments::v1::events::follow,
        environments::v1::templates::list,
        environments::v1::templates::show,
        environments::v1::admin::list,
        environments::v1::admin::show,
        environments::v1::admin::extend,
        environments::v1::admin::release,
        environments::v1::marks::list,
        environments::v1::marks::cordon,
        environments::v1::marks::uncordon,
        environments::v1::marks::drain,
        environments::v1::marks::undrain,
        releases::applications::list,
        releases::applications::register,
        releases::applications::show,
        releases::applications::update,
        releases::versions::list,
        releases::versions::draft,
        releases::uploads::receive,
        releases::versions::publish,
        releases::versions::show,
        releases::versions::reject,
        releases::versions::accept,
        releases::versions::diff,
        releases::deployments::deploy,
        releases::deployments::rollback,
        releases::deployments::promote,
        releases::deployments::remove,
        releases::deployments::list_of,
        releases::deployments::list,
        releases::follow::show,
        releases::follow::events,
        releases::holds::hold,
        releases::holds::resume,
        releases::policies::list,
        releases::policies::create,
        releases::policies::update,
        releases::policies::remove,
        releases::targets::list,
        releases::targets::create,
        releases::targets::show,
        releases::targets::update,
        releases::targets::remove,
        releases::keys::list,
        releases::keys::create,
        releases::keys::revoke,
        releases::audit::list,
        releases::access::me,
    ),
    components(schemas(Envelope)),
    modifiers(&Credentials),
)]
struct Interface;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let key = ApiKey::Header(ApiKeyValue::with_description("X-API-Key", "A key or a token."));
        components.add_security_scheme("apiKey", SecurityScheme::ApiKey(key));
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
