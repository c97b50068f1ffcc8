//! What the server is told by environment variables: read once, strictly.
//!
//! An empty value means unset. A value that cannot be read ends the start with the variable's name and what it accepts.

mod read;
#[cfg(test)]
mod tests;
mod variables;

use std::{fmt, net::SocketAddr, time::Duration};

use dploy_auth::{AdminRule, access::AdminRuleError};
use dploy_core::environments::settings::{Fallbacks, InvalidVariable};

pub use variables::{VARIABLES, Variable};

use read::Reader;
use variables as v;

/// Everything the server is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// How bearer tokens are judged and read.
    pub tokens: Tokens,
    /// How persons log in with a browser.
    pub login: Login,
    /// Where the server listens; port 0 is any free one.
    pub address: SocketAddr,
    /// The namespace of templates, claims and instances.
    pub namespace: String,
    /// The defaults of environments where OperatorConfig is silent, from the variables that the operator reads too.
    pub fallbacks: Fallbacks,
    /// What is switched on.
    pub features: Features,
    /// How long a create waits for the operator.
    pub claim_wait: Duration,
    /// Whether objects without an owner id are found by their readable owner too.
    pub legacy_owners: bool,
    /// The web pages that may call the server.
    pub cors: Origins,
    /// Whether debug messages are logged.
    pub debug: bool,
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

/// How persons log in with a browser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Login {
    /// The issuer as the server reaches it.
    pub issuer: String,
    /// The issuer as browsers reach it.
    pub public_issuer: String,
    /// The client's id at the provider.
    pub client_id: String,
    /// The client's secret at the provider.
    pub client_secret: Secret,
    /// Where the provider sends the browser back to.
    pub redirect_url: String,
    /// The scopes asked for; `openid` is the first.
    pub scopes: Vec<String>,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
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

/// What is switched on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Features {
    /// The public catalog.
    pub catalog: bool,
    /// The list of the caller's environments.
    pub instances: bool,
    /// The lists of administrators.
    pub manager: bool,
    /// Whether `GET /api/run/{env}` creates, as it always did.
    pub get_creates: bool,
}

impl Default for Features {
    /// Everything.
    fn default() -> Self {
        Self { catalog: true, instances: true, manager: true, get_creates: true }
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

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A variable without a default is not set.
    #[error("{name} must be set: {meaning}")]
    Missing {
        /// Its name.
        name: &'static str,
        /// What it means.
        meaning: &'static str,
    },
    /// A variable's text cannot be read.
    #[error("{name} must be {accepted}, not \"{value}\"")]
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

impl Config {
    /// The configuration of this process.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be read.
    pub fn from_env() -> Result<Self, Error> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads the variables through `get`.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be read.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let from = Reader::new(&get);
        let tokens = Tokens {
            jwks_url: from.url(&v::JWKS_URL)?,
            issuer: from.text(&v::JWT_ISSUER)?,
            audience: from.text(&v::JWT_AUDIENCE)?,
            username_claim: from.text(&v::JWT_USERNAME_CLAIM)?,
            owner_claim: from.text(&v::OWNER_ID_CLAIM)?,
            admin: AdminRule::parse(Some(&from.text(&v::ADMIN_CLAIM)?), Some(&from.text(&v::ADMIN_VALUE)?))?,
        };
        Ok(Self {
            login: Login::read(&from, &tokens.issuer)?,
            tokens,
            address: SocketAddr::new(from.address(&v::SERVER_HOST)?, from.port(&v::SERVER_PORT)?),
            namespace: from.label(&v::DPLOY_NAMESPACE)?,
            fallbacks: Fallbacks::read(&get)?,
            features: Features {
                catalog: from.boolean(&v::CATALOG_ENABLED)?,
                instances: from.boolean(&v::INSTANCES_LIST_ENABLED)?,
                manager: from.boolean(&v::MANAGER_ENABLED)?,
                get_creates: from.boolean(&v::COMPAT_GET_CREATES)?,
            },
            claim_wait: from.duration(&v::CLAIM_WAIT)?,
            legacy_owners: from.boolean(&v::LEGACY_OWNERS)?,
            cors: from.origins(&v::CORS_ORIGINS)?,
            debug: from.boolean(&v::DEBUG)?,
        })
    }
}

impl Login {
    fn read(from: &Reader<'_>, issuer: &str) -> Result<Self, Error> {
        let issuer = from.url_or(&v::OIDC_ISSUER, issuer)?;
        Ok(Self {
            public_issuer: from.url_or(&v::OIDC_PUBLIC_ISSUER, &issuer)?,
            issuer,
            client_id: from.text(&v::OIDC_CLIENT_ID)?,
            client_secret: Secret(from.text(&v::OIDC_CLIENT_SECRET)?),
            redirect_url: from.url(&v::OIDC_REDIRECT_URL)?,
            scopes: from.scopes(&v::OIDC_SCOPES)?,
        })
    }
}

/// Every variable with its default and meaning, as a table in Markdown.
#[must_use]
pub fn table() -> String {
    let mut text = String::from("| Variable | Default | Meaning |\n|---|---|---|\n");
    for Variable { name, default, meaning } in VARIABLES {
        let default = match default {
            None => "required".to_owned(),
            Some("") => "unset".to_owned(),
            Some(value) => format!("`{value}`"),
        };
        text.push_str(&format!("| `{name}` | {default} | {meaning} |\n"));
    }
    text
}
