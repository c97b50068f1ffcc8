use dploy_core::environments::{
    parameter::{self, Parameter, ParameterType},
    template::{
        Chart, ChartSource, EngineKind, GitReference, Method, OciVersion, Pool, Rollout, Template, TtlSpec, WhenEmpty,
    },
};

use crate::api::{self, ChartType, DployTemplate, EngineName, ProvisioningMethod};

use super::{connection_type, count, filled, isolation, marks::own_annotations};

/// Why a template's spec is not accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// A constant word for programs.
    pub reason: &'static str,
    /// What is wrong and what is accepted.
    pub message: String,
}

impl Refusal {
    /// The reason of a spec with a field that cannot be used.
    pub const INVALID_SPEC: &str = "InvalidSpec";

    /// That the template's engine takes no credentials from the template.
    pub(crate) fn secret() -> Self {
        Self::spec(format!("chart.{}", api::Chart::SECRET_NEEDS_FLUX))
    }

    pub(super) fn spec(message: impl Into<String>) -> Self {
        Self { reason: Self::INVALID_SPEC, message: message.into() }
    }
}

/// A template as the domain sees it.
///
/// # Errors
/// The first field that cannot be used: objects stored under older rules may have one.
pub fn template(object: &DployTemplate) -> Result<Template, Refusal> {
    let spec = &object.spec;
    let ttl = spec.ttl.clone().unwrap_or_default();
    let annotations = object.metadata.annotations.clone().unwrap_or_default();
    Ok(Template {
        name: object.metadata.name.clone().unwrap_or_default(),
        uid: object.metadata.uid.clone().unwrap_or_default(),
        labels: object.metadata.labels.clone().unwrap_or_default(),
        annotations: own_annotations(annotations),
        display_name: spec.display_name.clone(),
        description: spec.description.clone(),
        icon: spec.icon.clone(),
        category: spec.category.clone(),
        enabled: spec.enabled,
        visible: spec.visible.unwrap_or(true),
        owner_claim: filled(&spec.owner_claim),
        method: method(spec)?,
        engine: spec.engine.map(|engine| match engine {
            EngineName::Argocd => EngineKind::ArgoCd,
            EngineName::Flux => EngineKind::Flux,
        }),
        chart: chart(&spec.chart, spec.engine)?,
        values_template: spec.values_template.clone(),
        value_files: spec.value_files.clone(),
        url_template: filled(&spec.connection_url_template),
        message_template: filled(&spec.connection_message_template),
        connection_type: spec.connection_type.map(connection_type),
        ttl: TtlSpec {
            seconds: Some(ttl.seconds).filter(|seconds| *seconds != 0),
            extend_seconds: Some(ttl.extend_seconds).filter(|seconds| *seconds > 0).map(count),
            max_extends: ttl.max_extends.map(count),
        },
        max_instances_per_user: spec.max_instances_per_user.filter(|max| *max > 0).map(count),
        max_lifetime_seconds: max_lifetime(spec.max_lifetime_seconds, ttl.seconds)?,
        idle_seconds: duration("idleTTL", spec.idle_ttl.as_deref())?,
        rollout: match spec.rollout.unwrap_or_default() {
            api::Rollout::Pinned => Rollout::Pinned,
            api::Rollout::Follow => Rollout::Follow,
        },
        parameters: spec.parameters.iter().map(parameter).collect::<Result<_, _>>()?,
        claims: spec.claims.clone(),
        provision_timeout: duration("provisionTimeout", spec.provision_timeout.as_deref())?
            .unwrap_or(Template::PROVISION_TIMEOUT),
        isolation: isolation(spec.isolation.as_ref()).map_err(Refusal::spec)?,
    })
}

fn method(spec: &api::DployTemplateSpec) -> Result<Method, Refusal> {
    match (spec.method, &spec.pool) {
        (ProvisioningMethod::OnDemand, _) => Ok(Method::OnDemand),
        (ProvisioningMethod::Pool, None) => Err(Refusal::spec("pool is required with method pool: give pool.size")),
        (ProvisioningMethod::Pool, Some(pool)) => Ok(Method::Pool(Pool {
            size: count(pool.size),
            max_size: Some(count(pool.max_size)).filter(|max| *max > 0),
            recycle: pool.recycle,
            when_empty: match pool.when_empty.unwrap_or_default() {
                api::WhenEmpty::Wait => WhenEmpty::Wait,
                api::WhenEmpty::Provision => WhenEmpty::Provision,
                api::WhenEmpty::Reject => WhenEmpty::Reject,
            },
        })),
    }
}

/// `path` wins over `chart`. The old schema stored `main` as revision of every chart, which is none of a Helm chart.
fn chart(chart: &api::Chart, engine: Option<EngineName>) -> Result<Chart, Refusal> {
    let name = filled(&chart.path).or_else(|| filled(&chart.chart));
    let revision = filled(&chart.target_revision);
    let version = revision.clone().filter(|revision| revision != "main");
    let oci = chart.repo_url.starts_with("oci://");
    let source = match (chart.kind, name) {
        (ChartType::Helm, chart) if oci => {
            ChartSource::Oci { chart: chart.unwrap_or_default(), version: oci_version(version) }
        }
        (_, None) => {
            return Err(Refusal::spec(
                "chart needs path (a folder of the git repository) or chart (a name in the Helm repository)",
            ));
        }
        (ChartType::Helm, Some(chart)) => ChartSource::Helm { chart, version },
        (ChartType::Git, Some(path)) => ChartSource::Git { path, reference: reference(chart, revision)? },
    };
    if chart.repo_url.is_empty() {
        return Err(Refusal::spec("chart.repoURL is required"));
    }
    let secret = chart.secret_ref.as_ref().and_then(|secret| filled(&secret.name));
    if secret.is_some() && engine == Some(EngineName::Argocd) {
        return Err(Refusal::secret());
    }
    Ok(Chart { repo_url: chart.repo_url.clone(), source, secret })
}

fn oci_version(version: Option<String>) -> OciVersion {
    let range =
        |version: &str| version.contains(['*', '^', '~', '>', '<', '=', ' ', '|', ',']) || version.ends_with(".x");
    match version {
        None => OciVersion::Semver("*".to_owned()),
        Some(version) if range(&version) => OciVersion::Semver(version),
        Some(version) => OciVersion::Tag(version),
    }
}

/// Forty hex digits are a commit, `refs/…` that reference, anything else a branch.
fn reference(chart: &api::Chart, revision: Option<String>) -> Result<GitReference, Refusal> {
    let Some(reference) = &chart.reference else {
        let revision = revision.unwrap_or_else(|| "main".to_owned());
        let commit = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        return Ok(match revision {
            revision if commit => GitReference::Commit(revision),
            revision if revision.starts_with("refs/") => GitReference::Name(revision),
            revision => GitReference::Branch(revision),
        });
    };
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let commit = given(&reference.commit).map(GitReference::Commit);
    let tag = given(&reference.tag).map(GitReference::Tag);
    let semver = given(&reference.semver).map(GitReference::Semver);
    let branch = given(&reference.branch).map(GitReference::Branch);
    let found = commit.or(semver).or(tag).or(branch);
    found.ok_or_else(|| Refusal::spec("chart.ref needs exactly one of branch, tag, semver and commit"))
}

fn max_lifetime(seconds: Option<i64>, ttl: i64) -> Result<Option<i64>, Refusal> {
    match seconds {
        Some(max) if max < 1 => Err(Refusal::spec("maxLifetimeSeconds must be a number of seconds from 1")),
        Some(max) if ttl < 0 || ttl > max => {
            Err(Refusal::spec("maxLifetimeSeconds must be at least ttl.seconds, which must not be -1 (for ever)"))
        }
        seconds => Ok(seconds),
    }
}

fn parameter(declared: &api::Parameter) -> Result<Parameter, Refusal> {
    let pattern = filled(&declared.pattern);
    if let Some(pattern) = pattern.as_deref().filter(|pattern| parameter::anchored(pattern).is_err()) {
        let message = format!("pattern of parameter \"{}\" must be a regular expression: {pattern}", declared.name);
        return Err(Refusal::spec(message));
    }
    Ok(Parameter {
        name: declared.name.clone(),
        description: declared.description.clone(),
        required: declared.required,
        default: declared.default.clone(),
        kind: match declared.kind {
            api::ParameterType::String => ParameterType::String,
            api::ParameterType::Integer => ParameterType::Integer,
            api::ParameterType::Boolean => ParameterType::Boolean,
        },
        allowed: declared.allowed.clone(),
        pattern,
        max_length: declared.max_length.map(count),
    })
}

fn duration(field: &str, text: Option<&str>) -> Result<Option<u32>, Refusal> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let accepted = || Refusal::spec(format!("{field} must be a duration such as 90s, 15m or 1h, not \"{text}\""));
    seconds(text).map(Some).ok_or_else(accepted)
}

/// Reads a Go duration (`1h30m`, `90s`, `1.5h`) as whole seconds, at least one.
#[must_use]
pub fn seconds(text: &str) -> Option<u32> {
    let duration: jiff::SignedDuration = text.parse().ok()?;
    let seconds = duration.as_secs() + i64::from(duration.subsec_nanos() > 0);
    u32::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}
