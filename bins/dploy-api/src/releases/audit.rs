use axum::{Json, extract::State as Extracted};
use dploy_core::releases::audit::AuditFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Error, State,
    access::Known,
    input::{self, Asked, PageQuery},
    model::AuditEvents,
    refusal::Reading,
};

/// Which events are asked for.
#[derive(Deserialize, IntoParams, Debug)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Of that application, by its name.
    app: Option<String>,
    /// By that actor.
    actor: Option<String>,
    /// Of that action, such as `version.publish`.
    action: Option<String>,
    /// From then on (RFC 3339).
    since: Option<String>,
}

impl Wanted {
    fn filter(self) -> Result<AuditFilter, Error> {
        let time = |text: String| text.parse().map_err(|_| Error::input("since", "a time as in RFC 3339"));
        Ok(AuditFilter {
            app: self.app.map(|name| input::parsed("app", &name)).transpose()?,
            actor: self.actor,
            action: self.action,
            since: self.since.map(time).transpose()?,
        })
    }
}

/// Who did what, and who was not allowed to, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "access", security(("apiKey" = []), ("bearer" = [])),
    params(Wanted, PageQuery),
    responses((status = 200, body = AuditEvents, description = "The events."), Reading))]
pub(crate) async fn list(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Asked(wanted): Asked<Wanted>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<AuditEvents>, Error> {
    let page = query.page()?;
    Ok(Json(AuditEvents::new(state.releases.audit(&caller, &wanted.filter()?, page).await?, page)))
}
