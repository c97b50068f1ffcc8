use axum::{Json, extract::State as Extracted};
use dploy_core::releases::{application::AppRef, service::Against, version::VersionStatus};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Error, State,
    access::Known,
    input::{self, Asked, Body, Named, PageQuery, VersionPath},
    model::{Difference, DraftBody, DraftRequestBody, PublishedBody, Reason, Rejected, VersionBody, Versions},
    refusal::{Reading, Writing},
};

/// Which versions are asked for.
#[derive(Deserialize, IntoParams, Debug)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// `draft` or `published`.
    status: Option<String>,
}

/// What is compared.
#[derive(Deserialize, IntoParams, Debug)]
#[into_params(parameter_in = Query)]
pub(crate) struct Compared {
    /// The version that would be deployed.
    #[param(value_type = String)]
    to: Option<String>,
    /// The version to compare with; either it or `target` is given.
    from: Option<String>,
    /// The target to compare with: what runs there.
    target: Option<String>,
}

/// The versions of an application, newest first.
#[utoipa::path(get, path = "/api/v1/apps/{app}/versions", tag = "versions", security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name."), Wanted, PageQuery),
    responses((status = 200, body = Versions, description = "The versions."), Reading))]
pub(crate) async fn list(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(app): Named<String>,
    Asked(wanted): Asked<Wanted>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Versions>, Error> {
    let page = query.page()?;
    let status = match wanted.status {
        None => None,
        Some(word) => Some(VersionStatus::parse(&word).ok_or_else(|| Error::input("status", "draft or published"))?),
    };
    let versions = state.releases.versions(&caller, &AppRef::new(app), status, page).await?;
    Ok(Json(Versions::new(versions, page)))
}

/// Drafts a version, or gives a fresh URL for a draft with the same metadata.
#[utoipa::path(post, path = "/api/v1/apps/{app}/versions/draft", tag = "versions",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name.")), request_body = DraftRequestBody,
    responses((status = 201, body = DraftBody, description = "Where to upload the archive to."), Writing))]
pub(crate) async fn draft(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(app): Named<String>,
    Body(request): Body<DraftRequestBody>,
) -> Result<(StatusCode, Json<DraftBody>), Error> {
    let drafted = state.releases.draft(&caller, &AppRef::new(app), request.read()?).await?;
    Ok((StatusCode::CREATED, Json(drafted.into())))
}

/// Checks what was uploaded, publishes it, and queues what policies ask for. A body is ignored.
#[utoipa::path(post, path = "/api/v1/apps/{app}/versions/{version}/publish", tag = "versions",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name."), ("version" = String, Path, description = "Its id.")),
    responses(
        (status = 200, body = PublishedBody, description = "The version."),
        (status = 413, body = crate::envelope::Envelope, description = "The archive is too large."),
        (status = 422, body = crate::envelope::Envelope, description = "The archive is refused, or another than drafted."),
        Writing,
    ))]
pub(crate) async fn publish(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    VersionPath { app, version }: VersionPath,
) -> Result<Json<PublishedBody>, Error> {
    let published = state.releases.publish(&caller, &app, &version).await?;
    if !published.deployments.is_empty() {
        state.signals.queued();
    }
    Ok(Json(published.into()))
}

/// A version.
#[utoipa::path(get, path = "/api/v1/apps/{app}/versions/{version}", tag = "versions",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name."), ("version" = String, Path, description = "Its id.")),
    responses((status = 200, body = VersionBody, description = "The version."), Reading))]
pub(crate) async fn show(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    VersionPath { app, version }: VersionPath,
) -> Result<Json<VersionBody>, Error> {
    Ok(Json(state.releases.version(&caller, &app, &version).await?.into()))
}

/// The version that somebody called `draft`.
pub(super) async fn show_draft(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(app): Named<String>,
) -> Result<Json<VersionBody>, Error> {
    let version = input::parsed("versionId", "draft")?;
    Ok(Json(state.releases.version(&caller, &AppRef::new(app), &version).await?.into()))
}

/// Keeps a version from being deployed from now on.
#[utoipa::path(post, path = "/api/v1/apps/{app}/versions/{version}/reject", tag = "versions",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name."), ("version" = String, Path, description = "Its id.")),
    request_body = Reason,
    responses((status = 200, body = Rejected, description = "Why it must not be deployed."), Writing))]
pub(crate) async fn reject(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    VersionPath { app, version }: VersionPath,
    Body(reason): Body<Reason>,
) -> Result<Json<Rejected>, Error> {
    let rejected = state.releases.reject(&caller, &app, &version, Some(reason.text())).await?;
    Ok(Json(Rejected::new(rejected)))
}

/// Lets a rejected version be deployed again.
#[utoipa::path(delete, path = "/api/v1/apps/{app}/versions/{version}/reject", tag = "versions",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name."), ("version" = String, Path, description = "Its id.")),
    responses((status = 204, description = "It can be deployed."), Writing))]
pub(crate) async fn accept(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    VersionPath { app, version }: VersionPath,
) -> Result<StatusCode, Error> {
    state.releases.reject(&caller, &app, &version, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The objects that a version changes against another version, or against what a target runs.
#[utoipa::path(get, path = "/api/v1/apps/{app}/diff", tag = "versions", security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name."), Compared),
    responses((status = 200, body = Difference, description = "The objects that differ."), Reading))]
pub(crate) async fn diff(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(app): Named<String>,
    Asked(compared): Asked<Compared>,
) -> Result<Json<Difference>, Error> {
    let to = input::name("to", compared.to.as_ref())?;
    let against = match (&compared.from, &compared.target) {
        (Some(version), None) => Against::Version(input::parsed("from", version)?),
        (None, Some(target)) => Against::Target(input::parsed("target", target)?),
        _ => return Err(Error::input("from", "a version, unless target is given, and not both")),
    };
    Ok(Json(state.releases.diff(&caller, &AppRef::new(app), &against, &to).await?.into()))
}
