//! How each route answers without an operator: as with one, or with a refusal that says why and what to do instead.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::world::{FILE, World, run, variables, written};
use crate::world::{Answer, Replica, eventually, started};

const ENVIRONMENTS: &str = "/api/v1/environments";

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.body["error"]["code"].as_str().unwrap_or_default())
}

/// Creates an environment below `/api/v1` and gives its id.
async fn created(api: &Replica, body: Value, token: &str) -> String {
    let made = api.create(body, token).await;
    assert_eq!(made.status, StatusCode::OK, "{made:?}");
    made.body["id"].as_str().unwrap().to_owned()
}

/// What a stream tells until `part` of it.
async fn told_until(stream: &mut reqwest::Response, part: &str) -> String {
    let mut text = String::new();
    let read = async {
        while !text.contains(part) {
            let Some(chunk) = stream.chunk().await.unwrap() else { break };
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(60), read).await;
    assert!(in_time.is_ok() && text.contains(part), "{part} is not among {text}");
    text
}

impl World {
    async fn shown(&self, id: &str, token: &str, phase: &str) -> Value {
        eventually(&format!("{id} is {phase}"), || async {
            let answer = self.replicas[1].call(Method::GET, &format!("{ENVIRONMENTS}/{id}"), token).await;
            (answer.body["phase"] == phase).then_some(answer.body)
        })
        .await
    }
}

#[test]
fn s20_s28_s29_without_an_operator_an_environment_of_v1_is_created_followed_extended_and_released() {
    run(FILE, |world| async move {
        let [api, other] = &world.replicas;
        let alice = world.person("alice");
        let id = created(api, json!({ "template": "webterm", "ttlSeconds": 300 }), &alice).await;
        let path = format!("{ENVIRONMENTS}/{id}");
        let mut stream = other.open(&format!("{path}/events"), &alice).await;
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        told_until(&mut stream, "\"phase\":\"Ready\"").await;
        let shown = world.shown(&id, &alice, "Ready").await;
        assert_eq!(
            (&shown["reason"], &shown["ttlSeconds"], &shown["progress"]),
            (&json!("Healthy"), &json!(300), &json!(100))
        );
        let extended = api.call(Method::POST, &format!("{path}/extend"), &alice).await;
        assert_eq!((extended.status, &extended.body["extensions"]), (StatusCode::OK, &json!(1)));
        let bob = world.person("bob");
        assert_eq!(code(&other.call(Method::GET, &path, &bob).await), (404, "environment_not_found"));
        let listed = other.call(Method::GET, ENVIRONMENTS, &alice).await.body;
        assert_eq!((&listed["totalCount"], &listed["environments"][0]["id"]), (&json!(1), &json!(id)));
        assert_eq!(api.call(Method::DELETE, &path, &alice).await.status, StatusCode::NO_CONTENT);
        told_until(&mut stream, "event: gone").await;
        assert_eq!(code(&api.call(Method::GET, &path, &alice).await), (404, "environment_not_found"));
    });
}

#[test]
fn what_argo_cd_says_of_an_environment_that_fails_is_told() {
    run(FILE, |world| async move {
        let alice = world.person("alice");
        let id = created(&world.replicas[0], json!({ "template": "broken" }), &alice).await;
        let failed = world.shown(&id, &alice, "Failed").await;
        assert_eq!(failed["reason"], "SyncFailed");
        assert!(failed["message"].as_str().unwrap().contains("this chart never installs"), "{failed}");
    });
}

#[test]
fn what_is_refused_with_an_operator_is_refused_without_one() {
    run(FILE, |world| async move {
        let [api, other] = &world.replicas;
        let alice = world.person("alice");
        let ask = async |body: Value| code_of(api.create(body, &alice).await);
        assert_eq!(ask(json!({ "template": "none" })).await, (404, "environment_not_found".to_owned()));
        assert_eq!(ask(json!({ "template": "retired" })).await, (404, "template_disabled".to_owned()));
        let too_long = api.create(json!({ "template": "webterm", "ttlSeconds": 601 }), &alice).await;
        assert_eq!(code(&too_long), (400, "claim_refused"));
        assert!(too_long.body["error"]["message"].as_str().unwrap().contains("ttlSeconds must be at most 600"));
        let foreign = api.create(json!({ "template": "webterm", "owner": "team" }), &alice).await;
        assert_eq!(code(&foreign), (403, "owner_forbidden"));
        let (one, two) = (json!({ "template": "webterm" }), json!({ "template": "webterm", "ttlSeconds": 60 }));
        let [first, again] = [api, other].map(|api| api.post(ENVIRONMENTS, &alice, Some("k1"), &one));
        let (first, again) = (first.await, again.await);
        assert_eq!((first.status, &again.body["id"]), (StatusCode::OK, &first.body["id"]));
        assert_eq!(code(&other.post(ENVIRONMENTS, &alice, Some("k1"), &two).await), (409, "idempotency_key_reused"));
    });
}

fn code_of(answer: Answer) -> (u16, String) {
    let (status, code) = code(&answer);
    (status, code.to_owned())
}

#[test]
fn what_has_no_meaning_without_pools_and_idle_times_is_taken_and_does_nothing() {
    run(FILE, |world| async move {
        let [api, _] = &world.replicas;
        let alice = world.person("alice");
        let id = created(api, json!({ "template": "webterm", "waitForPool": true }), &alice).await;
        let shown = world.shown(&id, &alice, "Ready").await;
        assert_eq!((shown.get("idleSeconds"), shown.get("idleExpiresAt")), (None, None));
        let version = world.applications().await[0].metadata.resource_version.clone();
        let noted = api.call(Method::POST, &format!("{ENVIRONMENTS}/{id}/activity"), &alice).await;
        assert_eq!(noted.status, StatusCode::NO_CONTENT);
        assert_eq!(world.applications().await[0].metadata.resource_version, version, "nothing is written");
    });
}

#[test]
fn administrators_see_and_end_everything_and_are_told_why_templates_of_a_file_cannot_be_marked() {
    run(FILE, |world| async move {
        let [api, other] = &world.replicas;
        let (alice, admin) = (world.person("alice"), world.admin());
        let id = created(api, json!({ "template": "webterm" }), &alice).await;
        world.shown(&id, &alice, "Ready").await;
        let all = "/api/v1/admin/environments";
        let path = format!("{all}/{id}");
        assert_eq!(other.call(Method::GET, all, &admin).await.body["totalCount"], 1);
        assert_eq!(other.call(Method::GET, &path, &admin).await.body["owner"], "alice");
        assert_eq!(code(&other.call(Method::GET, &path, &alice).await), (403, "admin_required"));
        let extended = other.call(Method::POST, &format!("{path}/extend"), &admin).await;
        assert_eq!((extended.status, &extended.body["extensions"]), (StatusCode::OK, &json!(1)));
        let instances = other.call(Method::GET, "/api/admin/instances", &admin).await.body;
        assert_eq!((&instances["count"], &instances["instances"][0]["owner"]), (&json!(1), &json!("alice")));
        let templates = other.call(Method::GET, "/api/admin/templates", &admin).await.body;
        assert_eq!((&templates["count"], &templates["templates"][0]["method"]), (&json!(5), &json!("on-demand")));
        let marked = other.call(Method::GET, "/api/v1/admin/templates", &admin).await.body;
        assert_eq!((&marked["totalCount"], &marked["templates"][4]["cordoned"]), (&json!(5), &json!(false)));

        for (verb, part) in
            [("cordon", "enabled: false"), ("uncordon", "enabled: false"), ("drain", "no pool"), ("undrain", "no pool")]
        {
            let path = |name: &str| format!("/api/v1/admin/templates/{name}/{verb}");
            let refused = api.call(Method::POST, &path("webterm"), &admin).await;
            assert_eq!(code(&refused), (409, "templates_fixed"), "{verb}");
            assert!(refused.body["error"]["message"].as_str().unwrap().contains(part), "{refused:?}");
            assert_eq!(code(&api.call(Method::POST, &path("none"), &admin).await), (404, "environment_not_found"));
            assert_eq!(code(&api.call(Method::POST, &path("webterm"), &alice).await), (403, "admin_required"));
        }
        assert_eq!(other.call(Method::DELETE, &path, &admin).await.status, StatusCode::NO_CONTENT);
        world.holds_nothing().await;
    });
}

#[test]
fn an_environment_that_the_file_disables_is_refused_to_all_and_what_stands_goes_on() {
    run(FILE, |world| async move {
        let (alice, bob) = (world.person("alice"), world.person("bob"));
        assert_eq!(world.replicas[0].run("webterm", &alice).await.status, StatusCode::OK);
        let listed = written(&FILE.replace("name: webterm", "name: webterm\n    enabled: false"));
        let more = variables(&world.argocd, listed.path().to_str().unwrap());
        let restarted = started(world.cluster, &world.namespace, &world.provider, &more).await;
        let refused = restarted.run("webterm", &bob).await;
        assert_eq!(
            (refused.status, &refused.body["error"]),
            (StatusCode::NOT_FOUND, &json!("environment \"webterm\" is disabled"))
        );
        assert_eq!(restarted.status("webterm", &alice).await.status, StatusCode::OK);
        assert_eq!(restarted.extend("webterm", &alice).await.status, StatusCode::OK);
        assert_eq!(restarted.release("webterm", &alice).await.status, StatusCode::NO_CONTENT);
    });
}

#[test]
fn s62_without_an_operator_the_pods_of_an_environment_are_held_to_its_level() {
    run(FILE, |world| async move {
        let alice = world.person("alice");
        for (environment, level) in [("webterm", "baseline"), ("free", "restricted")] {
            assert_eq!(world.replicas[0].run(environment, &alice).await.status, StatusCode::OK);
            world.healthy(environment, &alice).await;
            let found = world.workloads().await;
            let known = |namespace: &k8s_openapi::api::core::v1::Namespace| namespace.metadata.labels.clone().unwrap();
            let labels = found.iter().map(known).find(|labels| labels["dploy.dev/env"] == environment).unwrap();
            assert_eq!(labels["pod-security.kubernetes.io/enforce"], level, "{environment}");
        }
    });
}
