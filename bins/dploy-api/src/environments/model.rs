use dploy_core::{
    environments::{
        instance::{Instance, InstancePhase},
        lifetime::Terms,
        service::{self, CatalogEntry, Environment},
        template::{ChartSource, GitReference, Method, OciVersion, Template},
    },
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A template of the catalog.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Available {
    /// Its name.
    name: String,
    /// A sentence about it.
    description: String,
    /// The name of an icon.
    icon: String,
    /// `category,subcategory`.
    #[serde(skip_serializing_if = "String::is_empty")]
    category: String,
    /// Seconds an environment lives; -1 is for ever.
    ttl: i64,
    /// Seconds that one extension adds.
    #[serde(rename = "extendTTL", skip_serializing_if = "is_zero")]
    extend_ttl: u32,
    /// How many extensions are granted; absent where there is no bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_extends: Option<u32>,
    /// Whether environments live for ever.
    is_unlimited: bool,
}

/// The caller's environments.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct Listing {
    /// The environments.
    pub(super) environments: Vec<Listed>,
    /// How many there are, of all the caller's owners.
    pub(super) count: usize,
    /// How many each owner may have, where a template says nothing else.
    pub(super) limit: u32,
}

/// One of the caller's environments.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    /// The name of its template.
    name: String,
    /// A sentence about the template.
    description: String,
    /// The name of an icon; `default` where the template is gone.
    icon: String,
    #[serde(flatten)]
    connection: Connection,
    /// When it ends (RFC 3339); absent where it lives for ever. Before it is ready this is a lower bound.
    #[serde(skip_serializing_if = "String::is_empty")]
    expires_at: String,
    /// How often it was extended.
    extend_count: u32,
    /// How often it may be extended; absent where there is no bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_extends: Option<u32>,
    /// Seconds that one extension adds.
    #[serde(rename = "extendTTL", skip_serializing_if = "is_zero")]
    extend_ttl: u32,
    /// Whether it lives for ever.
    is_unlimited: bool,
}

/// An environment.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Run {
    #[serde(flatten)]
    connection: Connection,
    /// When it ends (RFC 3339); empty where it lives for ever. Before it is ready this is a lower bound.
    expires_at: String,
}

/// How an environment stands and how it is reached.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Connection {
    /// Eight hex digits; empty until they are given.
    uuid: String,
    /// `pending`, `Progressing`, `Healthy`, `Degraded` or `Deleting`.
    status: String,
    /// Where it is reached; empty until that is known.
    url: String,
    /// Who owns it, as a readable text.
    #[serde(skip_serializing_if = "String::is_empty")]
    owner: String,
    /// Whether a group owns it.
    #[serde(skip_serializing_if = "is_false")]
    shared: bool,
    /// `web` or `instructions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    connection_type: Option<&'static str>,
    /// What to do to connect, for `instructions`.
    #[serde(skip_serializing_if = "String::is_empty")]
    connection_message: String,
}

/// When an extended environment ends now.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Extended {
    /// The new end (RFC 3339).
    expires_at: String,
}

/// An instance as administrators see it.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InstanceRow {
    name: String,
    template: String,
    /// The readable owner; empty for a free pool member.
    owner: String,
    phase: &'static str,
    url: String,
    /// When it ends (RFC 3339); empty where that is not known, or never.
    expires_at: String,
    created_at: String,
    /// The namespace of its workload.
    namespace: String,
    uuid: String,
    is_unlimited: bool,
}

/// A template as administrators see it.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TemplateRow {
    name: String,
    display_name: String,
    /// `on-demand` or `pool`.
    method: &'static str,
    enabled: bool,
    visible: bool,
    pool_size: u32,
    /// How many free members are ready.
    available: u32,
    /// How many members are claimed.
    claimed: u32,
    /// `git` or `helm`.
    chart_type: &'static str,
    chart_repo: String,
    /// The path in a git repository, else the name of the chart.
    chart_ref: String,
    /// The branch, tag, commit, version or range; empty for the newest.
    revision: String,
    created_at: String,
}

impl From<CatalogEntry> for Available {
    fn from(entry: CatalogEntry) -> Self {
        let (template, Terms { ttl, extend_seconds, max_extends, .. }) = (entry.template, entry.terms);
        Self {
            name: template.name.clone(),
            description: template.description.clone(),
            icon: template.icon.clone(),
            category: template.category.clone(),
            ttl: ttl.unwrap_or(-1),
            extend_ttl: extend_seconds,
            max_extends,
            is_unlimited: ttl.is_none(),
        }
    }
}

impl From<Environment> for Listed {
    fn from(environment: Environment) -> Self {
        let Terms { ttl, extend_seconds, max_extends, .. } = environment.terms;
        Self {
            name: environment.template.clone(),
            description: environment.description.clone(),
            icon: environment.icon.clone(),
            expires_at: text(environment.expires_at),
            extend_count: environment.extensions,
            max_extends,
            extend_ttl: extend_seconds,
            is_unlimited: ttl.is_none(),
            connection: environment.into(),
        }
    }
}

impl From<Environment> for Run {
    fn from(environment: Environment) -> Self {
        Self { expires_at: text(environment.expires_at), connection: environment.into() }
    }
}

impl From<Environment> for Connection {
    fn from(environment: Environment) -> Self {
        Self {
            status: environment.status().to_owned(),
            uuid: environment.uuid,
            url: environment.connection.url,
            owner: environment.owner,
            shared: environment.shared,
            connection_type: environment.connection.kind.map(|kind| kind.as_str()),
            connection_message: environment.connection.message,
        }
    }
}

impl From<Environment> for Extended {
    fn from(environment: Environment) -> Self {
        Self { expires_at: text(environment.expires_at) }
    }
}

impl From<&Instance> for InstanceRow {
    fn from(instance: &Instance) -> Self {
        let (status, pin) = (&instance.status, instance.status.pin.as_ref());
        let phase = if instance.meta.is_deleting() { InstancePhase::Expiring } else { status.phase };
        Self {
            name: instance.meta.key.name.clone(),
            template: instance.template.clone(),
            owner: instance.owner.clone().unwrap_or_default(),
            phase: phase.as_str(),
            url: status.connection.url.clone(),
            expires_at: text(status.expires_at.or(instance.expires_at)),
            created_at: instance.meta.created.to_string(),
            namespace: pin.map(|pin| pin.namespace.clone()).unwrap_or_default(),
            uuid: pin.map(|pin| pin.uuid.clone()).unwrap_or_default(),
            is_unlimited: instance.ttl_seconds == Some(-1),
        }
    }
}

impl From<service::TemplateRow> for TemplateRow {
    fn from(service::TemplateRow { entry, counters }: service::TemplateRow) -> Self {
        let template = &entry.template;
        let (chart_type, chart_ref, revision) = chart(template);
        Self {
            name: template.name.clone(),
            display_name: template.display_name.clone(),
            method: match template.method {
                Method::OnDemand => "on-demand",
                Method::Pool(_) => "pool",
            },
            enabled: template.enabled,
            visible: template.visible,
            pool_size: template.pool().map_or(0, |pool| pool.size),
            available: counters.available,
            claimed: counters.claimed,
            chart_type,
            chart_repo: template.chart.repo_url.clone(),
            chart_ref,
            revision,
            created_at: entry.created.to_string(),
        }
    }
}

/// Type, reference and revision of the chart; OCI is a kind of Helm repository, as in the template's own field.
fn chart(template: &Template) -> (&'static str, String, String) {
    match &template.chart.source {
        ChartSource::Git { path, reference } => {
            let (GitReference::Branch(revision)
            | GitReference::Tag(revision)
            | GitReference::Semver(revision)
            | GitReference::Commit(revision)
            | GitReference::Name(revision)) = reference;
            ("git", path.clone(), revision.clone())
        }
        ChartSource::Helm { chart, version } => ("helm", chart.clone(), version.clone().unwrap_or_default()),
        ChartSource::Oci { chart, version: OciVersion::Tag(version) | OciVersion::Semver(version) } => {
            ("helm", chart.clone(), version.clone())
        }
    }
}

fn text(time: Option<Timestamp>) -> String {
    time.map(|time| time.to_string()).unwrap_or_default()
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(flag: &bool) -> bool {
    !*flag
}
