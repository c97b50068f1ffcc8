//! Waiting for the outcome of deployments.

use std::time::{Duration, Instant};

use clap::Args;

use super::{
    context::Context,
    record::{Deployment, columns},
};
use crate::{client::Client, error::Error, progress::Progress, terminal::one_line};

/// Whether and how long to wait.
#[derive(Args, Clone, Debug)]
pub(crate) struct WaitArgs {
    /// Wait for the outcome, at most SECONDS (600 where not given); `smithctl` waits 30 anyway
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "600")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=604_800))]
    wait: Option<u64>,
}

/// How many answers in a row may fail for a passing reason.
const FAILURES_MAX: u32 = 5;

/// How long the server is asked to hold an answer back at once.
const HELD: Duration = Duration::from_secs(25);

impl WaitArgs {
    /// Whether the user asked to wait.
    pub(crate) fn is_asked_for(&self) -> bool {
        self.wait.is_some()
    }

    /// How long to wait, if at all.
    pub(crate) fn limit(&self, context: &Context) -> Option<Duration> {
        self.wait.map(Duration::from_secs).or(context.patience)
    }

    /// Waits for the outcome of a deployment as it was asked for, and prints the deployment.
    ///
    /// # Errors
    /// As [`outcome`], or it cannot be printed.
    pub(crate) async fn finish(self, context: &Context, client: &Client, begun: Deployment) -> Result<(), Error> {
        let deployment = outcome(context, client, begun, self.limit(context)).await?;
        context.output.one(&deployment, columns::DEPLOYMENT)
    }
}

/// The deployment as it is after waiting for at most `limit`; as it is at once, where there is nothing to wait for.
///
/// # Errors
/// It failed or was superseded, or is not final within `limit`; or the server refuses.
pub(crate) async fn outcome(
    context: &Context,
    client: &Client,
    mut deployment: Deployment,
    limit: Option<Duration>,
) -> Result<Deployment, Error> {
    let Some(limit) = limit else { return checked(deployment) };
    let started = Instant::now();
    // Where the error is to be data, nothing else may stand on standard error.
    let mut progress = context.output.is_table().then(|| Progress::start(deployment.change()));
    let mut failures = 0;
    while !deployment.is_final() {
        if let Some(progress) = &mut progress {
            progress.update(deployment.state());
        }
        let left = limit.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(too_late(deployment, limit));
        }
        // The answer has to come before the request itself times out.
        let held = left.min(HELD).min(client.timeout().mul_f64(0.8));
        match client.deployment(&deployment.deployment_id, Some(held)).await {
            Ok(seen) => (deployment, failures) = (seen, 0),
            Err(error) if error.is_transient() && failures < FAILURES_MAX => {
                failures += 1;
                tokio::time::sleep(Duration::from_millis(500).min(left)).await;
            }
            Err(error) => return Err(error),
        }
    }
    checked(deployment)
}

/// The deployment, unless it is known to have failed.
fn checked(deployment: Deployment) -> Result<Deployment, Error> {
    if !deployment.is_final() || deployment.is_success() {
        return Ok(deployment);
    }
    let state = deployment.state().to_owned();
    let reason = deployment.reason.as_deref().map(one_line).unwrap_or_default();
    Err(Error::NotDeployed { what: deployment.what(), id: deployment.deployment_id, state, reason })
}

fn too_late(deployment: Deployment, limit: Duration) -> Error {
    let state = deployment.state().to_owned();
    Error::DeployTimeout { what: deployment.what(), id: deployment.deployment_id, state, seconds: limit.as_secs() }
}
