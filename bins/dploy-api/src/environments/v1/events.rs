use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State as Extracted,
    response::sse::{Event, KeepAlive, Sse},
};
use dploy_core::{
    environments::{error::Error as Domain, service::Address},
    error::chain,
    identity::Identity,
};
use futures::{Stream, stream};

use crate::environments::{State, access::Caller};

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
    let follower = Follower { identity, state, id, told: None, next: Some(first) };
    Ok(Sse::new(stream::unfold(Some(follower), Follower::event)).keep_alive(KeepAlive::default()))
}

/// Whoever follows an environment.
struct Follower {
    identity: Identity,
    state: State,
    id: String,
    /// What was told last.
    told: Option<EnvironmentBody>,
    /// What is to be told before anything else is looked at.
    next: Option<EnvironmentBody>,
}

/// What a look has shown.
enum Seen {
    Changed(Box<EnvironmentBody>),
    Gone,
}

impl Follower {
    /// The next event; none after `gone`, or when the server stops.
    async fn event(follower: Option<Self>) -> Option<(Result<Event, Infallible>, Option<Self>)> {
        let mut follower = follower?;
        let seen = match follower.next.take() {
            Some(first) => Seen::Changed(Box::new(first)),
            None => follower.look().await?,
        };
        match seen {
            Seen::Changed(body) => {
                let event = Event::default().event("environment").json_data(&*body).ok()?;
                follower.told = Some(*body);
                Some((Ok(event), Some(follower)))
            }
            Seen::Gone => Some((Ok(Event::default().event("gone").data(&follower.id)), None)),
        }
    }

    async fn look(&self) -> Option<Seen> {
        loop {
            self.state.stop.run_until_cancelled(tokio::time::sleep(LOOK)).await?;
            match self.state.environments.status(&self.identity, Address::Id(&self.id)).await {
                Ok(environment) => {
                    let body = EnvironmentBody::from(environment);
                    if self.told.as_ref() != Some(&body) {
                        return Some(Seen::Changed(Box::new(body)));
                    }
                }
                Err(Domain::NotFound(_)) => return Some(Seen::Gone),
                Err(error) => tracing::debug!(error = chain(&error), "an environment cannot be looked at"),
            }
        }
    }
}
