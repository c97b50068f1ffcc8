//! Environments below `/api/v1`: each has an id, says why it stands as it does, and can be followed.

pub(crate) mod admin;
mod error;
pub(crate) mod events;
mod input;
pub(crate) mod marks;
pub(crate) mod model;
mod refusal;
pub(crate) mod templates;
pub(crate) mod user;

use axum::{
    Router,
    middleware::from_fn,
    routing::{get, post},
};

use crate::envelope;

use super::State;

/// The routes, without a fallback.
pub(super) fn router() -> Router<State> {
    Router::new()
        .route("/api/v1/environments", get(user::list).post(user::create))
        .route("/api/v1/environments/{id}", get(user::show).delete(user::release))
        .route("/api/v1/environments/{id}/extend", post(user::extend))
        .route("/api/v1/environments/{id}/activity", post(user::note_activity))
        .route("/api/v1/environments/{id}/events", get(events::follow))
        .route("/api/v1/templates", get(templates::list))
        .route("/api/v1/templates/{name}", get(templates::show))
        .route("/api/v1/admin/environments", get(admin::list))
        .route("/api/v1/admin/environments/{id}", get(admin::show).delete(admin::release))
        .route("/api/v1/admin/environments/{id}/extend", post(admin::extend))
        .route("/api/v1/admin/templates", get(marks::list))
        .route("/api/v1/admin/templates/{name}/cordon", post(marks::cordon))
        .route("/api/v1/admin/templates/{name}/uncordon", post(marks::uncordon))
        .route("/api/v1/admin/templates/{name}/drain", post(marks::drain))
        .route("/api/v1/admin/templates/{name}/undrain", post(marks::undrain))
        .layer(from_fn(envelope::wrapped))
}
