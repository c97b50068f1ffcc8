//! What the server is told by environment variables: read once, strictly.
//!
//! An empty value means unset. A value that cannot be read ends the start with the variable's name and what it accepts.

mod check;
mod domains;
mod environments;
mod read;
mod releases;
#[cfg(test)]
mod tests;
mod variables;

use std::{fmt, net::SocketAddr};

use dploy_auth::{AdminRule, access::AdminRuleError};
use dploy_core::environments::settings::InvalidVariable;

pub use domains::Domain;
pub use environments::{DirectConfig, EnvironmentsConfig, Features, Login};
pub use releases::{ArtifactsConfig, Database, GitOpsConfig, GitToken, Limits, ReleasesConfig, S3Config};
pub use variables::{Group, VARIABLES, Variable};

use read::Reader;
use variables as v;

/// Everything the server is told. A domain that is not served is told nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// Where the server listens; port 0 is any free one.
    pub address: SocketAddr,
    /// The web pages that may call the server.
    pub cors: Cors,
    /// Whether debug messages are logged.
    pub debug: bool,
    /// What is logged whatever `debug` says, as directives of `tracing_subscriber::EnvFilter`.
    pub log: Option<String>,
    /// How bearer tokens are judged and read; `None` accepts none.
    pub tokens: Option<Tokens>,
    /// Environments from templates.
    pub environments: Option<EnvironmentsConfig>,
    /// Versions and their deployments.
    pub releases: Option<ReleasesConfig>,
}

/// How bearer tokens are judged and read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tokens {
    /// Where the provider publishes its keys.
    pub jwks_url: String,
    /// The only accepted `iss`.
    pub issuer: String,
    /// What `aud` has to contain.
    pub audience: String,
    /// The claim whose text is the user name.
    pub username_claim: String,
    /// The claim that identifies the person as an owner.
    pub owner_claim: String,
    /// Who is an administrator.
    pub admin: AdminRule,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, which is not shown from now on.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The web pages that may call the server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origins {
    /// All of them; credentials are never sent along.
    Any,
    /// These, by their exact origin such as `https://ctf.example.org`.
    Listed(Vec<String>),
}

/// The web pages that may call each domain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cors {
    /// Those that may call environments.
    pub environments: Origins,
    /// Those that may call releases.
    pub releases: Origins,
}

impl Default for Cors {
    /// Any page may call environments, as it always could, and none may call releases.
    fn default() -> Self {
        Self { environments: Origins::Any, releases: Origins::Listed(Vec::new()) }
    }
}

impl From<Origins> for Cors {
    /// The same for every domain.
    fn from(origins: Origins) -> Self {
        Self { environments: origins.clone(), releases: origins }
    }
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing tells what is to be served.
    #[error(
        "nothing says what to serve; set at least JWKS_URL and JWT_ISSUER for environments, or API_KEYS, GITOPS_REPO and \
         S3_BUCKET (or ARTIFACT_STORE=folder instead of it) for releases"
    )]
    NoDomain,
    /// A variable without a default is not set.
    #[error("{name} must be set: {meaning}")]
    Missing {
        /// Its name.
        name: &'static str,
        /// What it means.
        meaning: &'static str,
    },
    /// A variable's text cannot be read.
    #[error("{name} must be {accepted}, not {value:?}")]
    Invalid {
        /// Its name.
        name: &'static str,
        /// What it accepts.
        accepted: &'static str,
        /// What was given.
        value: String,
    },
    /// A default of environments cannot be read.
    #[error(transparent)]
    Fallback(#[from] InvalidVariable),
    /// The rule for administrators could never match.
    #[error(transparent)]
    Admin(#[from] AdminRuleError),
}

impl Error {
    fn missing(variable: &Variable) -> Self {
        Self::Missing { name: variable.name, meaning: variable.meaning }
    }

    /// The value of a secret is not told.
    fn invalid(name: &'static str, accepted: &'static str, value: String) -> Self {
        let secret = VARIABLES.iter().any(|variable| variable.name == name && variable.secret);
        let refused = Self::Invalid { name, accepted, value };
        if secret { refused.without_value() } else { refused }
    }

    /// The same, which does not tell what was given.
    fn without_value(self) -> Self {
        match self {
            Self::Invalid { name, accepted, .. } => Self::Invalid { name, accepted, value: "…".to_owned() },
            other => other,
        }
    }
}

impl Config {
    /// The configuration of this process.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be read.
    pub fn from_env() -> Result<Self, Error> {
        Self::read(environment)
    }

    /// Reads the variables through `get`.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be read.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let from = Reader::new(&get);
        let domains = domains::served(&from)?;
        let tokens = Tokens::read(&from, domains.contains(&Domain::Environments))?;
        let environments = match &tokens {
            Some(tokens) if domains.contains(&Domain::Environments) => {
                Some(EnvironmentsConfig::read(&from, &get, &tokens.issuer)?)
            }
            _ => None,
        };
        let releases = domains.contains(&Domain::Releases).then(|| ReleasesConfig::read(&from, tokens.is_some()));
        Ok(Self {
            address: SocketAddr::new(from.address(&v::SERVER_HOST)?, from.port(&v::SERVER_PORT)?),
            cors: from.origins(&v::CORS_ORIGINS)?.map(Cors::from).unwrap_or_default(),
            debug: from.boolean(&v::DEBUG)?,
            log: from.directives(&v::RUST_LOG)?,
            tokens,
            environments,
            releases: releases.transpose()?,
        })
    }

    /// What is logged, as directives of `tracing_subscriber::EnvFilter`.
    #[must_use]
    pub fn directives(&self) -> &str {
        let level = if self.debug { "debug,kube=info,hyper=info,tower=info" } else { "info" };
        self.log.as_deref().unwrap_or(level)
    }

    /// What is served.
    #[must_use]
    pub fn domains(&self) -> Vec<Domain> {
        let served = [(Domain::Environments, self.environments.is_some()), (Domain::Releases, self.releases.is_some())];
        served.into_iter().filter(|(_, served)| *served).map(|(domain, _)| domain).collect()
    }
}

/// The values that count in this process, one line for each variable, without secrets.
///
/// # Errors
/// The first variable that is missing or cannot be read.
pub fn check() -> Result<String, Error> {
    check_with(environment)
}

/// As [`check`], with the variables read through `get`.
///
/// # Errors
/// The first variable that is missing or cannot be read.
pub fn check_with(get: impl Fn(&str) -> Option<String>) -> Result<String, Error> {
    let config = Config::read(&get)?;
    Ok(check::effective(&config, &get))
}

/// A variable of this process. What is not UTF-8 has a replacement character from here on, which no variable accepts.
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

impl Tokens {
    /// Reads it; where it is not `required`, it may be absent as a whole.
    fn read(from: &Reader<'_>, required: bool) -> Result<Option<Self>, Error> {
        if !required && from.given(&v::JWKS_URL).is_none() && from.given(&v::JWT_ISSUER).is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            jwks_url: from.url(&v::JWKS_URL)?,
            issuer: from.text(&v::JWT_ISSUER)?,
            audience: from.text(&v::JWT_AUDIENCE)?,
            username_claim: from.text(&v::JWT_USERNAME_CLAIM)?,
            owner_claim: from.text(&v::OWNER_ID_CLAIM)?,
            admin: AdminRule::parse(Some(&from.text(&v::ADMIN_CLAIM)?), Some(&from.text(&v::ADMIN_VALUE)?))?,
        }))
    }
}

/// Every variable with its default and meaning, as tables in Markdown, one for each group.
#[must_use]
pub fn table() -> String {
    let mut text = String::new();
    for group in Group::ALL {
        text.push_str(&format!("#### {}\n\n| variable | default | meaning |\n|---|---|---|\n", group.title()));
        for Variable { name, default, meaning, .. } in VARIABLES.iter().filter(|variable| variable.group == group) {
            let default = match default {
                None => "required".to_owned(),
                Some("") => String::new(),
                Some(value) => format!("`{value}`"),
            };
            text.push_str(&format!("| `{name}` | {default} | {meaning} |\n"));
        }
        text.push('\n');
    }
    text
}
