use std::{path::PathBuf, time::Duration};

use dploy_core::{
    environments::{settings::Fallbacks, template::EngineKind},
    name::is_subdomain,
};

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
    /// What an installation without operator is told; `None` where there is one.
    pub direct: Option<DirectConfig>,
}

/// What the server is told that makes Argo CD Applications itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DirectConfig {
    /// The file of the environments that can be asked for.
    pub file: PathBuf,
    /// The domain that hosts end with.
    pub base_domain: String,
    /// How often what has ended is removed.
    pub cleanup_interval: Duration,
}

/// The engine of an installation without operator.
const DIRECT: &str = "argocd-direct";

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
        let direct = DirectConfig::read(from)?;
        let operated = |name: &str| get(name).filter(|_| direct.is_none() || name != v::DPLOY_ENGINE.name);
        Ok(Self {
            login: Login::read(from, issuer)?,
            namespace: from.label(&v::DPLOY_NAMESPACE)?,
            fallbacks: Fallbacks::read(operated)?,
            features: Features {
                catalog: from.boolean(&v::CATALOG_ENABLED)?,
                instances: from.boolean(&v::INSTANCES_LIST_ENABLED)?,
                manager: from.boolean(&v::MANAGER_ENABLED)?,
                get_creates: from.boolean(&v::COMPAT_GET_CREATES)?,
            },
            claim_wait: from.claim_wait(&v::CLAIM_WAIT)?,
            legacy_owners: from.boolean(&v::LEGACY_OWNERS)?,
            direct,
        })
    }
}

impl DirectConfig {
    fn read(from: &Reader<'_>) -> Result<Option<Self>, Error> {
        let known = |word: &str| (word == DIRECT || EngineKind::from_word(word).is_some()).then(|| word == DIRECT);
        if from.optional(&v::DPLOY_ENGINE, "flux, argocd or argocd-direct", known)? != Some(true) {
            return Ok(None);
        }
        let domain = |text: &str| is_subdomain(text).then(|| text.to_owned());
        Ok(Some(Self {
            file: from.text(&v::ENVIRONMENTS_FILE)?.into(),
            base_domain: from.parsed(&v::BASE_DOMAIN, "a domain in lower case such as env.example.org", domain)?,
            cleanup_interval: from.interval(&v::CLEANUP_INTERVAL)?,
        }))
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
