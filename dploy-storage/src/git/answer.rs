//! What git's words mean.

use dploy_core::releases::ports::GitOpsError;

/// The longest text of git or of a remote in an error.
const TEXT_MAX: usize = 500;

/// Why a command failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The branch is not there.
    NoBranch,
    /// The local clone is damaged.
    Corrupt(String),
    /// What the caller is told.
    Error(GitOpsError),
}

/// What became of a push.
#[derive(Debug)]
pub(super) enum Pushed {
    /// The branch holds it.
    Accepted,
    /// Somebody else was first.
    Raced(String),
    /// The remote does not want it.
    Refused(String),
    /// It may have reached the branch, or not.
    Unknown(Failure),
}

const DENIED: [&str; 12] = [
    "permission denied",
    "authentication failed",
    "could not read username",
    "could not read password",
    "terminal prompts disabled",
    "host key verification failed",
    "no matching host key",
    "returned error: 401",
    "returned error: 403",
    "access denied",
    "certificate",
    "http basic: ",
];
const CORRUPT: [&str; 12] = [
    "bad object",
    "is corrupt",
    "unable to read tree",
    "unable to read sha1",
    "not a git repository (or any",
    "not a git repository: '",
    "object file",
    "bad tree object",
    "did not send all necessary objects",
    "packfile",
    "failed to traverse",
    "idx is too small",
];
/// Reasons by which a remote says that another push was faster.
const RACES: [&str; 10] = [
    "stale info",
    "fetch first",
    "non-fast-forward",
    "needs force",
    "cannot lock ref",
    "failed to update ref",
    "failed to lock",
    "incorrect old value",
    "reference already exists",
    "atomic",
];
/// Reasons that are trouble of the remote, not a refusal.
const TROUBLE: [&str; 4] = ["unpack", "unable to migrate", "missing necessary objects", "remote failure"];

/// Why `ls-remote`, `fetch` or `fetch-pack` failed, by what git wrote to standard error.
pub(super) fn failure(stderr: &str, secrets: &[String]) -> Failure {
    let own = local(stderr).to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| own.contains(word));
    let text = shown(stderr, secrets);
    if has(&["couldn't find remote ref", "no such remote ref", "no matching remote head"]) {
        return Failure::NoBranch;
    }
    if has(&["no space left on device", "disk quota exceeded", "read-only file system"]) {
        return Failure::Error(GitOpsError::Clone(text.into()));
    }
    // A remote that is no repository says so in the words for a local one.
    if has(&DENIED) {
        return Failure::Error(GitOpsError::Denied(text));
    }
    if has(&CORRUPT) && !own.contains("could not read from remote repository") {
        return Failure::Corrupt(text);
    }
    Failure::Error(GitOpsError::Unavailable(text))
}

/// What became of a push to `reference`, by its porcelain output.
pub(super) fn pushed(ok: bool, stdout: &str, stderr: &str, reference: &str, secrets: &[String]) -> Pushed {
    let line = stdout.lines().find_map(|line| {
        let (flag, rest) = line.split_once('\t')?;
        let (refs, summary) = rest.split_once('\t')?;
        refs.ends_with(&format!(":{reference}")).then_some((flag, summary))
    });
    match line {
        Some((" " | "*" | "=" | "+", _)) if ok => Pushed::Accepted,
        Some(("!", summary)) => rejected(summary, stderr, secrets),
        _ => Pushed::Unknown(failure(stderr, secrets)),
    }
}

fn rejected(summary: &str, stderr: &str, secrets: &[String]) -> Pushed {
    let lower = summary.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let told: String =
        stderr.lines().filter_map(|line| line.strip_prefix("remote:")).map(|line| format!("{line}\n")).collect();
    let reason = summary.split_once('(').and_then(|(_, reason)| reason.strip_suffix(')')).unwrap_or(summary);
    let text = match shown(&told, secrets) {
        told if told.is_empty() => shown(reason, secrets),
        told => shown(&format!("{told} ({reason})"), secrets),
    };
    match () {
        () if has(&TROUBLE) => Pushed::Unknown(match failure(stderr, secrets) {
            // A pack that ends early, because the clone could not be read, is trouble of the remote as well.
            corrupt @ Failure::Corrupt(_) => corrupt,
            _ => Failure::Error(GitOpsError::Unavailable(text)),
        }),
        () if has(&RACES) => Pushed::Raced(text),
        () => Pushed::Refused(text),
    }
}

/// What the local git wrote, without the lines that it passes on.
fn local(stderr: &str) -> String {
    let passed_on = |line: &&str| line.starts_with("remote:") || line.starts_with("error: remote unpack failed:");
    stderr.lines().filter(|line| !passed_on(line)).collect::<Vec<_>>().join("\n")
}

/// The text as one line for an error: its first lines without hints, control characters and secrets.
pub(super) fn shown(text: &str, secrets: &[String]) -> String {
    let kept = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("hint:"));
    let mut line = kept.collect::<Vec<_>>().join(" ");
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        line = line.replace(secret.as_str(), "***");
    }
    let visible: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TEXT_MAX).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const REF: &str = "refs/heads/main";

    fn word(stdout: &str, stderr: &str) -> (&'static str, String) {
        match pushed(stdout.starts_with(' '), &format!("To /x\n{stdout}\nDone\n"), stderr, REF, &[]) {
            Pushed::Accepted => ("accepted", String::new()),
            Pushed::Raced(text) => ("raced", text),
            Pushed::Refused(text) => ("refused", text),
            Pushed::Unknown(Failure::Corrupt(text)) => ("corrupt", text),
            Pushed::Unknown(_) => ("unknown", String::new()),
        }
    }

    #[rstest]
    #[case(" \tabc:refs/heads/main\t1..2", "accepted")]
    #[case("!\tabc:refs/heads/main\t[rejected] (stale info)", "raced")]
    #[case(
        "!\tabc:refs/heads/main\t[remote rejected] (cannot lock ref 'refs/heads/main': is at a but expected b)",
        "raced"
    )]
    #[case("!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)", "refused")]
    #[case("!\tabc:refs/heads/main\t[remote rejected] (protected branch hook declined)", "refused")]
    #[case("!\tabc:refs/heads/main\t[remote rejected] (unpacker error)", "unknown")]
    #[case("!\tabc:refs/heads/main\t[remote failure] (remote failed to report status)", "unknown")]
    #[case("", "unknown")]
    fn w02_a_lost_race_is_told_from_a_refusal(#[case] line: &str, #[case] expected: &str) {
        assert_eq!(word(line, "").0, expected);
    }

    #[rstest]
    #[case("error: index file /c/pack-1.idx is too small\nfatal: Failed to traverse parents of commit 1", "corrupt")]
    #[case("error: remote unpack failed: packfile is bad", "unknown")]
    #[case("remote: fatal: bad object 1", "unknown")]
    fn w02_a_pack_that_ends_early_is_told_from_one_that_the_remote_cannot_take(
        #[case] stderr: &str,
        #[case] expected: &str,
    ) {
        let line = "!\tabc:refs/heads/main\t[remote rejected] (unpacker error)";
        assert_eq!(word(line, stderr).0, expected);
    }

    #[test]
    fn s42_a_refusal_has_what_the_remote_said() {
        let stderr = "remote: the window\u{1b}[31m is closed        \nremote: ask ops\nerror: failed to push some refs to '/x'\n";
        let (kind, text) = word("!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)", stderr);
        assert_eq!((kind, text.as_str()), ("refused", "the window [31m is closed ask ops (pre-receive hook declined)"));
        let long = format!("remote: {}\n", "x".repeat(10_000));
        assert_eq!(word("!\tabc:refs/heads/main\t[remote rejected] (no)", &long).1.len(), TEXT_MAX);
    }

    #[rstest]
    #[case("fatal: couldn't find remote ref refs/heads/x", "branch")]
    #[case("error: no such remote ref refs/heads/x", "branch")]
    #[case("fatal: no matching remote head", "branch")]
    #[case("Host key verification failed.\nfatal: Could not read from remote repository.", "denied")]
    #[case("git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.", "denied")]
    #[case("fatal: Authentication failed for 'https://h/x'", "denied")]
    #[case(
        "fatal: unable to access 'https://h/x': SSL certificate problem: unable to get local issuer certificate",
        "denied"
    )]
    #[case("fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote repository.", "gone")]
    #[case("ssh: connect to host h port 22: Connection refused", "gone")]
    #[case("fatal: unable to access 'https://h/x': Failed to connect", "gone")]
    #[case("error: object file objects/aa/bb is empty", "corrupt")]
    #[case("remote: the object file is bad\nfatal: the remote end hung up", "gone")]
    #[case("error: unable to write file: No space left on device", "full")]
    fn s44_failures_are_told_apart(#[case] stderr: &str, #[case] expected: &str) {
        let kind = match failure(stderr, &[]) {
            Failure::NoBranch => "branch",
            Failure::Corrupt(_) => "corrupt",
            Failure::Error(GitOpsError::Denied(_)) => "denied",
            Failure::Error(GitOpsError::Clone(_)) => "full",
            Failure::Error(_) => "gone",
        };
        assert_eq!(kind, expected, "{stderr}");
    }

    #[test]
    fn secrets_are_cut_out() {
        let text = shown("fatal: https://x:hunter2@h refused\nhint: more", &["hunter2".to_owned()]);
        assert_eq!(text, "fatal: https://x:***@h refused");
    }
}
