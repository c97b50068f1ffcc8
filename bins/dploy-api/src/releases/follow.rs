use std::{convert::Infallible, time::Duration};

use axum::{
    Json,
    extract::State as Extracted,
    response::sse::{Event, Sse},
};
use dploy_core::releases::{access::Caller, deployment::Deployment};
use futures::Stream;
use serde::Deserialize;
use tokio::{sync::watch::Receiver, time::Instant};
use utoipa::IntoParams;

use crate::follow::{self, Followed, Seen};

use super::{
    Error, State,
    access::Known,
    input::{Asked, Named},
    model::DeploymentBody,
    refusal::Reading,
};

/// How often a deployment is looked at that another replica may carry out.
const LOOK: Duration = Duration::from_millis(250);
/// The longest that an answer waits.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// How long an answer waits.
#[derive(Deserialize, IntoParams, Debug)]
#[into_params(parameter_in = Query)]
pub(crate) struct Patience {
    /// How long at most to wait for a final state, such as `30s`; at most `60s`.
    wait: Option<String>,
}

impl Patience {
    fn read(&self) -> Result<Duration, Error> {
        let Some(text) = &self.wait else { return Ok(Duration::ZERO) };
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let wait = number.parse().ok().and_then(|number| match unit {
            "" | "s" => Some(Duration::from_secs(number)),
            "ms" => Some(Duration::from_millis(number)),
            _ => None,
        });
        wait.filter(|wait| *wait <= WAIT_MAX)
            .ok_or_else(|| Error::input("wait", "a time up to 60s such as 30s or 500ms"))
    }
}

/// A deployment, at once or as soon as it has come to its final state.
#[utoipa::path(get, path = "/api/v1/deployments/{deployment}", tag = "deployments",
    security(("apiKey" = []), ("bearer" = [])),
    params(("deployment" = String, Path, description = "Its id."), Patience),
    responses((status = 200, body = DeploymentBody, description = "It may still be pending."), Reading))]
pub(crate) async fn show(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(id): Named<String>,
    Asked(patience): Asked<Patience>,
) -> Result<Json<DeploymentBody>, Error> {
    let end = Instant::now() + patience.read()?;
    let mut moved = state.signals.watch_moved();
    loop {
        let deployment = state.releases.deployment(&caller, &id).await?;
        let left = end.saturating_duration_since(Instant::now());
        if deployment.state.is_final() || left.is_zero() || state.stop.is_cancelled() {
            return Ok(Json(deployment.into()));
        }
        something(&state, &mut moved, left.min(LOOK)).await;
    }
}

/// Until a deployment moved, `at_most` has passed, or the server stops.
async fn something(state: &State, moved: &mut Receiver<u64>, at_most: Duration) {
    let change = async {
        if moved.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = change => {}
        () = tokio::time::sleep(at_most) => {}
        () = state.stop.cancelled() => {}
    }
}

/// A stream of a deployment's changes (server-sent events): `deployment` with the deployment as JSON, first as it is and
/// then whenever it changes, up to its final state.
#[utoipa::path(get, path = "/api/v1/deployments/{deployment}/events", tag = "deployments",
    security(("apiKey" = []), ("bearer" = [])),
    params(("deployment" = String, Path, description = "Its id.")),
    responses((status = 200, body = String, content_type = "text/event-stream", description = "Its changes."), Reading))]
pub(crate) async fn events(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(id): Named<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Error> {
    let moved = state.signals.watch_moved();
    let first = state.releases.deployment(&caller, &id).await?;
    let stop = state.stop.clone();
    Ok(follow::follow(Following { caller, state, id, moved }, seen(first), stop))
}

/// A deployment that is followed.
struct Following {
    caller: Caller,
    state: State,
    id: String,
    moved: Receiver<u64>,
}

fn seen(deployment: Deployment) -> Seen<DeploymentBody> {
    match deployment.state.is_final() {
        true => Seen::Last(deployment.into()),
        false => Seen::Now(deployment.into()),
    }
}

impl Followed for Following {
    type Body = DeploymentBody;

    const EVENT: &'static str = "deployment";

    async fn wait(&mut self) {
        something(&self.state, &mut self.moved, LOOK).await;
    }

    async fn look(&mut self) -> Option<Seen<DeploymentBody>> {
        match self.state.releases.deployment(&self.caller, &self.id).await {
            Ok(deployment) => Some(seen(deployment)),
            Err(error) => {
                tracing::warn!(error = dploy_core::error::chain(&error), "a deployment cannot be followed");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(None, Some(0))]
    #[case(Some("30s"), Some(30_000))]
    #[case(Some("2"), Some(2_000))]
    #[case(Some("500ms"), Some(500))]
    #[case(Some("61s"), None)]
    #[case(Some("1m"), None)]
    #[case(Some(""), None)]
    fn waiting_is_bounded(#[case] wait: Option<&str>, #[case] millis: Option<u64>) {
        let read = Patience { wait: wait.map(str::to_owned) }.read();
        assert_eq!(read.ok(), millis.map(Duration::from_millis));
    }
}
