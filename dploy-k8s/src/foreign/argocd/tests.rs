use serde_json::json;

use super::*;

#[test]
fn a_stored_application_reads_with_what_is_not_known_left_out() {
    let mut live: Application = serde_json::from_value(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": { "name": "jane-blog", "namespace": "argocd", "managedFields": [{}] },
        "spec": {
            "project": "dploy", "revisionHistoryLimit": 3,
            "source": { "repoURL": "https://charts", "chart": "blog", "helm": { "valuesObject": { "a": 1.0 }, "skipCrds": true } },
            "destination": { "server": "https://kubernetes.default.svc", "namespace": "n" },
        },
        "operation": { "sync": {} },
        "status": {
            "reconciledAt": "2026-01-01T00:00:00Z",
            "sync": { "status": "Synced", "revision": "1.0.0", "comparedTo": {
                "source": { "repoURL": "https://charts", "chart": "blog", "helm": { "valuesObject": { "a": 1 } } },
                "destination": { "server": "https://kubernetes.default.svc", "namespace": "n" },
            } },
            "health": { "status": "Healthy", "lastTransitionTime": "2026-01-01T00:00:00Z" },
            "operationState": { "phase": "Succeeded", "operation": {}, "startedAt": "2026-01-01T00:00:00Z", "syncResult": { "revision": "x" } },
        },
    }))
    .unwrap();
    let whole = live.clone();
    live.trim();
    let source = live.spec.source.as_ref().unwrap();
    let compared = live.status.as_ref().unwrap().sync.as_ref().unwrap().compared_to.as_ref().unwrap();
    assert!(serde_json::to_value(source).unwrap()["helm"]["valuesObject"].is_string(), "a cache keeps a digest");
    assert_eq!(compared.source.as_ref(), Some(source));
    assert!(source.same(whole.spec.source.as_ref().unwrap()));
    let mut other = whole.spec.source.unwrap();
    other.target_revision = Some("1.0.0".to_owned());
    assert!(!source.same(&other));
}

#[test]
fn only_what_is_set_is_written() {
    let spec = ApplicationSpec {
        project: "dploy".to_owned(),
        source: Some(ApplicationSource { repo_url: "https://charts".to_owned(), ..ApplicationSource::default() }),
        sync_policy: Some(SyncPolicy {
            automated: Some(AutomatedSync { prune: Some(true), self_heal: Some(true) }),
            ..SyncPolicy::default()
        }),
        ..ApplicationSpec::default()
    };
    let written = json!({
        "project": "dploy", "source": { "repoURL": "https://charts" }, "destination": {},
        "syncPolicy": { "automated": { "prune": true, "selfHeal": true } },
    });
    assert_eq!(serde_json::to_value(&spec).unwrap(), written);
}
