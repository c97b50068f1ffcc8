//! Every test of this binary runs the programs under exactly the rights that their code declares, and fails where one is
//! missing; here is shown that none is too much.

use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim, DployTemplate, InstancePhase, OperatorConfig},
    cluster::Rule,
    environments::access,
    foreign::{argocd::Application, flux::HelmRelease},
    testing::{ArgoCdStub, Filter, unused},
};
use k8s_openapi::api::{apps::v1::ControllerRevision, authorization::v1::SelfSubjectAccessReview, core::v1::Namespace};
use kube::{
    Api, ResourceExt as _,
    api::{ApiResource, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams, PostParams},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    api::People,
    harness::{annotation, claim_phase, eventually},
    process::Process,
    site::{Site, chart, pool_of, run},
};

async fn merge<K: crate::harness::Namespaced>(site: &Site, name: &str, patch: Value) {
    site.objects::<K>().patch(name, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
}

/// A chart of each kind of source of Flux, and one that Argo CD installs; with its engine.
fn charts() -> [(&'static str, &'static str, Value); 4] {
    let git = json!({ "type": "git", "repoURL": "https://git.example.org/charts.git", "path": "shell" });
    [
        ("helm", "flux", chart()),
        ("git", "flux", git.clone()),
        ("oci", "flux", json!({ "type": "helm", "repoURL": "oci://registry.example.org/charts", "chart": "shell" })),
        ("argo", "argocd", git),
    ]
}

/// What users do: create, look, extend, release.
async fn use_it(site: &Site, people: &People) {
    let token = site.person("alice");
    for (name, ..) in charts() {
        assert_eq!(people.create(0, name, &token).await.unwrap().status, StatusCode::OK);
    }
    for name in ["helm", "argo"] {
        eventually("it is healthy", || async {
            let answer = people.status(0, name, &token).await.unwrap();
            (answer.body["status"] == "Healthy").then_some(())
        })
        .await;
    }
    assert_eq!(people.create(0, "pool", &token).await.unwrap().status, StatusCode::OK);
    assert_eq!(people.extend(0, "helm", &token).await.unwrap().status, StatusCode::OK);
    assert_eq!(people.ask(0, Method::GET, "/api/environments", &token).await.unwrap().status, StatusCode::OK);
    assert_eq!(people.status(0, "nothing", &token).await.unwrap().status, StatusCode::NOT_FOUND);
}

/// Others change what the operator has made; it makes it so again.
async fn drift(site: &Site, argocd: &str) {
    let applications = Api::<Application>::namespaced(site.client.clone(), argocd);
    for application in applications.list(&ListParams::default()).await.unwrap() {
        let other = Patch::Merge(json!({ "spec": { "project": "other" } }));
        applications.patch(&application.name_any(), &PatchParams::default(), &other).await.unwrap();
    }
    let releases = site.list::<HelmRelease>().await;
    for release in releases {
        let patch = json!({ "spec": { "interval": "77h" } });
        merge::<HelmRelease>(site, &release.name_any(), patch).await;
    }
    for namespace in site.workloads().await {
        let patch = json!({ "metadata": { "labels": { "dploy.dev/template": "other" } } });
        let all = Api::<Namespace>::all(site.client.clone());
        all.patch(&namespace.name_any(), &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
    }
}

/// Instances by hand, one of which says that it belongs to a claim that never was; a pool that shrinks.
async fn administer(site: &Site) {
    let by_hand = json!({ "templateRef": "helm", "owner": "by-hand" });
    site.create::<DployInstance>("bare", by_hand.clone()).await;
    adopted(site, "bare").await;
    site.delete::<DployInstance>("bare").await;
    gone(site, "bare").await;
    // The claim of the first has ended and makes room.
    site.create::<DployInstance>("bare", by_hand).await;
    adopted(site, "bare").await;
    let nobody = json!({ "name": "never", "uid": "6f1f0b0a-0000-4000-8000-000000000000" });
    site.create::<DployInstance>("stray", json!({ "templateRef": "helm", "owner": "x", "claimRef": nobody.clone() }))
        .await;
    gone(site, "stray").await;
    site.resize("pool", 1).await;
    site.pool("pool", 1).await;
    // A claim whose instance is not to be seen is told so after a live look.
    let claim = site.claim("forgotten", "helm").await;
    site.served(&claim).await;
    let lost = Patch::Merge(json!({ "status": { "instanceRef": { "name": "nothing", "uid": nobody["uid"] } } }));
    let claims = site.objects::<DployInstanceClaim>();
    claims.patch_status(&claim, &PatchParams::default(), &lost).await.unwrap();
    eventually("the claim has ended", || async {
        let claim = site.get::<DployInstanceClaim>(&claim).await?;
        (claim_phase(&claim) == "Expired").then_some(())
    })
    .await;
}

async fn adopted(site: &Site, name: &str) {
    eventually("the bare instance has a claim", || async {
        let instance = site.get::<DployInstance>(name).await?;
        let claims = site.list::<DployInstanceClaim>().await;
        let refers = |claim: &DployInstanceClaim| claim.spec.instance_ref.as_ref().map(|named| named.uid.clone());
        claims.iter().any(|claim| refers(claim) == instance.uid()).then_some(())
    })
    .await;
}

async fn gone(site: &Site, name: &str) {
    eventually("it is gone", || async { site.get::<DployInstance>(name).await.is_none().then_some(()) }).await;
}

/// Isolation is changed by others and made again, and goes where a template that is followed takes it away.
async fn isolate(site: &Site) {
    site.template("open", chart(), json!({ "rollout": "Follow" })).await;
    site.create::<DployInstance>("open", json!({ "templateRef": "open", "owner": "open" })).await;
    adopted(site, "open").await;
    let namespace = eventually("it is ready", || async {
        let status = site.get::<DployInstance>("open").await?.status?;
        (status.phase == Some(InstancePhase::Ready)).then_some(status.namespace)
    })
    .await;
    let kinds = [
        ("", "ResourceQuota", json!({ "hard": { "pods": "5000" } })),
        ("", "LimitRange", json!({ "limits": [] })),
        ("networking.k8s.io", "NetworkPolicy", json!({ "ingress": [{}] })),
    ];
    for (group, kind, other) in kinds {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind));
        let api = Api::<DynamicObject>::namespaced_with(site.client.clone(), &namespace, &resource);
        let [object] = &api.list(&ListParams::default()).await.unwrap().items[..] else { panic!("one {kind}") };
        let (name, meant) = (object.name_any(), object.data["spec"].clone());
        let patch = Patch::Merge(json!({ "spec": other }));
        let changed = api.patch(&name, &PatchParams::default(), &patch).await.unwrap();
        assert_ne!(changed.data["spec"], meant, "{kind}");
        eventually(&format!("the {kind} is as it was"), || async {
            (api.get_opt(&name).await.unwrap()?.data["spec"] == meant).then_some(())
        })
        .await;
    }
    merge::<DployTemplate>(site, "open", json!({ "spec": { "isolation": { "level": "none" } } })).await;
    site.settled(site.mark()).await;
}

/// What administrators do through the API; done twice its Event becomes a series.
async fn mark(site: &Site, people: &People) {
    for _ in 0..2 {
        for word in ["cordon", "uncordon"] {
            let path = format!("/api/v1/admin/templates/pool/{word}");
            let answer = people.ask(0, Method::POST, &path, &site.administrator()).await.unwrap();
            assert!(answer.status.is_success(), "{answer:?}");
        }
    }
}

/// Two failures of one instance with one reason for people: its Event becomes a series.
async fn fail_twice(site: &Site) {
    site.create::<DployInstance>("late", json!({ "templateRef": "late", "owner": "late" })).await;
    failed(site, "TemplateNotFound").await;
    site.template("late", chart(), json!({ "valuesTemplate": "{{ fail \"x\" }}" })).await;
    failed(site, "ValuesTemplateError").await;
}

async fn failed(site: &Site, reason: &str) {
    eventually(reason, || async {
        let status = site.get::<DployInstance>("late").await?.status?;
        status.conditions.iter().any(|condition| condition.reason == reason).then_some(())
    })
    .await;
}

/// Revisions come and go with what is pinned to them, and sources with the revisions.
async fn revise(site: &Site, people: &People) {
    for (name, ..) in charts() {
        let kept = site.list::<ControllerRevision>().await.len();
        for values in ["a: 1", "a: 2"] {
            merge::<DployTemplate>(site, name, json!({ "spec": { "valuesTemplate": values } })).await;
            eventually("the edit is kept as a revision, and one that nothing needs goes", || async {
                let ours = |found: &&ControllerRevision| {
                    found.data.as_ref().is_some_and(|data| data.0.to_string().contains(values))
                };
                let revisions = site.list::<ControllerRevision>().await;
                (revisions.iter().filter(ours).count() >= 1 && revisions.len() <= kept + 1).then_some(())
            })
            .await;
            let other = format!("{name}-{}", values.len());
            if site.get::<DployInstance>(&other).await.is_none() && values == "a: 2" {
                site.create::<DployInstance>(&other, json!({ "templateRef": name, "owner": "second" })).await;
                adopted(site, &other).await;
            }
        }
    }
    // Revisions that the cache does not show are found when they are made again.
    let of_pool = |found: &ControllerRevision| annotation(found, "dploy.dev/template-name") == "pool";
    let hidden = json!({ "metadata": { "labels": { "dploy.dev/managed": null } } });
    for revision in site.list::<ControllerRevision>().await.into_iter().filter(of_pool) {
        merge::<ControllerRevision>(site, &revision.name_any(), hidden.clone()).await;
    }
    site.settled(site.mark()).await;
    let token = site.person("alice");
    for (name, ..) in charts() {
        assert_eq!(people.release(0, name, &token).await.unwrap().status, StatusCode::NO_CONTENT);
        site.delete::<DployInstance>(&format!("{name}-4")).await;
        gone(site, &format!("{name}-4")).await;
    }
    site.delete::<DployInstance>("bare").await;
    gone(site, "bare").await;
    for (name, _, mut chart) in charts() {
        chart["repoURL"] = json!(chart["repoURL"].as_str().unwrap().replace("example.org", "example.com"));
        merge::<DployTemplate>(site, name, json!({ "spec": { "chart": chart } })).await;
    }
}

#[test]
fn s61_no_right_of_the_programs_is_too_much_and_none_is_missing() {
    run(|site| async move {
        let (begun, argocd) = (site.mark(), site.cluster.namespace().await.unwrap());
        let (_flux, _argo) = (site.stub().start(), ArgoCdStub::new(site.cluster.client_as("stub").unwrap()).start());
        let told = [("ARGOCD_NAMESPACE", argocd.as_str())];
        let _operator = Process::start(&site, "operator", &told).ready().await;
        let api = site.api().await;
        let people = People::of(&[&api]);
        Api::<OperatorConfig>::all(site.client.clone())
            .patch(
                "other",
                &PatchParams::apply("test"),
                &Patch::Apply(json!({ "apiVersion": "dploy.dev/v1alpha1", "kind": "OperatorConfig", "metadata": { "name": "other" }, "spec": {} })),
            )
            .await
            .unwrap();
        for (name, engine, chart) in charts() {
            site.template(name, chart, json!({ "visible": true, "engine": engine })).await;
        }
        site.template("pool", chart(), pool_of(2, true)).await;
        people.know(&charts().map(|(name, ..)| name)).await;
        site.pool("pool", 2).await;
        use_it(&site, &people).await;
        drift(&site, &argocd).await;
        administer(&site).await;
        fail_twice(&site).await;
        isolate(&site).await;
        mark(&site, &people).await;
        revise(&site, &people).await;
        site.settled(site.mark()).await;
        let asked = site.cluster.audit().requests(&Filter::new().since(begun)).unwrap();
        let idle = |rules: &[Rule], user: &str| unused(rules, &asked, user).into_iter().collect::<Vec<_>>();
        assert_eq!((idle(&access::operator(), "operator"), idle(&access::api(), "api")), (Vec::new(), Vec::new()));
    });
}

/// Whether a program may do this.
async fn may(site: &Site, user: &str, verb: &str, group: &str, resource: &str, below: Option<&str>) -> bool {
    let attributes = json!({ "verb": verb, "group": group, "resource": resource, "subresource": below, "namespace": site.namespace });
    let review = serde_json::from_value(json!({ "spec": { "resourceAttributes": attributes } })).unwrap();
    let reviews = Api::<SelfSubjectAccessReview>::all(site.cluster.client_as(user).unwrap());
    reviews.create(&PostParams::default(), &review).await.unwrap().status.unwrap().allowed
}

#[test]
fn s61_a_server_makes_no_releases_namespaces_or_secrets_and_nobody_reads_secrets() {
    run(|site| async move {
        assert!(may(&site, "api", "create", "dploy.dev", "dployinstanceclaims", None).await);
        for (group, resource) in [("helm.toolkit.fluxcd.io", "helmreleases"), ("", "namespaces"), ("", "secrets")] {
            assert!(!may(&site, "api", "create", group, resource, None).await, "{resource}");
        }
        for verb in ["patch", "update"] {
            assert!(!may(&site, "api", verb, "dploy.dev", "dployinstances", Some("status")).await);
            assert!(!may(&site, "api", verb, "dploy.dev", "dployinstanceclaims", Some("status")).await);
        }
        for user in ["api", "operator"] {
            for verb in ["get", "list", "watch", "create", "update", "patch", "delete"] {
                assert!(!may(&site, user, verb, "", "secrets", None).await, "{user} may {verb} secrets");
            }
        }
        assert!(!may(&site, "operator", "create", "rbac.authorization.k8s.io", "clusterroles", None).await);
    });
}
