//! Waiting for an environment, with a line of progress.

use std::time::{Duration, Instant};

use clap::Args;
use tokio::time::sleep;

use crate::{
    client::{Client, EnvironmentRef},
    env::record::Environment,
    error::Error,
    progress::Progress,
    terminal::one_line,
};

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(500);

/// How many looks in a row may fail for a passing reason.
const FAILURES_MAX: u32 = 10;

/// Whether and how long to wait.
#[derive(Args, Debug)]
pub(crate) struct WaitArgs {
    /// Wait until it is done, at most SECONDS (600 where not given)
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "600")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=604_800))]
    wait: Option<u64>,
}

impl WaitArgs {
    /// How long to wait, if at all.
    pub(super) fn limit(&self) -> Option<Duration> {
        self.wait.map(Duration::from_secs)
    }
}

/// Looks until the environment, last seen as `first`, can be used.
///
/// # Errors
/// It fails for good, is gone, or is not there within `limit`; or the server refuses.
pub(super) async fn until_healthy(
    client: &Client,
    reference: &EnvironmentRef,
    first: Environment,
    limit: Duration,
) -> Result<Environment, Error> {
    let mut wait = Wait::start(reference, limit, first.status.clone());
    let mut seen = first;
    loop {
        if seen.is_healthy() {
            return Ok(seen);
        }
        if seen.is_degraded() {
            let reason = seen.reason.as_deref().map(one_line).unwrap_or_default();
            return Err(Error::Degraded { name: seen.name, reason });
        }
        wait.step(&seen.status).await?;
        match client.status(reference).await {
            Ok(environment) => seen = wait.answered(environment),
            Err(error) if error.is_not_found() => return Err(Error::Gone(reference.name.clone())),
            Err(error) => wait.failed(error)?,
        }
    }
}

/// Looks until the server does not know the environment any more.
///
/// # Errors
/// It is still there after `limit`; or the server refuses.
pub(super) async fn until_gone(client: &Client, reference: &EnvironmentRef, limit: Duration) -> Result<(), Error> {
    let mut wait = Wait::start(reference, limit, "Deleting".to_owned());
    let mut status = "Deleting".to_owned();
    loop {
        match client.status(reference).await {
            Ok(environment) => status = wait.answered(environment).status,
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => wait.failed(error)?,
        }
        wait.step(&status).await?;
    }
}

/// How long it has been waited, and how often in vain.
struct Wait<'a> {
    reference: &'a EnvironmentRef,
    progress: Progress,
    started: Instant,
    limit: Duration,
    failures: u32,
}

impl<'a> Wait<'a> {
    fn start(reference: &'a EnvironmentRef, limit: Duration, status: String) -> Self {
        let mut progress = Progress::start(reference.name.clone());
        progress.update(&status);
        Self { reference, progress, started: Instant::now(), limit, failures: 0 }
    }

    /// Sleeps until the next look is due.
    async fn step(&mut self, status: &str) -> Result<(), Error> {
        let left = self.limit.saturating_sub(self.started.elapsed());
        if left.is_zero() {
            let (name, seconds) = (self.reference.name.clone(), self.limit.as_secs());
            return Err(Error::WaitTimeout { name, status: status.to_owned(), seconds });
        }
        sleep(INTERVAL.min(left)).await;
        Ok(())
    }

    fn answered(&mut self, environment: Environment) -> Environment {
        self.failures = 0;
        self.progress.update(&environment.status);
        environment
    }

    /// Lets a passing failure pass, unless there were too many in a row.
    fn failed(&mut self, error: Error) -> Result<(), Error> {
        self.failures += 1;
        if !error.is_transient() || self.failures >= FAILURES_MAX {
            return Err(error);
        }
        self.progress.update(&error.sentence());
        Ok(())
    }
}
