use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State as Extracted,
    response::sse::{Event, Sse},
};
use dploy_core::{
    environments::{error::Error as Domain, service::Address},
    error::chain,
    identity::Identity,
};
use futures::Stream;

use crate::{
    environments::{State, access::Caller},
    follow::{self, Followed, Seen},
};

use super::{error::Refused, input::Named, model::EnvironmentBody, refusal::Refusals};

/// How often an environment is looked at, in this process's own memory.
const LOOK: Duration = Duration::from_millis(200);

/// A stream of an environment's changes (server-sent events, WHATWG HTML §9.2): `environment` with the environment as
/// JSON, first as it is and then whenever it changes; at its end `gone`.
#[utoipa::path(get, path = "/api/v1/environments/{id}/events", tag = "environments", security(("bearer" = [])),
    operation_id = "followEnvironment",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 200, body = String, content_type = "text/event-stream", description = "Its changes."), Refusals))]
pub(crate) async fn follow(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    Named(id): Named,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refused> {
    let first = EnvironmentBody::from(state.environments.status(&identity, Address::Id(&id)).await?);
    let stop = state.stop.clone();
    Ok(follow::follow(Environment { identity, state, id }, Seen::Now(first), stop))
}

/// An environment that is followed.
struct Environment {
    identity: Identity,
    state: State,
    id: String,
}

impl Followed for Environment {
    type Body = EnvironmentBody;

    const EVENT: &'static str = "environment";

    async fn wait(&mut self) {
        tokio::time::sleep(LOOK).await;
    }

    async fn look(&mut self) -> Option<Seen<EnvironmentBody>> {
        Some(match self.state.environments.status(&self.identity, Address::Id(&self.id)).await {
            Ok(environment) => Seen::Now(environment.into()),
            Err(Domain::NotFound(_)) => Seen::Gone(self.id.clone()),
            Err(error) => {
                tracing::debug!(error = chain(&error), "an environment cannot be looked at");
                Seen::Unknown
            }
        })
    }
}
