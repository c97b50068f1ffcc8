//! The browsable description, from the program itself: no page, script or font is fetched from elsewhere.

use std::sync::Arc;

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::{StatusCode, header};
use utoipa_swagger_ui::{Config, SwaggerFile};

/// Where the description is that the page shows.
const DESCRIPTION: &str = "/openapi.json";

/// `/docs` and what belongs to it, without a fallback.
pub(crate) fn router() -> Router<()> {
    Router::new()
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", get(|| async { file("index.html") }))
        .route("/docs/{*path}", get(|Path(path): Path<String>| async move { file(&path) }))
}

fn file(path: &str) -> Response {
    let config = Arc::new(Config::from(DESCRIPTION));
    match utoipa_swagger_ui::serve(path, config) {
        Ok(Some(SwaggerFile { bytes, content_type, .. })) => {
            ([(header::CONTENT_TYPE, content_type)], bytes.to_vec()).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(error = &*error, "the description's page cannot be served");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
