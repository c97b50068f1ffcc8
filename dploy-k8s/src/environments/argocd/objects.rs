//! A release as an Application.

use dploy_core::environments::{
    naming,
    ports::Release,
    settings::Revision,
    template::{Chart, ChartSource, GitReference, OciVersion},
};
use kube::api::ObjectMeta;

use crate::{
    environments::{
        isolation::pod_security_labels,
        release::{instance_annotation, registry, release_key},
    },
    foreign::{
        Values,
        argocd::{
            Application, ApplicationDestination, ApplicationSource, ApplicationSpec, AutomatedSync, HelmSource,
            NamespaceMetadata, RESOURCES_FINALIZER, Retry, RetryBackoff, SyncPolicy,
        },
    },
};

/// How often a sync that fails is tried again.
const SYNC_RETRIES: i64 = 3;
/// Argo CD's option to make the namespace that it deploys to.
const CREATE_NAMESPACE: &str = "CreateNamespace=true";

/// The Application of a release. `home` is the namespace that the platform itself lives in.
pub(super) fn application(release: &Release, home: &str) -> Application {
    let key = release_key(&release.reference, home);
    let template = &release.revision.template;
    let settings = &release.revision.settings.argocd;
    let values = release.values.as_ref().and_then(|values| values.as_value().as_object());
    let helm = HelmSource {
        release_name: Some(naming::release_name(&release.reference.instance.name)),
        value_files: value_files(&template.chart, &template.value_files),
        values_object: values.map(|values| Values::from(values.clone())),
    };
    Application {
        metadata: ObjectMeta {
            name: Some(key.name),
            namespace: key.namespace,
            labels: Some(release.labels.clone()),
            annotations: Some(instance_annotation(&release.reference)),
            finalizers: Some(vec![RESOURCES_FINALIZER.to_owned()]),
            ..ObjectMeta::default()
        },
        spec: ApplicationSpec {
            project: settings.project.clone(),
            source: Some(ApplicationSource { helm: Some(helm), ..source(&template.chart) }),
            destination: ApplicationDestination {
                server: Some(settings.server.clone()),
                namespace: Some(release.target_namespace.clone()),
            },
            sync_policy: Some(sync_policy(&release.revision)),
        },
        status: None,
    }
}

/// Where a chart comes from, as Argo CD writes it.
pub(in crate::environments) fn source(chart: &Chart) -> ApplicationSource {
    let repo_url = chart.repo_url.clone();
    match &chart.source {
        ChartSource::Git { path, reference } => ApplicationSource {
            repo_url,
            path: Some(if path.is_empty() { "." } else { path }.to_owned()),
            target_revision: Some(git(reference)),
            ..ApplicationSource::default()
        },
        ChartSource::Helm { chart, version } => ApplicationSource {
            repo_url,
            chart: Some(chart.clone()),
            target_revision: Some(version.clone().unwrap_or_else(|| "*".to_owned())),
            ..ApplicationSource::default()
        },
        ChartSource::Oci { chart, version: OciVersion::Tag(version) | OciVersion::Semver(version) } => {
            let (registry, name) = registry(&repo_url, chart);
            ApplicationSource {
                repo_url: registry.strip_prefix("oci://").unwrap_or(&registry).to_owned(),
                chart: Some(name),
                target_revision: Some(version.clone()),
                ..ApplicationSource::default()
            }
        }
    }
}

/// Argo CD takes `1.2` for a version range before it looks for a reference of that name; a full name is none.
fn git(reference: &GitReference) -> String {
    match reference {
        GitReference::Branch(branch) => format!("refs/heads/{branch}"),
        GitReference::Tag(tag) => format!("refs/tags/{tag}"),
        GitReference::Semver(text) | GitReference::Commit(text) | GitReference::Name(text) => text.clone(),
    }
}

fn value_files(chart: &Chart, files: &[String]) -> Vec<String> {
    let in_repository = matches!(chart.source, ChartSource::Git { .. });
    let path = |file: &String| if in_repository { format!("/{}", file.trim_start_matches('/')) } else { file.clone() };
    files.iter().map(path).collect()
}

fn sync_policy(revision: &Revision) -> SyncPolicy {
    // The operator makes the namespace, with all of its isolation, in its own cluster only.
    let namespace = revision.settings.argocd.is_away().then(|| {
        let isolation = revision.settings.isolation_of(&revision.template);
        NamespaceMetadata { labels: pod_security_labels(isolation.as_ref()), ..NamespaceMetadata::default() }
    });
    automatic(namespace)
}

/// Syncs by itself, prunes, undoes what others change and tries again what fails; where `namespace` says what a
/// namespace carries, Argo CD makes it.
pub(in crate::environments) fn automatic(namespace: Option<NamespaceMetadata>) -> SyncPolicy {
    SyncPolicy {
        automated: Some(AutomatedSync { prune: Some(true), self_heal: Some(true) }),
        retry: Some(Retry {
            limit: Some(SYNC_RETRIES),
            backoff: Some(RetryBackoff {
                duration: Some("5s".to_owned()),
                factor: Some(2),
                max_duration: Some("3m".to_owned()),
            }),
        }),
        sync_options: namespace.iter().map(|_| CREATE_NAMESPACE.to_owned()).collect(),
        managed_namespace_metadata: namespace.filter(|namespace| *namespace != NamespaceMetadata::default()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dploy_core::{json::Json, testing::builders};
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn release(chart: Chart) -> Release {
        let mut release = builders::release("blog", "chart", "jane-blog");
        Arc::make_mut(&mut release.revision).template.chart = chart;
        release
    }

    fn git_chart(reference: GitReference) -> Chart {
        Chart {
            repo_url: "https://git.example.org/charts.git".to_owned(),
            secret: None,
            source: ChartSource::Git { path: "charts/blog".to_owned(), reference },
        }
    }

    fn written(release: &Release) -> Value {
        serde_json::to_value(application(release, builders::NAMESPACE)).unwrap()
    }

    #[rstest]
    #[case(GitReference::Branch("1.x".into()), "refs/heads/1.x")]
    #[case(GitReference::Tag("1.2".into()), "refs/tags/1.2")]
    #[case(GitReference::Semver(">=1.2".into()), ">=1.2")]
    #[case(GitReference::Commit("0123456789abcdef0123456789abcdef01234567".into()), "0123456789abcdef0123456789abcdef01234567")]
    #[case(GitReference::Name("refs/pull/7/head".into()), "refs/pull/7/head")]
    fn a_git_reference_is_told_exactly(#[case] reference: GitReference, #[case] expected: &str) {
        let source = source(&git_chart(reference));
        assert_eq!((source.path.as_deref(), source.target_revision.as_deref()), (Some("charts/blog"), Some(expected)));
    }

    #[rstest]
    #[case("oci://registry.example.org/charts", "blog", "registry.example.org/charts")]
    #[case("oci://registry.example.org/charts/blog", "", "registry.example.org/charts")]
    fn a_registry_is_written_without_its_scheme(#[case] url: &str, #[case] chart: &str, #[case] expected: &str) {
        let version = OciVersion::Semver("1.x".to_owned());
        let source = source(&Chart {
            repo_url: url.to_owned(),
            secret: None,
            source: ChartSource::Oci { chart: chart.to_owned(), version },
        });
        let expected = json!({ "repoURL": expected, "chart": "blog", "targetRevision": "1.x" });
        assert_eq!(serde_json::to_value(source).unwrap(), expected);
    }

    #[test]
    fn an_application_syncs_by_itself_into_the_workload_namespace_and_uninstalls_when_deleted() {
        let chart = ChartSource::Helm { chart: "blog".to_owned(), version: None };
        let mut release =
            release(Chart { repo_url: "https://charts.example.org".to_owned(), secret: None, source: chart });
        release.reference.engine_namespace = "argocd".to_owned();
        release.values = Some(Json::from(json!({ "replicas": 2 })));
        Arc::make_mut(&mut release.revision).template.value_files = vec!["big.yaml".to_owned()];
        let object = written(&release);
        assert_eq!(object["metadata"]["namespace"], "argocd");
        assert_eq!(object["metadata"]["name"], "jane-blog");
        assert_eq!(object["metadata"]["finalizers"], json!([RESOURCES_FINALIZER]));
        assert_eq!(object["metadata"].get("ownerReferences"), None);
        let spec = json!({
            "project": "dploy",
            "source": {
                "repoURL": "https://charts.example.org", "chart": "blog", "targetRevision": "*",
                "helm": { "releaseName": "jane-blog", "valueFiles": ["big.yaml"], "valuesObject": { "replicas": 2 } },
            },
            "destination": { "server": "https://kubernetes.default.svc", "namespace": release.target_namespace },
            "syncPolicy": {
                "automated": { "prune": true, "selfHeal": true },
                "retry": { "limit": 3, "backoff": { "duration": "5s", "factor": 2, "maxDuration": "3m" } },
            },
        });
        assert_eq!(object["spec"], spec);
    }

    #[test]
    fn instances_of_other_namespaces_do_not_meet_in_one_name() {
        let mut release = release(git_chart(GitReference::Branch("main".to_owned())));
        release.reference.engine_namespace = "argocd".to_owned();
        release.reference.namespace = "team-a".to_owned();
        let name = |release: &Release| written(release)["metadata"]["name"].as_str().unwrap().to_owned();
        let first = name(&release);
        release.reference.namespace = "team-b".to_owned();
        assert!(first.starts_with("jane-blog-") && first != name(&release), "{first}");
    }

    #[test]
    fn project_and_server_are_the_configured_ones_and_value_files_lie_in_the_repository() {
        let mut release = release(git_chart(GitReference::Branch("main".to_owned())));
        let revision = Arc::make_mut(&mut release.revision);
        revision.settings.argocd.project = "labs".to_owned();
        revision.settings.argocd.server = "https://10.0.0.1".to_owned();
        revision.template.value_files = vec!["charts/blog/big.yaml".to_owned()];
        let spec = &written(&release)["spec"];
        assert_eq!((&spec["project"], &spec["destination"]["server"]), (&json!("labs"), &json!("https://10.0.0.1")));
        assert_eq!(spec["syncPolicy"]["syncOptions"], json!(["CreateNamespace=true"]));
        let labels = &spec["syncPolicy"]["managedNamespaceMetadata"]["labels"];
        assert_eq!(labels["pod-security.kubernetes.io/enforce"], "baseline", "{labels}");
        assert_eq!(labels.as_object().unwrap().len(), 2, "nothing marks it as ours: it is never removed: {labels}");
        assert_eq!(spec["source"]["helm"]["valueFiles"], json!(["/charts/blog/big.yaml"]));
    }
}
