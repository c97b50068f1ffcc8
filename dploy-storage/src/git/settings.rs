use std::{fmt, path::PathBuf, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use dploy_core::{
    error::{Classify, ErrorKind},
    releases::{name::BranchName, target::RepositoryUrl},
};

/// How gitops repositories are reached and written.
#[derive(Clone, Debug)]
pub struct GitSettings {
    /// The installation's own repository.
    pub url: RepositoryUrl,
    /// The folder that holds the clones, one for each repository; made when it is missing. Losing it costs one fetch.
    pub folder: PathBuf,
    /// The branch where a change names none; `None` is the remote's `HEAD`, and `main` while that has no commit.
    pub branch: Option<BranchName>,
    /// Author and committer.
    pub identity: Identity,
    /// What the remote accepts, and whom we trust.
    pub access: Access,
    /// How long one command may take before it is ended: 30 seconds.
    pub timeout: Duration,
    /// How long the first fetch of a repository may take: 10 minutes.
    pub first_timeout: Duration,
}

impl GitSettings {
    /// Settings for a repository that needs no credentials, with the clones in `folder`.
    #[must_use]
    pub fn new(url: RepositoryUrl, folder: impl Into<PathBuf>) -> Self {
        Self {
            url,
            folder: folder.into(),
            branch: None,
            identity: Identity::default(),
            access: Access::default(),
            timeout: Duration::from_secs(30),
            first_timeout: Duration::from_secs(600),
        }
    }

    /// The same settings with paths that mean the same wherever a command runs.
    pub(super) fn absolute(mut self) -> Self {
        let ssh = self.access.ssh.as_mut().map(|ssh| match &mut ssh.host_keys {
            HostKeys::KnownHosts(file) => (&mut ssh.key, Some(file)),
            HostKeys::Fingerprint(_) => (&mut ssh.key, None),
        });
        let (key, known) = ssh.map_or((None, None), |(key, known)| (Some(key), known));
        for path in [Some(&mut self.folder), self.access.ca_file.as_mut(), key, known].into_iter().flatten() {
            // Without a current folder there is nothing that a relative path could mean.
            if let Ok(absolute) = std::path::absolute(&*path) {
                *path = absolute;
            }
        }
        self
    }

    /// What is wrong with the settings, if anything is.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let plain =
            |text: &str| !text.trim().is_empty() && !text.contains(|c: char| c.is_control() || "<>".contains(c));
        if !plain(&self.identity.name) || !plain(&self.identity.email) {
            return Err(SettingsError::Identity);
        }
        let ssh = self.access.ssh.as_ref();
        let known = ssh.and_then(|ssh| match &ssh.host_keys {
            HostKeys::KnownHosts(file) => Some(file),
            HostKeys::Fingerprint(_) => None,
        });
        let paths = [Some(&self.folder), self.access.ca_file.as_ref(), ssh.map(|ssh| &ssh.key), known];
        let odd =
            |path: &&PathBuf| path.to_str().is_none_or(|text| text.contains(|c: char| c == '"' || c.is_control()));
        if let Some(path) = paths.into_iter().flatten().find(odd) {
            return Err(SettingsError::Path(path.clone()));
        }
        match ssh.map(|ssh| &ssh.host_keys) {
            Some(HostKeys::Fingerprint(text)) if !is_fingerprint(text) => Err(SettingsError::Fingerprint),
            None if is_ssh(self.url.as_str()) => Err(SettingsError::HostKeys),
            _ => self.check_token(),
        }
    }

    fn check_token(&self) -> Result<(), SettingsError> {
        match &self.access.token {
            Some(token) if origin(self.url.as_str()).is_none() || !token.is_sendable() => Err(SettingsError::Token),
            _ => Ok(()),
        }
    }

    /// The token for an address: only the host of the installation's own repository gets it.
    pub(super) fn token_for(&self, url: &str) -> Option<&Token> {
        let own = origin(self.url.as_str())?;
        self.access.token.as_ref().filter(|_| origin(url) == Some(own))
    }
}

/// Who a commit is by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The name, without line breaks and angle brackets.
    pub name: String,
    /// The address, without line breaks and angle brackets.
    pub email: String,
}

impl Default for Identity {
    fn default() -> Self {
        Self { name: "dploy".to_owned(), email: "dploy@localhost".to_owned() }
    }
}

/// What remotes accept, and whom we trust.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// For https: sent to the host of the installation's own repository only, and not along redirects.
    pub token: Option<Token>,
    /// For https: a file of certificates (PEM) to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// For ssh.
    pub ssh: Option<SshAccess>,
}

/// How to log in by ssh.
#[derive(Clone, Debug)]
pub struct SshAccess {
    /// The private key's file, without passphrase, readable by its owner only.
    pub key: PathBuf,
    /// The hosts that are trusted; there is no way to trust any.
    pub host_keys: HostKeys,
}

/// The ssh hosts that are trusted.
#[derive(Clone, Debug)]
pub enum HostKeys {
    /// A file as OpenSSH's `known_hosts`.
    KnownHosts(PathBuf),
    /// The fingerprint of the host of the installation's own repository, as `ssh-keygen -l` prints it: `SHA256:…`.
    Fingerprint(String),
}

/// A token for https, as user and password of basic authentication (RFC 7617).
#[derive(Clone)]
pub struct Token {
    user: String,
    secret: String,
}

impl Token {
    /// A token for a host that takes any user name, as GitHub (`x-access-token`), GitLab (`oauth2`) and Gitea do.
    #[must_use]
    pub fn new(user: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { user: user.into(), secret: secret.into() }
    }

    fn is_sendable(&self) -> bool {
        let plain = |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_control() || c.is_whitespace());
        plain(&self.user) && plain(&self.secret) && !self.user.contains(':')
    }

    fn encoded(&self) -> String {
        STANDARD.encode(format!("{}:{}", self.user, self.secret))
    }

    /// The header that carries it.
    pub(super) fn header(&self) -> String {
        format!("Authorization: Basic {}", self.encoded())
    }

    /// What must not be shown.
    pub(super) fn secrets(&self) -> [String; 2] {
        [self.encoded(), self.secret.clone()]
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Settings that cannot work.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Name or address of the identity.
    #[error("the git identity needs a name and an address, without line breaks and angle brackets")]
    Identity,
    /// A path that ssh's configuration cannot hold.
    #[error("the path {} must be UTF-8 without quotes and control characters", .0.display())]
    Path(PathBuf),
    /// A fingerprint of another form.
    #[error("the pinned ssh fingerprint must be `SHA256:` and 43 characters of base64, as ssh-keygen -l prints it")]
    Fingerprint,
    /// An ssh address, and no host that is trusted.
    #[error("an ssh repository needs a key and either a known_hosts file or a pinned fingerprint")]
    HostKeys,
    /// A token that cannot be sent.
    #[error("a git token needs an https repository, a user without `:` and a text without blanks")]
    Token,
}

impl Classify for SettingsError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        "invalid_git_settings"
    }
}

fn is_fingerprint(text: &str) -> bool {
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
    text.strip_prefix("SHA256:").is_some_and(|hash| hash.len() == 43 && hash.chars().all(valid))
}

/// Scheme, host and port of an http address, lower-case.
pub(super) fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let host = authority.rsplit('@').next()?.to_ascii_lowercase();
    let host = host.strip_suffix(":443").filter(|_| scheme == "https").unwrap_or(&host);
    matches!(scheme, "https" | "http").then(|| format!("{scheme}://{host}"))
}

pub(super) fn is_ssh(url: &str) -> bool {
    url.starts_with("ssh://") || !(url.contains("://") || url.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn settings(url: &str) -> GitSettings {
        GitSettings::new(RepositoryUrl::parse(url).unwrap(), "/data")
    }

    #[rstest]
    #[case("https://git.example.org/other.git", true)]
    #[case("https://GIT.example.org:443/other.git", true)]
    #[case("https://git.example.org:8443/ops.git", false)]
    #[case("http://git.example.org/ops.git", false)]
    #[case("https://git.example.org.evil.example/ops.git", false)]
    #[case("git@git.example.org:ops.git", false)]
    fn the_token_goes_to_one_host_only(#[case] url: &str, #[case] sent: bool) {
        let mut settings = settings("https://git.example.org/ops.git");
        settings.access.token = Some(Token::new("x", "secret"));
        assert_eq!(settings.token_for(url).is_some(), sent, "{url}");
    }

    #[test]
    fn a_token_is_never_printed() {
        let token = Token::new("ci", "hunter2");
        assert!(!format!("{token:?}").contains("hunter2"));
    }

    #[test]
    fn w17_an_ssh_repository_needs_hosts_that_are_trusted() {
        assert_eq!(settings("git@git.example.org:ops.git").check(), Err(SettingsError::HostKeys));
        let mut pinned = settings("ssh://git@git.example.org/ops.git");
        let access = |text: &str| SshAccess { key: "/key".into(), host_keys: HostKeys::Fingerprint(text.to_owned()) };
        pinned.access.ssh = Some(access("MD5:00"));
        assert_eq!(pinned.check(), Err(SettingsError::Fingerprint));
        pinned.access.ssh = Some(access("SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8"));
        assert_eq!(pinned.check(), Ok(()));
    }

    #[test]
    fn relative_paths_mean_the_same_in_every_folder() {
        let mut relative = settings("git@git.example.org:ops.git");
        relative.folder = "./data/gitops".into();
        relative.access.ssh = Some(SshAccess { key: "key".into(), host_keys: HostKeys::KnownHosts("known".into()) });
        relative.access.ca_file = Some("ca.pem".into());
        let here = std::env::current_dir().unwrap();
        let absolute = relative.absolute();
        assert_eq!(absolute.folder, here.join("data/gitops"));
        assert_eq!(absolute.access.ca_file, Some(here.join("ca.pem")));
        let ssh = absolute.access.ssh.unwrap();
        assert_eq!(ssh.key, here.join("key"));
        assert!(matches!(ssh.host_keys, HostKeys::KnownHosts(file) if file == here.join("known")));
    }

    #[test]
    fn settings_that_cannot_work_are_told() {
        let mut named = settings("/srv/ops.git");
        named.identity.name = "a\nb".to_owned();
        assert_eq!(named.check(), Err(SettingsError::Identity));
        let mut token = settings("/srv/ops.git");
        token.access.token = Some(Token::new("x", "secret"));
        assert_eq!(token.check(), Err(SettingsError::Token));
        let mut path = settings("/srv/ops.git");
        path.access.ca_file = Some("/a\"b".into());
        assert_eq!(path.check(), Err(SettingsError::Path("/a\"b".into())));
    }
}
