//! The environments domain over HTTP: the surface that the original's clients use, and the one below `/api/v1`.

pub(crate) mod access;
pub(crate) mod admin;
mod audit;
pub(crate) mod catalog;
mod input;
pub(crate) mod listing;
mod model;
pub(crate) mod run;
pub(crate) mod serve;
mod state;
pub(crate) mod v1;

use axum::{
    Router,
    extract::{Request, State as Extracted},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};

use crate::error::Error;

pub use access::Caller;
pub use serve::SetupError;
pub use state::{Readiness, State};

/// `/api/ui-config`, `/api/me`, `/api/environments`, `/api/run`, `/api/admin` and what environments have below `/api/v1`,
/// without a fallback.
///
/// Until the state is ready, everything but the first two answers 503.
pub fn router(state: State) -> Router<()> {
    Router::new()
        .route("/api/environments/available", get(catalog::available))
        .route("/api/environments", get(listing::list))
        .route("/api/run/{env}", environment(state.features.get_creates))
        .route("/api/run/{env}/status", get(run::status))
        .route("/api/run/{env}/extend", post(run::extend))
        .route("/api/admin/instances", get(admin::instances))
        .route("/api/admin/templates", get(admin::templates))
        .merge(v1::router())
        .layer(from_fn_with_state(state.clone(), known))
        .route("/api/ui-config", get(catalog::ui_config))
        .route("/api/me", get(access::me))
        .with_state(state)
}

/// HEAD looks and never creates; without its own handler axum would answer it by GET's.
fn environment(get_creates: bool) -> MethodRouter<State> {
    let methods = post(run::create).delete(run::release).head(run::status);
    if get_creates { methods.get(run::create_by_get) } else { methods }
}

/// Nothing can be said to be absent before everything was listed.
async fn known(Extracted(state): Extracted<State>, request: Request, next: Next) -> Response {
    if state.readiness.get() { next.run(request).await } else { Error::NotReady.into_response() }
}
