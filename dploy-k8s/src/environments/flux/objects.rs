//! A release as Flux objects.

use std::collections::BTreeMap;

use dploy_core::{
    environments::{
        ObjectKey,
        naming::{self, label_value},
        ports::{Release, ReleaseRef},
        template::{Chart, ChartSource, GitReference, OciVersion},
    },
    id::digest,
    name::{SUBDOMAIN_MAX, suffixed},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{Resource, api::ObjectMeta};

use crate::{
    api::{DployInstance, DployTemplate},
    cluster::{Owner, labels},
    environments::release::{instance_annotation, registry, release_key},
    foreign::flux::{
        ChartReference, GitRepository, GitRepositoryRef, GitRepositorySpec, HelmChartTemplate, HelmChartTemplateSpec,
        HelmRelease, HelmReleaseSpec, HelmRepository, HelmRepositorySpec, HelmRepositoryType, Install, LayerSelector,
        LocalObjectReference, OciRepository, OciRepositoryRef, OciRepositorySpec, Remediation, SourceReference, Values,
        is_plain_http,
    },
};

use super::{REVISIONS, TEMPLATE_KEY};

/// How often an installation that fails is uninstalled and tried again.
pub(super) const INSTALL_RETRIES: i64 = 3;

/// Where the chart of a release comes from, as one of the three kinds of source.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Source {
    Git(GitRepository),
    Helm(HelmRepository),
    Oci(OciRepository),
}

/// Which source is meant: kind, namespace and name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct SourceKey {
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl SourceKey {
    pub(super) fn of<K: Resource<DynamicType = ()>>(source: &K) -> Self {
        let meta = source.meta();
        Self {
            kind: K::kind(&()).into_owned(),
            namespace: meta.namespace.clone().unwrap_or_default(),
            name: meta.name.clone().unwrap_or_default(),
        }
    }

    /// The source that a HelmRelease takes its chart from.
    pub(super) fn referenced(release: &HelmRelease) -> Option<Self> {
        let spec = &release.spec;
        let chart = spec.chart.as_ref().map(|chart| &chart.spec.source_ref);
        let (kind, name, namespace) = match (chart, &spec.chart_ref) {
            (Some(source), _) => (&source.kind, &source.name, &source.namespace),
            (None, Some(source)) => (&source.kind, &source.name, &source.namespace),
            (None, None) => return None,
        };
        let namespace = namespace.as_ref().or(release.metadata.namespace.as_ref());
        Some(Self { kind: kind.clone(), namespace: namespace.cloned().unwrap_or_default(), name: name.clone() })
    }
}

impl std::fmt::Display for SourceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// Whose the source of a release is, as the uid that it carries.
///
/// A template that was read from a file has no uid; its full name stands for it.
pub(super) fn source_owner(release: &Release) -> String {
    let template = &release.revision.template;
    if template.uid.is_empty() { template_key(release).to_string() } else { template.uid.clone() }
}

/// The template that a release is of.
pub(super) fn template_key(release: &Release) -> ObjectKey {
    ObjectKey::new(&release.reference.namespace, &release.revision.template.name)
}

/// The reference by which a source goes with its template, where both share a namespace.
pub(super) fn template_reference(release: &Release) -> Option<OwnerReference> {
    let template = &release.revision.template;
    let together = release.reference.engine_namespace == release.reference.namespace;
    (together && !template.uid.is_empty()).then(|| OwnerReference {
        api_version: DployTemplate::api_version(&()).into_owned(),
        kind: DployTemplate::kind(&()).into_owned(),
        name: template.name.clone(),
        uid: template.uid.clone(),
        ..OwnerReference::default()
    })
}

/// Whose the HelmRelease of an instance is.
pub(super) fn release_owner(reference: &ReleaseRef) -> Owner {
    let owner = Owner::new(&reference.instance.uid);
    if reference.engine_namespace != reference.namespace {
        return owner;
    }
    owner.with_reference(OwnerReference {
        api_version: DployInstance::api_version(&()).into_owned(),
        kind: DployInstance::kind(&()).into_owned(),
        name: reference.instance.name.clone(),
        uid: reference.instance.uid.clone(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    })
}

/// The source of a release; the same for all releases that can share it.
pub(super) fn source(release: &Release) -> Source {
    let chart = &release.revision.template.chart;
    let interval = interval(release);
    let has_files = !release.revision.template.value_files.is_empty();
    match &chart.source {
        ChartSource::Git { reference, .. } => Source::Git(named(release, |meta| GitRepository {
            metadata: meta,
            spec: GitRepositorySpec {
                url: chart.repo_url.clone(),
                reference: Some(git(reference)),
                secret_ref: secret(chart),
                interval,
            },
            status: None,
        })),
        ChartSource::Helm { .. } => {
            Source::Helm(repository(release, chart.repo_url.clone(), HelmRepositoryType::Default))
        }
        // A chartRef has no place for value files; the older way to use a registry has.
        ChartSource::Oci { chart: name, .. } if has_files => {
            Source::Helm(repository(release, registry(&chart.repo_url, name).0, HelmRepositoryType::Oci))
        }
        ChartSource::Oci { chart: name, version } => {
            let (url, name) = registry(&chart.repo_url, name);
            Source::Oci(artifact(release, format!("{url}/{name}"), version, interval))
        }
    }
}

fn repository(release: &Release, url: String, kind: HelmRepositoryType) -> HelmRepository {
    // The server fills `default` in; naming it makes the comparison with what is stored complete.
    let secret_ref = secret(&release.revision.template.chart);
    let spec = HelmRepositorySpec { url, kind: Some(kind), secret_ref, interval: Some(interval(release)) };
    named(release, |metadata| HelmRepository { metadata, spec, status: None })
}

fn artifact(release: &Release, url: String, version: &OciVersion, interval: String) -> OciRepository {
    let reference = match version {
        // A tag cannot hold the `+` of a version; Helm writes `_` for it.
        OciVersion::Tag(tag) => OciRepositoryRef { tag: Some(tag.replace('+', "_")), ..OciRepositoryRef::default() },
        OciVersion::Semver(range) => OciRepositoryRef { semver: Some(range.clone()), ..OciRepositoryRef::default() },
    };
    named(release, |metadata| OciRepository {
        metadata,
        spec: OciRepositorySpec {
            insecure: is_plain_http(&url).then_some(true),
            url,
            reference: Some(reference),
            secret_ref: secret(&release.revision.template.chart),
            interval,
            layer_selector: Some(LayerSelector::helm_chart()),
        },
        status: None,
    })
}

/// The Secret with the credentials of a chart's repository, which Flux reads beside the source.
fn secret(chart: &Chart) -> Option<LocalObjectReference> {
    chart.secret.as_ref().map(|name| LocalObjectReference { name: name.clone() })
}

fn git(reference: &GitReference) -> GitRepositoryRef {
    let mut wanted = GitRepositoryRef::default();
    let (field, value) = match reference {
        GitReference::Branch(branch) => (&mut wanted.branch, branch),
        GitReference::Tag(tag) => (&mut wanted.tag, tag),
        GitReference::Semver(range) => (&mut wanted.semver, range),
        GitReference::Commit(commit) => (&mut wanted.commit, commit),
        GitReference::Name(name) => (&mut wanted.name, name),
    };
    *field = Some(value.clone());
    wanted
}

/// Makes a source and names it by what it says and whose it is.
fn named<K>(release: &Release, make: impl FnOnce(ObjectMeta) -> K) -> K
where
    K: Resource<DynamicType = ()> + serde::Serialize,
{
    let template = &release.revision.template;
    let mut source = make(ObjectMeta::default());
    let content = serde_json::to_vec(&source).unwrap_or_default();
    let owner = source_owner(release);
    let hash = digest(&[owner.as_bytes(), release.reference.namespace.as_bytes(), &content], 10);
    *source.meta_mut() = ObjectMeta {
        name: Some(suffixed(&template.name, &hash, SUBDOMAIN_MAX)),
        namespace: Some(release.reference.engine_namespace.clone()),
        labels: Some(BTreeMap::from([
            (labels::MANAGED.to_owned(), "true".to_owned()),
            (labels::TEMPLATE.to_owned(), label_value(&template.name)),
        ])),
        annotations: Some(BTreeMap::from([
            (TEMPLATE_KEY.to_owned(), template_key(release).to_string()),
            (REVISIONS.to_owned(), release.revision.name.clone()),
        ])),
        ..ObjectMeta::default()
    };
    source
}

/// The HelmRelease of a release whose chart comes from `source`.
pub(super) fn helm_release(release: &Release, source: &Source, home: &str) -> HelmRelease {
    let key = release_key(&release.reference, home);
    let template = &release.revision.template;
    let (chart, chart_ref) = chart(&template.chart, &template.value_files, source);
    let values = release.values.as_ref().and_then(|values| values.as_value().as_object());
    HelmRelease {
        metadata: ObjectMeta {
            name: Some(key.name),
            namespace: key.namespace,
            labels: Some(release.labels.clone()),
            annotations: Some(instance_annotation(&release.reference)),
            ..ObjectMeta::default()
        },
        spec: HelmReleaseSpec {
            chart,
            chart_ref,
            release_name: Some(naming::release_name(&release.reference.instance.name)),
            target_namespace: Some(release.target_namespace.clone()),
            storage_namespace: Some(release.target_namespace.clone()),
            service_account_name: release.revision.settings.flux.service_account.clone(),
            interval: interval(release),
            timeout: None,
            install: Some(Install {
                create_namespace: None,
                remediation: Some(Remediation { retries: Some(INSTALL_RETRIES) }),
            }),
            values: values.map(|values| Values::from(values.clone())),
        },
        status: None,
    }
}

fn chart(
    chart: &Chart,
    value_files: &[String],
    source: &Source,
) -> (Option<HelmChartTemplate>, Option<ChartReference>) {
    let SourceKey { kind, name, .. } = match source {
        Source::Git(source) => SourceKey::of(source),
        Source::Helm(source) => SourceKey::of(source),
        Source::Oci(source) => {
            let SourceKey { kind, name, .. } = SourceKey::of(source);
            return (None, Some(ChartReference { kind, name, namespace: None }));
        }
    };
    let (chart, version) = match &chart.source {
        ChartSource::Git { path, .. } => (if path.is_empty() { "." } else { path }.to_owned(), None),
        ChartSource::Helm { chart, version } => {
            (chart.clone(), Some(version.clone().unwrap_or_else(|| "*".to_owned())))
        }
        ChartSource::Oci { chart: name, version: OciVersion::Tag(version) | OciVersion::Semver(version) } => {
            (registry(&chart.repo_url, name).1, Some(version.clone()))
        }
    };
    let source_ref = SourceReference { kind, name, namespace: None };
    let spec = HelmChartTemplateSpec { chart, version, values_files: value_files.to_vec(), source_ref, interval: None };
    (Some(HelmChartTemplate { spec }), None)
}

fn interval(release: &Release) -> String {
    go_duration(release.revision.settings.flux.interval_seconds)
}

/// Seconds as Go writes a duration (`time.Duration.String`): Flux writes it so when it writes the object itself.
fn go_duration(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests;
