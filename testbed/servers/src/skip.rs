//! What happens to a test whose server is missing: the policy of `dploy_k8s::testing`, in its words.

use std::{env, io::Write as _};

use tokio::sync::OnceCell;

use crate::Error;

/// Applies the policy for missing programs to the outcome of a start: see [`skip_or_fail`].
///
/// `None` means that the test has been reported as skipped and should return.
///
/// # Errors
/// The error of the start, unless the test is to be skipped.
pub fn required<T>(started: Result<T, Error>) -> Result<Option<T>, Error> {
    match started {
        Ok(server) => Ok(Some(server)),
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

/// One server for all tests of a process, started by the first that asks.
///
/// Held in a `static`, which is never dropped: the supervisor ends the server when the process ends.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    cell: OnceCell<Result<T, Failure>>,
}

/// The first failure, kept for the tests that come after.
#[derive(Debug)]
struct Failure {
    missing: bool,
    reason: String,
}

impl<T> Shared<T> {
    pub(crate) const fn new() -> Self {
        Self { cell: OnceCell::const_new() }
    }

    /// The server; or `None` when programs are missing and the test has been reported as skipped.
    pub(crate) async fn get(&self, start: impl AsyncFnOnce() -> Result<T, Error>) -> Result<Option<&T>, Error> {
        let started = self.cell.get_or_init(|| async {
            start().await.map_err(|error| Failure { missing: error.is_missing(), reason: error.chain() })
        });
        match started.await {
            Ok(server) => Ok(Some(server)),
            Err(failure) if failure.missing => skip_or_fail(&failure.reason).map(|()| None),
            Err(failure) => Err(Error::Shared { reason: failure.reason.clone() }),
        }
    }
}
