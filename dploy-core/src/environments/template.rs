//! What can be asked for: a validated template.

use std::collections::BTreeMap;

use super::{isolation::IsolationSpec, parameter::Parameter};

/// A template whose spec was validated; decisions trust it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// Its name, unique in its namespace.
    pub name: String,
    /// The uid of the object it was read from; empty for a template read from a file.
    pub uid: String,
    /// The labels of the object, readable by templates.
    pub labels: BTreeMap<String, String>,
    /// The annotations of the object, readable by templates.
    pub annotations: BTreeMap<String, String>,
    /// The name for people; empty where none is given.
    pub display_name: String,
    /// A sentence for people.
    pub description: String,
    /// The name of an icon; empty where none is given.
    pub icon: String,
    /// `category,subcategory`; empty where none is given.
    pub category: String,
    /// Whether new environments may be asked for and a pool is kept.
    pub enabled: bool,
    /// Whether the catalog lists it.
    pub visible: bool,
    /// The token claim whose value owns environments of this template; `None` means the person.
    pub owner_claim: Option<String>,
    /// Where environments come from.
    pub method: Method,
    /// The engine it asks for; `None` leaves it to the settings.
    pub engine: Option<EngineKind>,
    /// What is installed.
    pub chart: Chart,
    /// Go template of the Helm values.
    pub values_template: String,
    /// Value files inside the chart.
    pub value_files: Vec<String>,
    /// Go template of the URL; `None` leaves it to the settings.
    pub url_template: Option<String>,
    /// Go template of the message for `instructions`; `None` leaves it to the settings.
    pub message_template: Option<String>,
    /// How the connection is presented; `None` leaves it to the settings.
    pub connection_type: Option<ConnectionType>,
    /// How long environments live; parts left out come from the settings.
    pub ttl: TtlSpec,
    /// How many live environments an owner may have when asking for this template; `None` leaves it to the settings.
    pub max_instances_per_user: Option<u32>,
    /// Seconds an environment lives at most, with all extensions; `None` is no such bound.
    pub max_lifetime_seconds: Option<i64>,
    /// Seconds without activity after which an environment ends; `None` is never.
    pub idle_seconds: Option<u32>,
    /// What an edit means for environments that stand.
    pub rollout: Rollout,
    /// What the user may choose.
    pub parameters: Vec<Parameter>,
    /// The token claims that are kept; `None` means those that the texts mention.
    pub claims: Option<Vec<String>>,
    /// Seconds after which a bound environment that is not ready starts to expire.
    pub provision_timeout: u32,
    /// What keeps its environments to themselves; parts left out come from the settings.
    pub isolation: IsolationSpec,
}

impl Template {
    /// The provision timeout where the template names none: one hour.
    pub const PROVISION_TIMEOUT: u32 = 3600;

    /// A template on demand that says no more than its name and its chart.
    #[must_use]
    pub fn new(name: impl Into<String>, chart: Chart) -> Self {
        Self {
            name: name.into(),
            uid: String::new(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            display_name: String::new(),
            description: String::new(),
            icon: String::new(),
            category: String::new(),
            enabled: true,
            visible: true,
            owner_claim: None,
            method: Method::OnDemand,
            engine: None,
            chart,
            values_template: String::new(),
            value_files: Vec::new(),
            url_template: None,
            message_template: None,
            connection_type: None,
            ttl: TtlSpec::default(),
            max_instances_per_user: None,
            max_lifetime_seconds: None,
            idle_seconds: None,
            rollout: Rollout::Pinned,
            parameters: Vec::new(),
            claims: None,
            provision_timeout: Self::PROVISION_TIMEOUT,
            isolation: IsolationSpec::default(),
        }
    }

    /// The pool, if environments come from one.
    #[must_use]
    pub fn pool(&self) -> Option<&Pool> {
        match &self.method {
            Method::OnDemand => None,
            Method::Pool(pool) => Some(pool),
        }
    }
}

/// Where environments of a template come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Method {
    /// Each is provisioned when it is claimed.
    OnDemand,
    /// They are provisioned ahead, without an owner, and handed out.
    Pool(Pool),
}

/// A warm pool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pool {
    /// How many free members are kept.
    pub size: u32,
    /// How many members, free and claimed, may exist; `None` is no bound.
    pub max_size: Option<u32>,
    /// Whether the pool refills as soon as a member is claimed, rather than when that member is gone.
    pub recycle: bool,
    /// What becomes of a claim for which there is no free member.
    pub when_empty: WhenEmpty,
}

/// What becomes of a claim for which a pool has no free member.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum WhenEmpty {
    /// It waits for one, behind those that asked before.
    Wait,
    /// It gets an environment that is made on demand, beside the pool.
    Provision,
    /// It is refused.
    #[default]
    Reject,
}

/// What an edit of a template means for environments that stand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Rollout {
    /// They stay as they were made.
    #[default]
    Pinned,
    /// On-demand environments become as the newest revision says, and free pool members are replaced; a claimed pool
    /// member stays as it was made.
    Follow,
}

/// The engines that a template may name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EngineKind {
    /// Flux: HelmRelease and its sources.
    Flux,
    /// Argo CD: Application.
    ArgoCd,
}

impl EngineKind {
    /// The word that the API uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flux => "flux",
            Self::ArgoCd => "argocd",
        }
    }

    /// The engine that the API calls `word`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Flux, Self::ArgoCd].into_iter().find(|engine| engine.as_str() == word)
    }
}

/// What is installed, from where, in which version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chart {
    /// The URL of the repository.
    pub repo_url: String,
    /// The name of the Secret with the credentials for it, beside the engine's source; `None` where it is public.
    pub secret: Option<String>,
    /// The kind of repository and what is taken from it.
    pub source: ChartSource,
}

/// A chart in one of the three kinds of repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChartSource {
    /// A folder of a git repository.
    Git {
        /// The chart's folder.
        path: String,
        /// Which commit.
        reference: GitReference,
    },
    /// A chart of an HTTP(S) Helm repository.
    Helm {
        /// The chart's name.
        chart: String,
        /// A version or a semver range; `None` is the newest.
        version: Option<String>,
    },
    /// A chart of an OCI registry (`oci://`); the chart's name is the end of its URL.
    Oci {
        /// The chart's name below the repository URL; empty where the URL names it.
        chart: String,
        /// A tag or a semver range.
        version: OciVersion,
    },
}

/// Which commit of a git repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GitReference {
    /// The newest commit of a branch.
    Branch(String),
    /// A tag.
    Tag(String),
    /// The newest tag within a semver range.
    Semver(String),
    /// One commit by its 40 hex digits.
    Commit(String),
    /// A full reference name, `refs/…`.
    Name(String),
}

/// Which version of an OCI artifact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OciVersion {
    /// A tag.
    Tag(String),
    /// The newest tag within a semver range.
    Semver(String),
}

/// How the connection of an environment is presented.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConnectionType {
    /// A URL to open.
    Web,
    /// A text to follow or to copy.
    Instructions,
}

impl ConnectionType {
    /// The word that the API uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Instructions => "instructions",
        }
    }
}

/// The lifetime a template asks for; parts left out come from the settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TtlSpec {
    /// Seconds an environment lives; -1 is unlimited.
    pub seconds: Option<i64>,
    /// Seconds that one extension adds.
    pub extend_seconds: Option<u32>,
    /// How many extensions are granted.
    pub max_extends: Option<u32>,
}
