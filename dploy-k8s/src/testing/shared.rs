use std::{env, io::Write as _};

use dploy_core::error::chain;
use tokio::sync::OnceCell;

use super::{Builder, Cluster, Error};

/// One cluster for all tests of a binary, started by the first that asks.
///
/// Held in a `static`, which is never dropped: the supervisor ends the servers
/// when the process ends.
#[derive(Debug)]
pub struct SharedCluster {
    build: fn() -> Builder,
    cell: OnceCell<Result<Cluster, Failure>>,
}

/// The first failure, kept for the tests that come after.
#[derive(Debug)]
struct Failure {
    missing: bool,
    reason: String,
}

impl SharedCluster {
    /// A cluster still to be started as `build` says.
    #[must_use]
    pub const fn new(build: fn() -> Builder) -> Self {
        Self { build, cell: OnceCell::const_new() }
    }

    /// The cluster; or `None` when programs are missing, the test has been
    /// reported as skipped, and should return.
    ///
    /// # Errors
    /// When the cluster does not start; with `CI=true` also when programs are missing.
    pub async fn get(&self) -> Result<Option<&Cluster>, Error> {
        let started = self.cell.get_or_init(|| async {
            (self.build)().start().await.map_err(|error| Failure { missing: error.is_missing(), reason: chain(&error) })
        });
        match started.await {
            Ok(cluster) => Ok(Some(cluster)),
            Err(failure) if failure.missing => skip_or_fail(&failure.reason).map(|()| None),
            Err(failure) => Err(Error::Shared { reason: failure.reason.clone() }),
        }
    }
}

/// Applies the policy for missing programs to a cluster of one test's own: see [`skip_or_fail`].
///
/// # Errors
/// The error of the start, unless the test is to be skipped.
pub fn required(started: Result<Cluster, Error>) -> Result<Option<Cluster>, Error> {
    match started {
        Ok(cluster) => Ok(Some(cluster)),
        Err(error) if error.is_missing() => skip_or_fail(&error.to_string()).map(|()| None),
        Err(error) => Err(error),
    }
}

/// Says on standard error that the current test is skipped, in a line
/// `SKIPPED <test>: <reason>` which `cargo xtask test` counts.
///
/// # Errors
/// With `CI=true`, where nothing may be missing.
pub fn skip_or_fail(reason: &str) -> Result<(), Error> {
    if env::var("CI").is_ok_and(|ci| ci == "true") {
        return Err(Error::Shared { reason: reason.to_owned() });
    }
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // Written past the test harness, which shows only what failed tests print.
    let line = format!("SKIPPED {test}: {reason}\n");
    std::io::stderr().write_all(line.as_bytes()).map_err(|source| Error::Supervisor { source })
}
