//! Targets: the environments that versions are deployed to.

use crate::time::Timestamp;

use super::{
    deployment::DeploymentId,
    file::FilePath,
    name::{AppName, BranchName, TargetName},
};

/// A declared environment: a folder of a branch of a gitops repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// Its name.
    pub name: TargetName,
    /// The repository, as git names it; `None` is the installation's own.
    pub repository: Option<RepositoryUrl>,
    /// The branch; `None` is the installation's own.
    pub branch: Option<BranchName>,
    /// The folder that holds one folder for each application.
    pub folder: FilePath,
    /// When it was declared.
    pub created_at: Timestamp,
}

impl Target {
    /// The folder that targets have where none is given: `environments/{name}/apps`.
    #[must_use]
    pub fn default_folder(name: &TargetName) -> String {
        format!("environments/{name}/apps")
    }

    /// The folder of an application.
    #[must_use]
    pub fn folder_of(&self, app: &AppName) -> String {
        format!("{}/{app}", self.folder)
    }
}

/// The address of a git repository without credentials: `file:`, `https:`, `http:` on loopback, `ssh:`, `user@host:path` or an absolute path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RepositoryUrl(String);

impl RepositoryUrl {
    /// Reads an address; `None` where git would take it for an option or run a program for it, where it holds a password, or
    /// where it is none of the forms above.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = !text.contains(|c: char| c.is_control() || c.is_whitespace()) && !text.starts_with('-');
        let known = match text.split_once("://") {
            Some((scheme, rest)) => url(scheme, rest),
            None => text.starts_with('/') || scp(text),
        };
        (plain && known && text.len() <= 1000).then(|| Self(text.to_owned()))
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RepositoryUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn url(scheme: &str, rest: &str) -> bool {
    let authority = rest.split('/').next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let secret = user.is_some_and(|user| user.contains(':') || (scheme != "ssh" && !user.is_empty()));
    let loopback = ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|name| host.strip_prefix(name).is_some_and(|port| port.is_empty() || port.starts_with(':')));
    match scheme {
        "file" => rest.starts_with('/'),
        "https" | "ssh" => !host.is_empty() && !host.starts_with('-') && !secret,
        "http" => loopback && !secret,
        _ => false,
    }
}

/// `user@host:path`, as ssh programs write it.
fn scp(text: &str) -> bool {
    let Some((place, path)) = text.split_once(':') else { return false };
    let host = place.rsplit('@').next().unwrap_or_default();
    !host.is_empty() && !host.starts_with('-') && !place.contains('/') && !path.is_empty() && !path.starts_with(':')
}

/// Policies leave a target alone, so that a rollback stays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hold {
    /// Why.
    pub reason: String,
    /// Who set it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The rollback that set it; `None` where somebody did by hand.
    pub deployment: Option<DeploymentId>,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/srv/git/gitops.git", true)]
    #[case("file:///srv/git/gitops.git", true)]
    #[case("https://git.example.org/ops.git", true)]
    #[case("ssh://git@git.example.org:22/ops.git", true)]
    #[case("git@git.example.org:ops.git", true)]
    #[case("http://127.0.0.1:3000/ops.git", true)]
    #[case("http://git.example.org/ops.git", false)]
    #[case("https://user:secret@git.example.org/ops.git", false)]
    #[case("https://token@git.example.org/ops.git", false)]
    #[case("ext::sh -c id", false)]
    #[case("ext::sh", false)]
    #[case("--upload-pack=id", false)]
    #[case("ssh://-oProxyCommand=id/x", false)]
    #[case("relative/path", false)]
    fn addresses_run_no_program_and_hold_no_secret(#[case] text: &str, #[case] valid: bool) {
        assert_eq!(RepositoryUrl::parse(text).is_some(), valid, "{text}");
    }
}
