use std::sync::Arc;

use dploy_core::testing::builders;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::cluster::{ObjectKey as Key, labels::INSTANCE_KEY};

/// A release of `jane-blog` whose chart is as given.
fn release(repo_url: &str, source: ChartSource) -> Release {
    edited(|release| {
        let revision = Arc::make_mut(&mut release.revision);
        revision.template.chart = Chart { repo_url: repo_url.to_owned(), source, secret: None };
    })
}

fn edited(edit: impl FnOnce(&mut Release)) -> Release {
    let mut release = builders::release("blog", "chart", "jane-blog");
    edit(&mut release);
    release
}

fn revision(edit: impl FnOnce(&mut dploy_core::environments::settings::Revision)) -> Release {
    edited(|release| edit(Arc::make_mut(&mut release.revision)))
}

fn git_chart(reference: GitReference) -> Release {
    release("https://git.example.org/charts.git", ChartSource::Git { path: "charts/blog".to_owned(), reference })
}

fn oci_chart(chart: &str, version: OciVersion) -> Release {
    release("oci://registry.example.org/charts", ChartSource::Oci { chart: chart.to_owned(), version })
}

fn source_json(release: &Release) -> Value {
    match source(release) {
        Source::Git(source) => serde_json::to_value(source),
        Source::Helm(source) => serde_json::to_value(source),
        Source::Oci(source) => serde_json::to_value(source),
    }
    .unwrap()
}

fn release_json(release: &Release) -> Value {
    serde_json::to_value(helm_release(release, &source(release), "dploy-system")).unwrap()
}

fn source_name(release: &Release) -> String {
    source_json(release)["metadata"]["name"].as_str().unwrap().to_owned()
}

#[test]
fn s40_a_release_is_installed_into_and_recorded_in_the_workload_namespace() {
    let release = builders::release("blog", "chart", "jane-blog");
    let object = release_json(&release);
    let name = source_name(&release);
    assert_eq!(object["apiVersion"], "helm.toolkit.fluxcd.io/v2");
    assert_eq!(object["metadata"]["name"], "jane-blog");
    assert_eq!(object["metadata"]["namespace"], builders::NAMESPACE);
    assert_eq!(
        object["spec"],
        json!({
            "chart": { "spec": {
                "chart": "chart", "version": "*", "sourceRef": { "kind": "HelmRepository", "name": name },
            }},
            "releaseName": "jane-blog",
            "targetNamespace": release.target_namespace,
            "storageNamespace": release.target_namespace,
            "interval": "5m0s",
            "install": { "remediation": { "retries": 3 } },
            "values": { "replicas": 1, "image": { "tag": "1.0" } },
        })
    );
}

#[test]
fn s40_a_release_beside_its_instance_is_controlled_by_it() {
    let owner = release_owner(&builders::release("blog", "chart", "jane-blog").reference);
    let text = format!("{owner:?}");
    assert!(text.contains("DployInstance") && text.contains("controller: Some(true)"), "{text}");
}

#[rstest]
#[case(GitReference::Branch("main".into()), json!({ "branch": "main" }))]
#[case(GitReference::Tag("v1".into()), json!({ "tag": "v1" }))]
#[case(GitReference::Semver(">=1.0".into()), json!({ "semver": ">=1.0" }))]
#[case(GitReference::Name("refs/pull/1/head".into()), json!({ "name": "refs/pull/1/head" }))]
#[case(GitReference::Commit("a".repeat(40)), json!({ "commit": "a".repeat(40) }))]
fn s42_d16_a_git_chart_comes_from_the_commit_that_its_reference_names(
    #[case] reference: GitReference,
    #[case] wanted: Value,
) {
    let release = git_chart(reference);
    let source = source_json(&release);
    assert_eq!(source["kind"], "GitRepository");
    assert_eq!(source["spec"]["url"], "https://git.example.org/charts.git");
    assert_eq!(source["spec"]["ref"], wanted);
    let chart = &release_json(&release)["spec"]["chart"]["spec"];
    assert_eq!(chart["chart"], "charts/blog");
    assert_eq!(chart["version"], Value::Null);
}

#[test]
fn s41_s42_d15_a_helm_chart_without_a_version_is_the_newest() {
    let chart = |version: Option<&str>| ChartSource::Helm { chart: "blog".into(), version: version.map(str::to_owned) };
    let newest = release("https://charts.example.org", chart(None));
    assert_eq!(source_json(&newest)["kind"], "HelmRepository");
    assert_eq!(
        source_json(&newest)["spec"],
        json!({ "url": "https://charts.example.org", "type": "default", "interval": "5m0s" })
    );
    assert_eq!(release_json(&newest)["spec"]["chart"]["spec"]["version"], "*");
    let pinned = release("https://charts.example.org", chart(Some("1.2.3")));
    assert_eq!(release_json(&pinned)["spec"]["chart"]["spec"]["version"], "1.2.3");
    assert_eq!(source_name(&newest), source_name(&pinned), "a version is not a matter of the index");
}

#[test]
fn s41_an_oci_chart_is_an_artifact_that_the_release_refers_to() {
    let release = oci_chart("blog", OciVersion::Tag("1.2.3+build.1".into()));
    let source = source_json(&release);
    assert_eq!(source["kind"], "OCIRepository");
    assert_eq!(source["spec"]["url"], "oci://registry.example.org/charts/blog");
    assert_eq!(source["spec"]["ref"], json!({ "tag": "1.2.3_build.1" }));
    assert_eq!(source["spec"]["insecure"], Value::Null);
    let object = release_json(&release);
    assert_eq!(object["spec"]["chartRef"], json!({ "kind": "OCIRepository", "name": source_name(&release) }));
    assert_eq!(object["spec"]["chart"], Value::Null);
    let range = source_json(&oci_chart("blog", OciVersion::Semver("*".into())));
    assert_eq!(range["spec"]["ref"], json!({ "semver": "*" }));
}

#[test]
fn s41_an_oci_chart_may_be_named_by_its_url() {
    let chart = ChartSource::Oci { chart: String::new(), version: OciVersion::Tag("1".into()) };
    let source = source_json(&release("oci://127.0.0.1:5000/charts/blog/", chart));
    assert_eq!(source["spec"]["url"], "oci://127.0.0.1:5000/charts/blog");
    assert_eq!(source["spec"]["insecure"], true);
}

#[test]
fn s41_value_files_are_passed_through_also_from_a_registry() {
    let mut release = oci_chart("", OciVersion::Semver("1.x".into()));
    Arc::make_mut(&mut release.revision).template.value_files = vec!["values-small.yaml".into()];
    let source = source_json(&release);
    assert_eq!(source["kind"], "HelmRepository");
    assert_eq!(source["spec"], json!({ "url": "oci://registry.example.org", "type": "oci", "interval": "5m0s" }));
    let chart = &release_json(&release)["spec"]["chart"]["spec"];
    assert_eq!((&chart["chart"], &chart["version"]), (&json!("charts"), &json!("1.x")));
    assert_eq!(chart["valuesFiles"], json!(["values-small.yaml"]));
}

#[test]
fn s41_d26_a_long_instance_name_gives_a_release_name_of_at_most_53() {
    let release = edited(|release| release.reference.instance.name = "a".repeat(200));
    assert_eq!(release_json(&release)["spec"]["releaseName"].as_str().unwrap().len(), 53);
}

#[rstest]
#[case(git_chart(GitReference::Branch("main".into())))]
#[case(builders::release("blog", "chart", "jane-blog"))]
#[case(oci_chart("blog", OciVersion::Tag("1".into())))]
fn s42_a_private_source_names_its_secret_and_is_not_shared_with_a_public_one(#[case] public: Release) {
    assert_eq!(source_json(&public)["spec"]["secretRef"], Value::Null);
    let mut private = public.clone();
    Arc::make_mut(&mut private.revision).template.chart.secret = Some("credentials".into());
    assert_eq!(source_json(&private)["spec"]["secretRef"], json!({ "name": "credentials" }));
    assert_ne!(source_name(&private), source_name(&public));
}

#[test]
fn s64_releases_of_one_chart_share_one_source() {
    let source = |instance: &str| source(&builders::release("blog", "chart", instance));
    assert_eq!(source("jane-blog"), source("john-blog"));
}

#[test]
fn an_edit_of_what_a_source_says_makes_another_one() {
    let base = source_name(&builders::release("blog", "chart", "jane-blog"));
    assert!(base.starts_with("blog-"), "{base}");
    let values = revision(|revision| revision.template.values_template = "replicas: 3".into());
    assert_eq!(source_name(&values), base, "values are no matter of the source");
    let others = [
        revision(|revision| revision.template.chart.repo_url = "https://other.example.org".into()),
        revision(|revision| revision.settings.flux.interval_seconds = 60),
        revision(|revision| revision.template.uid = "another".into()),
        edited(|release| release.reference.namespace = "elsewhere".into()),
    ];
    for other in others {
        assert_ne!(source_name(&other), base);
    }
}

#[test]
fn in_a_namespace_of_its_own_nothing_refers_to_an_owner_and_names_do_not_meet() {
    let mut release = edited(|release| release.reference.engine_namespace = "flux-system".into());
    assert_eq!(template_reference(&release), None);
    assert!(!format!("{:?}", release_owner(&release.reference)).contains("DployInstance"));
    let home = release_key(&release.reference, builders::NAMESPACE);
    assert_eq!(home, Key::namespaced("flux-system", "jane-blog"));
    release.reference.namespace = "team-a".into();
    let other = release_key(&release.reference, builders::NAMESPACE);
    assert!(other.name.starts_with("jane-blog-"), "{other}");
    assert_eq!(release_json(&release)["metadata"]["annotations"][INSTANCE_KEY], "team-a/jane-blog");
}

#[test]
fn a_template_without_uid_owns_by_its_name() {
    let release = revision(|revision| revision.template.uid = String::new());
    assert_eq!(source_owner(&release), "dploy-system/blog");
    assert_eq!(template_reference(&release), None);
}

#[test]
fn the_source_of_a_release_is_found_again() {
    for release in [git_chart(GitReference::Branch("main".into())), oci_chart("blog", OciVersion::Tag("1".into()))] {
        let source = source(&release);
        let key = match &source {
            Source::Git(source) => SourceKey::of(source),
            Source::Helm(source) => SourceKey::of(source),
            Source::Oci(source) => SourceKey::of(source),
        };
        assert_eq!(SourceKey::referenced(&helm_release(&release, &source, "dploy-system")), Some(key));
    }
}

#[rstest]
#[case(0, "0s")]
#[case(45, "45s")]
#[case(300, "5m0s")]
#[case(5_400, "1h30m0s")]
#[case(86_401, "24h0m1s")]
fn durations_are_written_as_go_does(#[case] seconds: u32, #[case] text: &str) {
    assert_eq!(go_duration(seconds), text);
}
