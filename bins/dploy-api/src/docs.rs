//! The browsable description, from the program itself: no page, script or font is fetched from elsewhere.

use axum::{Router, extract::Request, middleware::map_request};
use http::Uri;
use swagger_ui_dist::{ApiDefinition, OpenApiSource, generate_routes};

/// Where the page is.
const PAGE: &str = "/docs";
/// Where the description is that the page shows.
const DESCRIPTION: &str = "/openapi.json";

/// `/docs` and what belongs to it, without a fallback.
pub(crate) fn router() -> Router<()> {
    let description = OpenApiSource::Uri(DESCRIPTION);
    let page = ApiDefinition { uri_prefix: PAGE, api_definition: description, title: Some("dploy") };
    generate_routes(page).layer(map_request(plain))
}

/// The page repeats the address that it is asked for, so that nothing but its own path may be in there.
async fn plain(mut request: Request) -> Request {
    *request.uri_mut() = Uri::from_static(PAGE);
    request
}
