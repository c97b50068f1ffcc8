use std::time::Duration;

use dploy_core::environments::settings::Fallbacks;

use super::{
    Error, Secret,
    read::{Get, Reader},
    variables as v,
};

/// What the environments domain is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnvironmentsConfig {
    /// How persons log in with a browser.
    pub login: Login,
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

impl EnvironmentsConfig {
    pub(super) fn read(from: &Reader<'_>, get: &Get<'_>, issuer: &str) -> Result<Self, Error> {
        Ok(Self {
            login: Login::read(from, issuer)?,
            namespace: from.label(&v::DPLOY_NAMESPACE)?,
            fallbacks: Fallbacks::read(get)?,
            features: Features {
                catalog: from.boolean(&v::CATALOG_ENABLED)?,
                instances: from.boolean(&v::INSTANCES_LIST_ENABLED)?,
                manager: from.boolean(&v::MANAGER_ENABLED)?,
                get_creates: from.boolean(&v::COMPAT_GET_CREATES)?,
            },
            claim_wait: from.claim_wait(&v::CLAIM_WAIT)?,
            legacy_owners: from.boolean(&v::LEGACY_OWNERS)?,
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
            client_secret: Secret::new(from.text(&v::OIDC_CLIENT_SECRET)?),
            redirect_url: from.url(&v::OIDC_REDIRECT_URL)?,
            scopes: from.scopes(&v::OIDC_SCOPES)?,
        })
    }
}
