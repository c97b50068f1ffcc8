use dploy_core::{
    environments::{
        instance::InstancePhase,
        isolation::IsolationLevel,
        lifetime::Terms,
        plan::binding::bound_status,
        settings::Fallbacks,
        template::{ChartSource, EngineKind, GitReference, OciVersion},
    },
    testing::builders,
    time::Timestamp,
};
use rstest::rstest;

use crate::api::{DployInstance, DployInstanceClaim, DployTemplate};

use super::{claim, claim_with_status, effective_spec, instance, instance_with_status, settings, template};

fn chart(yaml: &str) -> ChartSource {
    let object: DployTemplate =
        yaml_serde::from_str(&format!("metadata: {{ name: t }}\nspec: {{ chart: {yaml} }}")).unwrap();
    template(&object).unwrap().chart.source
}

fn git(reference: GitReference) -> ChartSource {
    ChartSource::Git { path: "c".into(), reference }
}

#[rstest]
#[case("{ repoURL: r, path: c }", git(GitReference::Branch("main".into())))]
#[case("{ repoURL: r, path: c, targetRevision: dev }", git(GitReference::Branch("dev".into())))]
#[case("{ repoURL: r, path: c, targetRevision: 0123456789abcdef0123456789abcdef01234567 }", git(GitReference::Commit("0123456789abcdef0123456789abcdef01234567".into())))]
#[case("{ repoURL: r, path: c, targetRevision: refs/tags/v1 }", git(GitReference::Name("refs/tags/v1".into())))]
#[case("{ repoURL: r, path: c, ref: { tag: v1 } }", git(GitReference::Tag("v1".into())))]
#[case("{ repoURL: r, path: c, ref: { semver: '>=1' } }", git(GitReference::Semver(">=1".into())))]
#[case("{ type: helm, repoURL: r, chart: c }", ChartSource::Helm { chart: "c".into(), version: None })]
#[case("{ type: helm, repoURL: r, chart: c, targetRevision: main }", ChartSource::Helm { chart: "c".into(), version: None })]
#[case("{ type: helm, repoURL: r, chart: c, targetRevision: 1.2.3 }", ChartSource::Helm { chart: "c".into(), version: Some("1.2.3".into()) })]
#[case("{ type: helm, repoURL: r, chart: c, path: p }", ChartSource::Helm { chart: "p".into(), version: None })]
#[case("{ type: helm, repoURL: 'oci://r', chart: c }", ChartSource::Oci { chart: "c".into(), version: OciVersion::Semver("*".into()) })]
#[case("{ type: helm, repoURL: 'oci://r', chart: c, targetRevision: 1.2.3 }", ChartSource::Oci { chart: "c".into(), version: OciVersion::Tag("1.2.3".into()) })]
#[case("{ type: helm, repoURL: 'oci://r', chart: c, targetRevision: 1.x }", ChartSource::Oci { chart: "c".into(), version: OciVersion::Semver("1.x".into()) })]
fn s42_charts_are_read_as_documented(#[case] yaml: &str, #[case] expected: ChartSource) {
    assert_eq!(chart(yaml), expected);
}

#[rstest]
#[case("chart: { repoURL: r }", "path")]
#[case("chart: { repoURL: r, path: c }, method: pool", "pool is required")]
#[case("chart: { repoURL: r, path: c }, provisionTimeout: soon", "provisionTimeout must be a duration")]
#[case(
    "chart: { repoURL: r, path: c }, maxLifetimeSeconds: 0",
    "maxLifetimeSeconds must be a number of seconds from 1"
)]
#[case("chart: { repoURL: r, path: c }, maxLifetimeSeconds: 9, ttl: { seconds: 10 }", "at least ttl.seconds")]
#[case("chart: { repoURL: r, path: c, secretRef: { name: s } }, engine: argocd", "chart.secretRef needs engine flux")]
#[case("chart: { repoURL: r, path: c }, idleTTL: later", "idleTTL must be a duration")]
#[case("chart: { repoURL: r, path: c }, parameters: [{ name: p, pattern: '(' }]", "pattern of parameter \"p\"")]
fn a_spec_stored_under_older_rules_is_refused_with_what_is_wrong(#[case] spec: &str, #[case] message: &str) {
    let object: DployTemplate = yaml_serde::from_str(&format!("metadata: {{ name: t }}\nspec: {{ {spec} }}")).unwrap();
    let refusal = template(&object).unwrap_err();
    assert!(refusal.message.contains(message), "{}", refusal.message);
}

#[test]
fn a_status_reads_back_as_it_was_decided() {
    let stored: DployInstanceClaim =
        yaml_serde::from_str("metadata: { name: c, namespace: n, uid: u, resourceVersion: '1', generation: 3 }\nspec: { templateRef: t, owner: o }").unwrap();
    let mut bound = builders::instance("i", "t", InstancePhase::Ready);
    bound.status.connection.message = "hello".into();
    let terms = Terms { ttl: Some(60), extend_seconds: 5, max_extends: Some(2), ..Terms::default() };
    let decided = bound_status(&claim(&stored), &bound, terms, Timestamp::from_unix_seconds(1_700_000_000));
    let written = claim_with_status(&stored, &decided);
    assert_eq!(claim(&written).status, decided);
    let status = written.status.clone().unwrap();
    assert_eq!((status.max_ttl_seconds, status.observed_generation), (Some(70), Some(3)));
    let kinds: Vec<_> = status.conditions.iter().map(|condition| condition.type_.as_str()).collect();
    assert!(["Accepted", "Progressing", "Bound"].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    assert_eq!(claim_with_status(&written, &decided), written, "writing it twice changes nothing");

    let stored: DployInstance =
        yaml_serde::from_str("metadata: { name: i, namespace: n }\nspec: { templateRef: t }").unwrap();
    let mut decided = bound.status.clone();
    decided.pin.as_mut().unwrap().revision = "t-1".into();
    assert_eq!(instance(&instance_with_status(&stored, &decided, "n")).status, decided);
}

#[rstest]
#[case(Terms { ttl: Some(60), extend_seconds: 5, max_extends: None, max_lifetime: Some(90), idle_seconds: Some(7) }, Some(90))]
#[case(Terms { ttl: Some(60), extend_seconds: 5, max_extends: Some(9), max_lifetime: Some(70), idle_seconds: None }, Some(70))]
#[case(Terms { ttl: None, extend_seconds: 5, idle_seconds: Some(7), ..Terms::default() }, None)]
fn granted_terms_read_back_with_their_bounds(#[case] terms: Terms, #[case] cap: Option<i64>) {
    let stored: DployInstanceClaim =
        yaml_serde::from_str("metadata: { name: c, namespace: n }\nspec: { templateRef: t, owner: o }").unwrap();
    let bound = builders::instance("i", "t", InstancePhase::Ready);
    let decided = bound_status(&claim(&stored), &bound, terms, Timestamp::from_unix_seconds(1_700_000_000));
    let written = claim_with_status(&stored, &decided);
    assert_eq!(written.status.as_ref().unwrap().max_ttl_seconds, cap);
    assert_eq!(claim(&written).status.terms, Some(terms));
}

#[test]
fn d24_settings_come_from_the_config_then_the_environment_then_the_built_in_values() {
    let spec = yaml_serde::from_str("defaults: { ttlSeconds: 60 }\nflux: { interval: 90s }").unwrap();
    let fallbacks = Fallbacks {
        ttl_seconds: Some(7),
        extend_seconds: Some(8),
        max_instances_per_user: None,
        flux_namespace: Some("flux".into()),
        isolation: Some(IsolationLevel::Restricted),
        engine: Some(EngineKind::ArgoCd),
        argocd_project: Some("labs".into()),
        ..Fallbacks::default()
    };
    let resolved = settings(&effective_spec(Some(&spec), &fallbacks));
    assert_eq!((resolved.ttl_seconds, resolved.extend_seconds, resolved.max_instances_per_user), (60, 8, 5));
    assert_eq!((resolved.engine, resolved.argocd.project.as_str()), (EngineKind::ArgoCd, "labs"));
    assert_eq!(resolved.argocd.namespace, "argocd");
    assert_eq!((resolved.flux.namespace.as_deref(), resolved.flux.interval_seconds), (Some("flux"), 90));
    assert_eq!(resolved.isolation.level, Some(IsolationLevel::Restricted));
    assert_eq!(
        settings(&effective_spec(None, &Fallbacks::default())),
        dploy_core::environments::settings::Settings::default()
    );
}
