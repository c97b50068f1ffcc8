//! Why a command ended, what it exits with and what to do about it.

use std::{error::Error as StdError, io, iter, net::SocketAddr, path::PathBuf, process::ExitCode};

use dploy_core::error::ErrorKind;
use reqwest::StatusCode;

use crate::{output::Format, terminal::one_line};

mod hint;
mod report;

use hint::{refusal, verdict_of_releases};

/// What a command is about: it decides which other commands a hint names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Area {
    /// `dploy env`, `dploy template`, `dploy login`.
    Environments,
    /// `dploy forge` and `dploy releases`, also as `forge` and `smithctl`.
    Releases,
}

/// Why a command ended without doing what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    /// The command line asks for something that makes no sense.
    #[error("{0}")]
    Usage(String),
    /// No server is known.
    #[error("no server is configured")]
    NoServer { area: Area },
    /// The server needs a token and none is known for it.
    #[error("no {} for {server}", if *area == Area::Releases { "key" } else { "token" })]
    NoToken { server: String, area: Area },
    /// A file could not be read or written.
    #[error("cannot {action} {}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    /// A file does not hold what it should.
    #[error("{} is not {expected}", path.display())]
    Content { path: PathBuf, expected: &'static str, source: Box<dyn StdError + Send + Sync> },
    /// This machine gives the program no threads or timers.
    #[error("cannot start")]
    Runtime(#[source] io::Error),
    /// The HTTP client could not be set up.
    #[error("cannot set up the HTTP client")]
    Setup(#[source] reqwest::Error),
    /// The server does not answer.
    #[error("cannot reach {server}")]
    Unreachable { server: String, source: reqwest::Error },
    /// The server did not answer in time.
    #[error("no answer from {server} within {seconds} s")]
    NoAnswer { server: String, seconds: u64 },
    /// The server answered what a dploy server never answers.
    #[error("unexpected answer from {url}")]
    Unexpected { url: String, source: Box<dyn StdError + Send + Sync> },
    /// The server refused or failed.
    #[error("{message}")]
    Refused { area: Area, kind: ErrorKind, code: Option<String>, message: String, retry_after: Option<u64> },
    /// A template of that name is not in the catalog.
    #[error("template \"{0}\" not found")]
    TemplateNotFound(String),
    /// The environment failed for good.
    #[error("environment \"{name}\" is Degraded{}", with_colon(reason))]
    Degraded { name: String, reason: String },
    /// The environment ended while it was waited for.
    #[error("environment \"{0}\" is gone: it was rejected, released or has expired")]
    Gone(String),
    /// The environment did not get there in time.
    #[error("environment \"{name}\" is still {status} after {seconds} s")]
    WaitTimeout { name: String, status: String, seconds: u64 },
    /// Templates have errors; each was reported already.
    #[error("{count} of {total} templates have errors")]
    Findings { count: usize, total: usize },
    /// A template cannot be rendered; the text says why, or the report with its caret was printed already.
    #[error("{0}")]
    Render(String),
    /// An engine has no objects for what was rendered.
    #[error("the engine cannot express it")]
    Engine(#[source] Box<dyn StdError + Send + Sync>),
    /// No application is named, nor bound to the folder.
    #[error("no application is named")]
    NoApplication,
    /// The user was asked and did not agree.
    #[error("{0}: not confirmed, nothing was changed")]
    Unconfirmed(String),
    /// Files of a version are wrong; all that is wrong with them.
    #[error("the files are refused{}", listed(.0))]
    Files(Vec<String>),
    /// The store of uploads refused or failed.
    #[error("the upload failed{}", with_colon(reason))]
    Upload { reason: String, expired: bool },
    /// A deployment did not succeed.
    #[error("{what} {state}{}", with_colon(reason))]
    NotDeployed { id: String, what: String, state: String, reason: String },
    /// A deployment did not end in time.
    #[error("{what} is still {state} after {seconds} s")]
    DeployTimeout { id: String, what: String, state: String, seconds: u64 },
    /// The service cannot run here.
    #[error("the service cannot run")]
    Service(#[source] Box<dyn StdError + Send + Sync>),
    /// Another process has the folder.
    #[error("another `dploy dev` runs in {}", .0.display())]
    InUse(PathBuf),
    /// The service cannot listen where it should.
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    /// Standard output cannot be written.
    #[error("cannot write the output")]
    Output(#[source] io::Error),
}

/// Where the exit code of each kind of failure is read; the same numbers for every command.
mod code {
    pub(super) const REMOTE: u8 = 1;
    pub(super) const USAGE: u8 = 2;
    pub(super) const CONFLICT: u8 = 3;
    pub(super) const NOT_FOUND: u8 = 4;
    pub(super) const AUTH: u8 = 5;
    pub(super) const TIMEOUT: u8 = 6;
}

impl Error {
    /// A usage error with that text.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// What was named is not in a list of the server's.
    pub(crate) fn absent(message: String) -> Self {
        Self::Refused {
            area: Area::Releases,
            kind: ErrorKind::NotFound,
            code: None,
            message: one_line(&message),
            retry_after: None,
        }
    }

    /// What a server's refusal means.
    pub(crate) fn refused(
        area: Area,
        status: StatusCode,
        code: Option<String>,
        message: &str,
        retry_after: Option<u64>,
    ) -> Self {
        Self::Refused { area, kind: kind_of(status, message), code, message: one_line(message), retry_after }
    }

    /// Whether the same request may succeed in a moment without anybody doing anything.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::NoAnswer { .. } => true,
            Self::Refused { kind, .. } => matches!(kind, ErrorKind::Unavailable | ErrorKind::Internal),
            _ => false,
        }
    }

    /// Whether the server said that there is no such thing.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { kind: ErrorKind::NotFound, .. })
    }

    /// Says on standard error, once, why the command ended and what to do, in the `format` of the command's data, and
    /// gives the exit code.
    ///
    /// A reader that has closed its end of the pipe is not an error.
    pub(crate) fn report(&self, format: Format) -> ExitCode {
        if matches!(self, Self::Output(cause) if cause.kind() == io::ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS;
        }
        let (code, hint) = self.verdict();
        report::write(self, format, code, hint.as_deref());
        ExitCode::from(code)
    }

    /// The constant word for it: the server's, where it was the server that refused.
    fn code(&self) -> &str {
        match self {
            Self::Refused { code: Some(code), .. } => code,
            Self::Refused { kind: ErrorKind::NotFound, .. } | Self::TemplateNotFound(_) | Self::Gone(_) => "not_found",
            Self::Refused { kind: ErrorKind::Conflict, .. } | Self::InUse(_) | Self::Listen { .. } => "conflict",
            Self::Refused { kind: ErrorKind::Invalid, .. } => "invalid_request",
            Self::Refused { kind: ErrorKind::Unauthenticated, .. } | Self::NoToken { .. } => "unauthorized",
            Self::Refused { kind: ErrorKind::Forbidden, .. } => "forbidden",
            Self::Refused { .. } | Self::Unexpected { .. } => "server_error",
            Self::Unreachable { .. } => "unreachable",
            Self::NoAnswer { .. } | Self::WaitTimeout { .. } | Self::DeployTimeout { .. } => "timeout",
            Self::Unconfirmed(_) => "unconfirmed",
            Self::Files(_) => "invalid_files",
            Self::Upload { .. } => "upload_failed",
            Self::NotDeployed { .. } => "deployment_failed",
            Self::Degraded { .. } => "degraded",
            Self::Usage(_) | Self::NoServer { .. } | Self::NoApplication => "usage",
            Self::File { .. } | Self::Content { .. } => "file",
            _ => "failed",
        }
    }

    /// This error and the root of its cause, in one line; every cause where the service could not run, as the first of
    /// them say which part it was.
    pub(crate) fn sentence(&self) -> String {
        let mut causes: Vec<String> = iter::successors(self.source(), |cause| (**cause).source())
            .map(|cause| one_line(&cause.to_string()))
            .collect();
        if !matches!(self, Self::Service(_)) {
            causes.drain(..causes.len().saturating_sub(1));
        }
        iter::once(self.to_string()).chain(causes).collect::<Vec<_>>().join(": ")
    }

    /// The exit code and what to do about it: the one table of both.
    fn verdict(&self) -> (u8, Option<String>) {
        let say = |text: &str| Some(text.to_owned());
        match self {
            Self::Usage(_) => (code::USAGE, say("`dploy help` lists commands and options")),
            Self::NoServer { area: Area::Environments } => {
                (code::USAGE, say("run `dploy login --server URL --token-file FILE`, or set DPLOY_SERVER"))
            }
            Self::File { .. } | Self::Content { .. } => (code::USAGE, None),
            Self::NoToken { area: Area::Environments, .. } => {
                (code::AUTH, say("run `dploy login --server URL --token-file FILE`, or set DPLOY_TOKEN"))
            }
            Self::Runtime(_)
            | Self::Service(_)
            | Self::Setup(_)
            | Self::Output(_)
            | Self::Findings { .. }
            | Self::Render(_)
            | Self::Engine(_) => (code::REMOTE, None),
            Self::InUse(_) => (code::CONFLICT, say("stop it, or give another --folder")),
            Self::Listen { .. } => (code::CONFLICT, say("give another --port; 0 takes a free one")),
            Self::Unreachable { .. } => {
                (code::REMOTE, say("check the URL given by --server, DPLOY_SERVER or `dploy login`"))
            }
            Self::Unexpected { .. } => (code::REMOTE, say("is this the URL of a dploy server?")),
            Self::NoAnswer { .. } => (code::TIMEOUT, say("try again, or raise --request-timeout")),
            Self::TemplateNotFound(_) => (code::NOT_FOUND, say("`dploy template list` shows what can be asked for")),
            Self::Degraded { .. } => (
                code::REMOTE,
                say("release it with `dploy env delete` and create it again; if it stays, tell the platform team"),
            ),
            Self::Gone(_) => (code::NOT_FOUND, say("`dploy env create` says why, if it was rejected")),
            Self::WaitTimeout { .. } => (code::TIMEOUT, say("`dploy env watch` follows it further")),
            Self::Refused { area, kind, retry_after, .. } => refusal(*area, *kind, *retry_after),
            Self::NoServer { .. }
            | Self::NoToken { .. }
            | Self::NoApplication
            | Self::Unconfirmed(_)
            | Self::Files(_)
            | Self::Upload { .. }
            | Self::NotDeployed { .. }
            | Self::DeployTimeout { .. } => verdict_of_releases(self),
        }
    }
}

/// What kind of failure a status stands for.
///
/// The routes that are compatible with the original answer 403 both for a used-up quota and for a missing right; only
/// the text tells them apart.
fn kind_of(status: StatusCode, message: &str) -> ErrorKind {
    match status.as_u16() {
        401 => ErrorKind::Unauthenticated,
        403 if message.starts_with("Maximum ") => ErrorKind::Exhausted,
        403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        409 | 412 => ErrorKind::Conflict,
        429 => ErrorKind::Exhausted,
        408 | 502..=504 => ErrorKind::Unavailable,
        400..=499 => ErrorKind::Invalid,
        _ => ErrorKind::Internal,
    }
}

fn with_colon(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

fn listed(problems: &[String]) -> String {
    problems.iter().map(|problem| format!("\n  {}", one_line(problem))).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(400, "missing required parameter \"p\"", 2)]
    #[case(401, "x", 5)]
    #[case(403, "Maximum 5 environments allowed", 1)]
    #[case(403, "admin required", 5)]
    #[case(404, "x", 4)]
    #[case(405, "Method Not Allowed", 2)]
    #[case(409, "x", 3)]
    #[case(429, "x", 1)]
    #[case(500, "x", 1)]
    #[case(503, "x", 1)]
    fn each_status_has_one_exit_code(#[case] status: u16, #[case] message: &str, #[case] expected: u8) {
        let error = Error::refused(Area::Environments, StatusCode::from_u16(status).unwrap(), None, message, None);
        let (code, hint) = error.verdict();
        assert_eq!(code, expected);
        assert!(hint.is_some());
    }

    #[test]
    fn retry_after_replaces_the_hint() {
        let error = Error::refused(
            Area::Environments,
            StatusCode::SERVICE_UNAVAILABLE,
            None,
            "no pooled instance available",
            Some(3),
        );
        assert_eq!(error.verdict(), (1, Some("try again in 3 s".to_owned())));
    }

    #[test]
    fn the_sentence_names_the_root_cause_once() {
        let source = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let error = Error::File { action: "read", path: "t".into(), source };
        assert_eq!(error.sentence(), "cannot read t: no such file");
    }
}
