//! The releases domain over HTTP: drafts, uploads, publishing, deployments, and what belongs to them, below `/api/v1`.

pub(crate) mod access;
pub(crate) mod applications;
pub(crate) mod audit;
mod background;
pub(crate) mod deployments;
mod error;
pub(crate) mod follow;
pub mod health;
mod holder;
pub(crate) mod holds;
mod input;
pub(crate) mod keys;
pub(crate) mod model;
pub(crate) mod policies;
mod refusal;
mod serve;
pub mod signals;
mod state;
pub(crate) mod targets;
pub(crate) mod uploads;
pub(crate) mod versions;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{any, delete, get, patch, post, put},
};

use crate::envelope;

pub use access::{Access, TokenAccess};
pub use error::Error;
pub use health::Health;
pub use serve::SetupError;
pub(crate) use serve::{Surroundings, start};
pub use signals::Signals;
pub use state::State;
pub use uploads::Uploads;

/// Everything below `/api/v1` and `/uploads`, with its own answers for what it has no route for.
///
/// Whoever calls is known before anything else is looked at, except for uploads, whose URLs are signed.
pub fn router(state: State) -> Router<()> {
    let api = Router::new()
        .merge(application_routes())
        .merge(version_routes())
        .merge(deployment_routes())
        .merge(installation_routes())
        .route("/api/v1", any(nothing))
        .route("/api/v1/{*path}", any(nothing))
        .method_not_allowed_fallback(|| async { Error::NoMethod })
        .layer(from_fn_with_state(state.clone(), access::known))
        .layer(from_fn(envelope::wrapped));
    let uploads = Router::new()
        .route("/uploads/{*key}", put(uploads::receive))
        .method_not_allowed_fallback(|| async { Error::NoMethod })
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(envelope::wrapped));
    api.merge(uploads).with_state(state)
}

async fn nothing() -> Error {
    Error::NoRoute
}

fn application_routes() -> Router<State> {
    Router::new()
        .route("/api/v1/apps", get(applications::list).post(applications::register))
        .route("/api/v1/apps/{app}", get(applications::show).patch(applications::update))
        .route("/api/v1/apps/{app}/policies", get(policies::list).post(policies::create))
        .route("/api/v1/apps/{app}/policies/{policy}", patch(policies::update).delete(policies::remove))
        .route("/api/v1/apps/{app}/targets/{target}/hold", post(holds::hold))
        .route("/api/v1/apps/{app}/targets/{target}/resume", post(holds::resume))
}

fn version_routes() -> Router<State> {
    Router::new()
        .route("/api/v1/apps/{app}/diff", get(versions::diff))
        .route("/api/v1/apps/{app}/versions", get(versions::list))
        .route("/api/v1/apps/{app}/versions/draft", post(versions::draft).get(versions::show_draft))
        .route("/api/v1/apps/{app}/versions/{version}", get(versions::show))
        .route("/api/v1/apps/{app}/versions/{version}/publish", post(versions::publish))
        .route("/api/v1/apps/{app}/versions/{version}/deploy", post(deployments::deploy))
        .route("/api/v1/apps/{app}/versions/{version}/reject", post(versions::reject).delete(versions::accept))
}

fn deployment_routes() -> Router<State> {
    Router::new()
        .route("/api/v1/apps/{app}/rollback", post(deployments::rollback))
        .route("/api/v1/apps/{app}/promote", post(deployments::promote))
        .route("/api/v1/apps/{app}/remove", post(deployments::remove))
        .route("/api/v1/apps/{app}/deployments", get(deployments::list_of))
        .route("/api/v1/deployments", get(deployments::list))
        .route("/api/v1/deployments/{deployment}", get(follow::show))
        .route("/api/v1/deployments/{deployment}/events", get(follow::events))
}

fn installation_routes() -> Router<State> {
    Router::new()
        .route("/api/v1/me", get(access::me))
        .route("/api/v1/targets", get(targets::list).post(targets::create))
        .route("/api/v1/targets/{target}", get(targets::show).patch(targets::update).delete(targets::remove))
        .route("/api/v1/keys", get(keys::list).post(keys::create))
        .route("/api/v1/keys/{key}", delete(keys::revoke))
        .route("/api/v1/audit", get(audit::list))
}
