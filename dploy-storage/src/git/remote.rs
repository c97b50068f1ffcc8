use std::{ffi::OsString, fs, path::Path, process::Command, time::Duration};

use dploy_core::releases::{name::BranchName, ports::GitOpsError};
use git2::Oid;

use super::{
    answer::{Failure, Pushed, failure, pushed, shown},
    program::{Output, RunError, git, run},
    settings::{GitSettings, is_ssh},
    ssh,
};

/// How long a look at the remote may take.
const LOOK: Duration = Duration::from_secs(5);
/// The branch of a remote that has none.
const FIRST_BRANCH: &str = "main";

/// A branch of the remote, and its tip if it is there.
#[derive(Clone, Debug)]
pub(super) struct Tip {
    pub(super) branch: String,
    pub(super) commit: Option<Oid>,
}

impl Tip {
    /// Its name on the remote.
    pub(super) fn reference(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }

    /// Where the local clone keeps it.
    pub(super) fn tracking(&self) -> String {
        format!("refs/remotes/origin/{}", self.branch)
    }
}

/// The commands on one remote.
#[derive(Debug)]
pub(super) struct Remote<'a> {
    pub(super) settings: &'a GitSettings,
    pub(super) url: &'a str,
    pub(super) clone: &'a Path,
}

impl Remote<'_> {
    /// Whether the remote answers.
    pub(super) fn look(&self) -> Result<(), Failure> {
        let mut command = self.command()?;
        command.args(["ls-remote", "--quiet", "--", self.url, "HEAD"]);
        self.run(command, LOOK.min(self.settings.timeout)).map(drop)
    }

    /// The branch with that name, or the remote's own, and where it is now.
    pub(super) fn tip(&self, branch: Option<&BranchName>) -> Result<Tip, Failure> {
        let branch = branch.or(self.settings.branch.as_ref()).map(BranchName::as_str);
        let fallback = format!("refs/heads/{}", branch.unwrap_or(FIRST_BRANCH));
        let mut command = self.command()?;
        command.args(["ls-remote", "--quiet", "--symref", "--", self.url, &fallback]);
        command.args(branch.is_none().then_some("HEAD"));
        let output = self.run(command, self.settings.timeout)?;
        let name = match branch {
            Some(branch) => branch,
            None => head(&output.stdout).unwrap_or(FIRST_BRANCH),
        };
        let reference = format!("refs/heads/{name}");
        let listed = |name: &str| output.stdout.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix('\t'));
        let id = listed(&reference)
            .or_else(|| listed("HEAD").filter(|_| branch.is_none() && head(&output.stdout).is_some()));
        let commit = id.map(|id| Oid::from_str(id).map_err(|_| unexpected(&output.stdout))).transpose()?;
        Ok(Tip { branch: name.to_owned(), commit })
    }

    /// Brings what the branch has into the clone; where it is now.
    ///
    /// Over http(s) by `git fetch`, which afterwards reads every tree of the branch to see that none is missing. `fetch-pack`,
    /// which the other transports have, does not; a missing one shows when it is built on.
    pub(super) fn fetch(&self, tip: &Tip, timeout: Duration) -> Result<Oid, Failure> {
        let (mut command, reference) = (self.command()?, tip.reference());
        if self.url.starts_with("http") {
            command.args(["fetch", "--quiet", "--no-tags", "--no-auto-maintenance", "--no-recurse-submodules"]);
            command.args(["--no-show-forced-updates", "--", self.url, &reference]);
            self.run(command, timeout)?;
            let head = fs::read_to_string(self.clone.join("FETCH_HEAD")).unwrap_or_default();
            return head.split_whitespace().next().and_then(oid).ok_or_else(|| unexpected(&head));
        }
        command.args(["fetch-pack", "--quiet", "--no-progress", "--thin", self.url, &reference]);
        let output = self.run(command, timeout)?.stdout;
        if let Some(pack) = output.lines().find_map(|line| line.strip_prefix("keep\t")) {
            // Nobody but us works on the clone: it needs no guard until a reference leads to it.
            let guard = self.clone.join(format!("objects/pack/pack-{pack}.keep"));
            fs::remove_file(guard).map_err(|error| Failure::Error(GitOpsError::Clone(Box::new(error))))?;
        }
        let id = output.lines().find_map(|line| line.strip_suffix(&reference)?.strip_suffix(' '));
        id.and_then(oid).ok_or_else(|| unexpected(&output))
    }

    /// Pushes a commit, the last of so many, to the branch, if the branch still is where it was.
    pub(super) fn push(&self, tip: &Tip, commit: Oid, commits: usize) -> Result<Pushed, Failure> {
        let reference = tip.reference();
        let expected = tip.commit.map(|commit| commit.to_string()).unwrap_or_default();
        let mut command = self.command()?;
        // The trees of a large folder are alike: one candidate for a delta is enough.
        command.args(["-c", "pack.window=2", "-c", "core.compression=1"]);
        if commits > 1 {
            // What the remote has is found once for all of them, not folder by folder for each.
            command.args(["-c", "pack.useSparse=false"]);
        }
        command.args(["push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"]);
        // What is made of objects that only the remote has is made there by one processor, one after another.
        command.args((commits > 1).then_some("--no-thin"));
        command.arg(format!("--force-with-lease={reference}:{expected}")).arg("--");
        command.arg(self.url).arg(format!("{commit}:{reference}"));
        let secrets = self.secrets();
        match run(command, self.settings.timeout, &|| true) {
            Ok(Output { ok, stdout, stderr }) => Ok(pushed(ok, &stdout, &stderr, &reference, &secrets)),
            Err(RunError::Start(error)) => Err(not_started(RunError::Start(error))),
            Err(error) => Ok(Pushed::Unknown(unavailable(&error))),
        }
    }

    /// Packs what lies about in the clone, as long as it is `wanted`.
    pub(super) fn collect_garbage(&self, wanted: &dyn Fn() -> bool) -> Result<(), RunError> {
        let mut command = git(&self.settings.folder, self.clone, "", &[], None);
        command.args(["-c", "gc.auto=1000", "-c", "gc.autoDetach=false", "-c", "gc.pruneExpire=1.day.ago"]);
        command.args(["gc", "--auto", "--quiet"]);
        let output = run(command, Duration::from_secs(300), wanted)?;
        if !output.ok {
            tracing::warn!(git.error = shown(&output.stderr, &[]), "the upkeep of a clone failed");
        }
        Ok(())
    }

    fn run(&self, command: Command, timeout: Duration) -> Result<Output, Failure> {
        match run(command, timeout, &|| true) {
            Ok(output) if output.ok => Ok(output),
            Ok(output) => Err(failure(&output.stderr, &self.secrets())),
            Err(RunError::Start(error)) => Err(not_started(RunError::Start(error))),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn secrets(&self) -> Vec<String> {
        self.settings.token_for(self.url).map(|token| token.secrets().to_vec()).unwrap_or_default()
    }

    /// A command that may talk to the remote.
    fn command(&self) -> Result<Command, Failure> {
        let Self { settings, url, clone } = self;
        let mut config = Vec::new();
        if let Some(token) = settings.token_for(url) {
            let scope = super::settings::origin(url).unwrap_or_default();
            config.push((format!("http.{scope}/.extraHeader"), token.header()));
        }
        if let Some(file) = &settings.access.ca_file {
            config.push(("http.sslCAInfo".to_owned(), file.to_string_lossy().into_owned()));
        }
        let ssh: Option<OsString> = match &settings.access.ssh {
            Some(access) if is_ssh(url) => Some(ssh::command(access, url, &settings.folder).map_err(Failure::Error)?),
            _ => None,
        };
        let protocols = if url.starts_with("http://") { "file:https:ssh:http" } else { "file:https:ssh" };
        Ok(git(&settings.folder, clone, protocols, &config, ssh.as_deref()))
    }
}

fn oid(text: &str) -> Option<Oid> {
    Oid::from_str(text).ok()
}

/// The branch that `HEAD` stands for.
fn head(listing: &str) -> Option<&str> {
    listing.lines().find_map(|line| line.strip_prefix("ref: refs/heads/")?.strip_suffix("\tHEAD"))
}

fn unexpected(text: &str) -> Failure {
    Failure::Error(GitOpsError::Unavailable(format!("unexpected answer: {}", shown(text, &[]))))
}

fn unavailable(error: &RunError) -> Failure {
    Failure::Error(GitOpsError::Unavailable(error.to_string()))
}

fn not_started(error: RunError) -> Failure {
    Failure::Error(GitOpsError::Clone(Box::new(error)))
}
