//! What holds for every route.

mod cors;
mod limits;
mod observe;
mod path;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use tower::{Layer, util::MapRequestLayer};
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
};

use crate::{config::Cors, docs, envelope, environments, error::Error, metrics::Metrics, probes, releases};

pub use limits::{BODY_LIMIT, REQUEST_TIMEOUT};

/// What one server serves.
#[derive(Clone, Default, Debug)]
pub struct Surface {
    /// Environments from templates.
    pub environments: Option<environments::State>,
    /// Versions and their deployments.
    pub releases: Option<releases::State>,
    /// What is counted.
    pub metrics: Metrics,
    /// The web pages that may call.
    pub cors: Cors,
}

/// The whole interface: every router, with paths normalised, limits, request ids, an access log, CORS, and JSON for what
/// no route answers.
pub fn app(surface: Surface) -> Router<()> {
    let mut routes = Router::new().merge(probes::router(surface.clone()));
    let serves_environments = surface.environments.is_some();
    if let Some(state) = surface.environments {
        routes = routes.merge(environments::router(state));
    }
    let enveloped = Enveloped { everywhere: surface.releases.is_some() && !serves_environments };
    if let Some(state) = surface.releases {
        routes = routes.merge(releases::router(state));
    }
    let routes = routes
        .merge(docs::router())
        .fallback(|| async { Error::NoRoute })
        .method_not_allowed_fallback(|| async { Error::NoMethod })
        .layer(axum::extract::DefaultBodyLimit::max(BODY_LIMIT))
        .layer(axum::middleware::from_fn(limits::in_time))
        .layer(CatchPanicLayer::custom(limits::caught))
        .layer(from_fn_with_state(enveloped, in_envelope))
        .layer(from_fn_with_state(surface.metrics, observe::observe))
        .layer(from_fn_with_state(surface.cors, cors::cors))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(MapRequestLayer::new(observe::without_foreign_id));
    // Routing comes first inside a router, so the path has to be normalised outside of one.
    Router::new().fallback_service(MapRequestLayer::new(path::normalised).layer(routes))
}

/// Where failures are told in the envelope.
#[derive(Clone, Copy)]
struct Enveloped {
    /// Everywhere, and not only in the releases domain.
    everywhere: bool,
}

async fn in_envelope(State(enveloped): State<Enveloped>, request: Request, next: Next) -> Response {
    if enveloped.everywhere || path::is_api(request.uri().path()) {
        envelope::wrapped(request, next).await
    } else {
        next.run(request).await
    }
}
