//! What to do about failures, in the commands of the area and of the name that the program was called by.

use dploy_core::error::ErrorKind;

use super::{Area, Error, code};
use crate::program::{forge, releases, variables};

/// The exit code and hint of what a server refused.
pub(super) fn refusal(area: Area, kind: ErrorKind, retry_after: Option<u64>) -> (u8, Option<String>) {
    let (code, hint) = match area {
        Area::Environments => environments(kind),
        Area::Releases => of_releases(kind),
    };
    (code, Some(retry_after.map_or(hint, |seconds| format!("try again in {seconds} s"))))
}

fn environments(kind: ErrorKind) -> (u8, String) {
    let (code, hint) = match kind {
        ErrorKind::NotFound => {
            (code::NOT_FOUND, "`dploy env list` shows yours, `dploy template list` what can be asked for")
        }
        ErrorKind::Conflict => (code::CONFLICT, "`dploy env get` shows how it stands now"),
        ErrorKind::Invalid => (code::USAGE, "parameters are given as --param NAME=VALUE"),
        ErrorKind::Unauthenticated => {
            (code::AUTH, "the token is missing, wrong or expired: run `dploy login` with a new one")
        }
        ErrorKind::Forbidden => (code::AUTH, "another account or --owner may have the right"),
        ErrorKind::Exhausted => (code::REMOTE, "release one with `dploy env delete`"),
        ErrorKind::Unavailable => (code::REMOTE, "try again shortly"),
        _ => (code::REMOTE, "the server has failed; its log says why"),
    };
    (code, hint.to_owned())
}

fn of_releases(kind: ErrorKind) -> (u8, String) {
    match kind {
        ErrorKind::NotFound => {
            let (apps, versions) = (releases("app list"), releases("version list"));
            (code::NOT_FOUND, format!("`{apps}` shows applications, `{versions}` their versions"))
        }
        ErrorKind::Conflict => (code::CONFLICT, format!("`{}` shows how it stands now", releases("version list"))),
        ErrorKind::Invalid => (code::USAGE, "correct what the message names and try again".to_owned()),
        ErrorKind::Unauthenticated => (code::AUTH, format!("the key is missing, wrong or expired: {}", give_key())),
        ErrorKind::Forbidden => (code::AUTH, format!("`{}` shows what keys may do", releases("key list"))),
        ErrorKind::Exhausted | ErrorKind::Unavailable => (code::REMOTE, "try again shortly".to_owned()),
        _ => (code::REMOTE, "the server has failed; its log says why".to_owned()),
    }
}

fn give_key() -> String {
    format!("give --api-key, set {} or run `{}`", variables().1, releases("configure"))
}

/// The exit code and hint of what only commands of the release service end with.
pub(super) fn verdict_of_releases(error: &Error) -> (u8, Option<String>) {
    let (code, hint) = match error {
        Error::NoServer { .. } => {
            (code::USAGE, format!("give --url, set {} or run `{}`", variables().0, releases("configure")))
        }
        Error::NoToken { .. } => (code::AUTH, give_key()),
        Error::NoApplication => {
            (code::USAGE, format!("give --app, or bind this folder with `{} --app NAME`", forge("app-bind")))
        }
        // The original ends a refused deployment so; here every refused question does.
        Error::Unconfirmed(_) => (code::USAGE, "answer y, or give --confirm where nobody can answer".to_owned()),
        Error::Files(_) => (code::USAGE, format!("`{}` checks them without a server", forge("validate"))),
        Error::Upload { expired: true, .. } => {
            (code::REMOTE, format!("an upload URL lasts five minutes: run `{}` again", forge("init")))
        }
        Error::Upload { .. } => (code::REMOTE, format!("run `{}` again", forge("upload"))),
        Error::NotDeployed { id, .. } => (code::REMOTE, format!("`{} {id}` tells more", releases("deployment show"))),
        Error::DeployTimeout { id, .. } => {
            (code::TIMEOUT, format!("it goes on; `{} {id} --wait` follows it", releases("deployment show")))
        }
        _ => return (code::REMOTE, None),
    };
    (code, Some(hint))
}
