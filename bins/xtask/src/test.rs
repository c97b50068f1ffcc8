//! `cargo xtask test`: every test, honestly counted.

use std::{
    collections::BTreeSet,
    env,
    io::{BufRead, BufReader, Read, Write as _},
    process::{Command, Stdio},
    thread,
};

use clap::Args;

use crate::{process, testbed, workspace};

/// How to test.
#[derive(Args)]
pub(crate) struct Options {
    /// Run the long tests too, those marked `#[ignore]`.
    #[arg(long)]
    long: bool,
}

/// Why the tests did not pass.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Under CI nothing may be missing.
    #[error("the testbed cannot be built")]
    Testbed(#[source] testbed::Error),
    /// Under CI nothing may be missing.
    #[error("not installed: {}", .0.join(", "))]
    Missing(Vec<String>),
    /// Tests failed, or did not compile.
    #[error("tests failed: {}", .0.iter().map(String::as_str).collect::<Vec<_>>().join(", "))]
    Failed(BTreeSet<String>),
    /// cargo could not be run.
    #[error(transparent)]
    Process(#[from] process::Error),
}

/// What the test programs have told so far.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: usize,
    failed: usize,
    ignored: usize,
    /// Tests that returned early because a server is missing; the harness counts them as passed.
    skipped: usize,
    failures: BTreeSet<String>,
}

impl Tally {
    /// Reads one line of what a test program wrote.
    fn read(&mut self, line: &str) {
        if line.starts_with("SKIPPED ") {
            self.skipped += 1;
        } else if let Some(result) = line.strip_prefix("test result: ") {
            self.passed += count(result, "passed");
            self.failed += count(result, "failed");
            self.ignored += count(result, "ignored");
        } else if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            self.failures.insert(name.to_owned());
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            ignored: self.ignored + other.ignored,
            skipped: self.skipped + other.skipped,
            failures: self.failures.into_iter().chain(other.failures).collect(),
        }
    }

    /// The closing line; a build that failed is one failure even if no test ran.
    fn closing(&self, succeeded: bool) -> String {
        let failed = if succeeded { self.failed } else { self.failed.max(1) };
        let passed = self.passed.saturating_sub(self.skipped);
        format!("{passed} passed, {failed} failed, {} skipped", self.ignored + self.skipped)
    }
}

/// The number before a word in `ok. 3 passed; 0 failed; …`.
fn count(result: &str, word: &str) -> usize {
    let words: Vec<&str> = result.split([' ', ';']).filter(|part| !part.is_empty()).collect();
    let number = words.iter().zip(words.iter().skip(1)).find(|(_, next)| **next == word);
    number.and_then(|(number, _)| number.parse().ok()).unwrap_or_default()
}

/// Builds the testbed and runs all tests with all features, doctests included.
pub(crate) fn run(options: &Options) -> Result<(), Error> {
    prepare(options)?;
    let mut command = Command::new(workspace::cargo());
    command.current_dir(workspace::root());
    command.args(["test", "--workspace", "--all-features", "--no-fail-fast"]);
    if options.long {
        command.args(["--", "--include-ignored"]);
    }
    let (succeeded, tally) = follow(&mut command)?;
    let mut failures = tally.failures.clone();
    println!("{}", tally.closing(succeeded));
    if succeeded && tally.failed == 0 {
        return Ok(());
    }
    if failures.is_empty() {
        failures.insert("see above".to_owned());
    }
    Err(Error::Failed(failures))
}

/// Builds the testbed, and says what is missing; under CI that is an error.
fn prepare(options: &Options) -> Result<(), Error> {
    let ci = env::var("CI").is_ok_and(|ci| ci == "true");
    match testbed::build(options.long) {
        Err(error) if ci => return Err(Error::Testbed(error)),
        Err(error) => eprintln!("warning: {error}; tests that need it are skipped"),
        Ok(()) => {}
    }
    let missing = dploy_servers::requirements().into_iter().filter(|requirement| requirement.path.is_none());
    let missing: Vec<String> =
        missing.map(|missing| format!("{} (Debian package {})", missing.name, missing.package)).collect();
    if ci && !missing.is_empty() {
        return Err(Error::Missing(missing));
    }
    for missing in missing {
        eprintln!("warning: {missing} not found; tests that need it are skipped");
    }
    Ok(())
}

/// Runs cargo, passes on what it writes, and counts.
fn follow(command: &mut Command) -> Result<(bool, Tally), Error> {
    let failed = |source| process::Error::Start { program: "cargo test".to_owned(), source };
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let errors = child.stderr.take();
    let errors = thread::spawn(move || errors.map(|errors| pass_on(errors, |line| eprintln!("{line}"))));
    let output = child.stdout.take().map(|output| pass_on(output, |line| println!("{line}")));
    let errors = errors.join().ok().flatten();
    let tally = output.unwrap_or_default().and(errors.unwrap_or_default());
    drop(std::io::stdout().flush());
    let status = child.wait().map_err(failed)?;
    Ok((status.success(), tally))
}

fn pass_on(input: impl Read, mut write: impl FnMut(&str)) -> Tally {
    let mut tally = Tally::default();
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    while matches!(input.read_until(b'\n', &mut line), Ok(1..)) {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        tally.read(text);
        write(text);
        line.clear();
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skipped_test_is_not_counted_as_passed() {
        let output = "SKIPPED a::b: etcd not found\n\
            test a::b ... ok\n\
            test c ... FAILED\n\
            test result: FAILED. 4 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.1s\n\
            test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s\n";
        let tally = pass_on(output.as_bytes(), |_| ());
        assert_eq!(tally.closing(false), "5 passed, 1 failed, 3 skipped");
        assert_eq!(tally.failures, BTreeSet::from(["c".to_owned()]));
    }

    #[test]
    fn w23_a_build_that_fails_is_a_failure() {
        assert_eq!(Tally::default().closing(false), "0 passed, 1 failed, 0 skipped");
    }
}
