//! The surface below `/api/v1` through the real API server.

use dploy_k8s::api::DployTemplate;
use k8s_openapi::api::events::v1::Event;
use kube::{Api, api::ListParams};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::world::{Answer, Replica, World, eventually, run};

const ENVIRONMENTS: &str = "/api/v1/environments";

impl World {
    fn admin(&self) -> String {
        self.provider.token(json!({ "sub": "root", "name": "root", "is_admin": true })).unwrap()
    }

    /// The reasons and notes of the Events about the object of that name.
    async fn events(&self, about: &str) -> Vec<(String, String)> {
        let all = Api::<Event>::namespaced(self.client.clone(), &self.namespace).list(&ListParams::default()).await;
        let named = |event: &Event| event.regarding.as_ref().and_then(|about| about.name.as_deref()) == Some(about);
        let told = |event: Event| (event.reason.unwrap_or_default(), event.note.unwrap_or_default());
        all.unwrap().items.into_iter().filter(named).map(told).collect()
    }

    /// Waits for an Event of that reason whose note is by `actor`.
    async fn told(&self, about: &str, reason: &str, actor: &str) {
        eventually(&format!("{reason} of {about} by {actor} is told"), || async {
            let wanted = (reason.to_owned(), format!("by {actor}"));
            self.events(about).await.contains(&wanted).then_some(())
        })
        .await;
    }
}

async fn create(api: &Replica, token: &str, key: Option<&str>, body: Value) -> Answer {
    api.post(ENVIRONMENTS, token, key, &body).await
}

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.body["error"]["code"].as_str().unwrap_or_default())
}

/// The phases that a stream tells until one of them is `last`.
async fn phases(mut response: reqwest::Response, last: &str) -> Vec<String> {
    let (mut text, mut seen) = (String::new(), Vec::new());
    while let Some(chunk) = response.chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
        let phases = data.filter_map(|data| serde_json::from_str::<Value>(data).ok());
        seen = phases.filter_map(|event| event["phase"].as_str().map(str::to_owned)).collect();
        if seen.iter().any(|phase| phase == last) {
            break;
        }
    }
    seen
}

#[test]
fn s20_s28_s29_an_environment_of_v1_is_created_followed_extended_and_released() {
    run(|world| async move {
        let [api, other] = &world.replicas;
        world.template("vscode", "  ttl: { seconds: 600, extendSeconds: 60, maxExtends: 1 }\n").await;
        let alice = world.person("alice");
        let made = create(api, &alice, None, json!({ "template": "vscode" })).await;
        assert!([StatusCode::OK, StatusCode::ACCEPTED].contains(&made.status), "{made:?}");
        let id = made.body["id"].as_str().unwrap().to_owned();
        let path = format!("{ENVIRONMENTS}/{id}");
        let stream = other.open(&format!("{path}/events"), &alice).await;
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        let seen = tokio::time::timeout(std::time::Duration::from_secs(30), phases(stream, "Ready")).await.unwrap();
        assert_eq!(seen.last().map(String::as_str), Some("Ready"), "{seen:?}");
        let shown = other.call(Method::GET, &path, &alice).await;
        assert_eq!((shown.status, &shown.body["id"]), (StatusCode::OK, &json!(id)));
        let bob = world.person("bob");
        assert_eq!(code(&other.call(Method::GET, &path, &bob).await), (404, "environment_not_found"));

        let extended = api.call(Method::POST, &format!("{path}/extend"), &alice).await;
        assert_eq!((extended.status, &extended.body["extensions"]), (StatusCode::OK, &json!(1)));
        let refused = api.call(Method::POST, &format!("{path}/extend"), &alice).await;
        assert_eq!(code(&refused), (409, "extensions_exhausted"));
        assert_eq!(api.call(Method::DELETE, &path, &alice).await.status, StatusCode::NO_CONTENT);
        assert_eq!(code(&api.call(Method::GET, &path, &alice).await), (404, "environment_not_found"));
        for reason in ["Created", "Extended", "Released"] {
            world.told(&id, reason, "alice").await;
        }
        eventually("nothing is left", || async { world.instances().await.is_empty().then_some(()) }).await;
    });
}

#[test]
fn s20_a_repeated_request_gives_the_same_environment_and_another_one_under_its_key_is_a_conflict() {
    run(|world| async move {
        let [api, other] = &world.replicas;
        world.template("vscode", "  parameters: [{ name: size }]\n").await;
        let alice = world.person("alice");
        let small = json!({ "template": "vscode", "params": { "size": "s" } });
        let (first, second) = tokio::join!(
            create(api, &alice, Some("k1"), small.clone()),
            create(other, &alice, Some("k1"), small.clone())
        );
        assert!(first.status.is_success() && second.status.is_success(), "{first:?} {second:?}");
        assert_eq!(first.body["id"], second.body["id"]);
        assert_eq!((world.claims().await.len(), world.instances().await.len()), (1, 1));
        let large = json!({ "template": "vscode", "params": { "size": "l" } });
        let reused = create(other, &alice, Some("k1"), large).await;
        assert_eq!(code(&reused), (409, "idempotency_key_reused"));
        let stored = serde_json::to_string(&world.claims().await).unwrap();
        assert!(!stored.contains("k1\""), "the key itself is not kept");
    });
}

#[test]
fn an_administrator_lists_extends_and_releases_what_others_own_and_each_is_audited() {
    run(|world| async move {
        let [api, _] = &world.replicas;
        world.template("vscode", "  ttl: { seconds: 600, extendSeconds: 60 }\n").await;
        let (alice, admin) = (world.person("alice"), world.admin());
        let id =
            create(api, &alice, None, json!({ "template": "vscode" })).await.body["id"].as_str().unwrap().to_owned();
        let all = "/api/v1/admin/environments";
        assert_eq!(code(&api.call(Method::GET, all, &alice).await), (403, "admin_required"));
        let listed = api.call(Method::GET, all, &admin).await.body;
        assert_eq!((&listed["totalCount"], &listed["environments"][0]["owner"]), (&json!(1), &json!("alice")));
        let path = format!("{all}/{id}");
        assert_eq!(code(&api.call(Method::DELETE, &path, &alice).await), (403, "admin_required"));
        let extended = api.call(Method::POST, &format!("{path}/extend"), &admin).await;
        assert_eq!((extended.status, &extended.body["extensions"]), (StatusCode::OK, &json!(1)));
        assert_eq!(api.call(Method::DELETE, &path, &admin).await.status, StatusCode::NO_CONTENT);
        world.told(&id, "ExtendedByAdmin", "root").await;
        world.told(&id, "ReleasedByAdmin", "root").await;
    });
}

#[test]
fn a_cordoned_template_refuses_new_environments_on_every_replica_and_keeps_those_that_stand() {
    run(|world| async move {
        let [api, other] = &world.replicas;
        world.template("vscode", "").await;
        let (alice, bob, admin) = (world.person("alice"), world.person("bob"), world.admin());
        let mine = create(api, &alice, None, json!({ "template": "vscode" })).await.body["id"].clone();
        let template = "/api/v1/admin/templates/vscode";
        assert_eq!(code(&api.call(Method::POST, &format!("{template}/cordon"), &bob).await), (403, "admin_required"));
        let cordoned = api.call(Method::POST, &format!("{template}/cordon"), &admin).await;
        assert_eq!(cordoned.body, json!({ "name": "vscode", "cordoned": true, "drained": false }));
        for replica in [api, other] {
            let refused = create(replica, &bob, None, json!({ "template": "vscode" })).await;
            assert_eq!(code(&refused), (503, "template_cordoned"));
        }
        assert_eq!(create(other, &alice, None, json!({ "template": "vscode" })).await.body["id"], mine);
        assert_eq!(world.instances().await.len(), 1);
        api.call(Method::POST, &format!("{template}/uncordon"), &admin).await;
        eventually("bob gets his", || async {
            create(other, &bob, None, json!({ "template": "vscode" })).await.status.is_success().then_some(())
        })
        .await;
        world.told("vscode", "Cordoned", "root").await;
        world.told("vscode", "Uncordoned", "root").await;
    });
}

#[test]
fn a_drained_pool_loses_its_free_members_and_fills_again_when_it_is_told_to() {
    run(|world| async move {
        let [api, _] = &world.replicas;
        world.template("pool", "  method: pool\n  pool: { size: 2 }\n").await;
        let free = || async {
            let members = world.instances().await;
            members.iter().filter(|member| member.spec.owner.is_empty()).count()
        };
        let ready = || async {
            let api = Api::<DployTemplate>::namespaced(world.client.clone(), &world.namespace);
            api.get("pool").await.unwrap().status.is_some_and(|status| status.pool_available == 2)
        };
        eventually("the pool is full", || async { ready().await.then_some(()) }).await;
        let alice = create(api, &world.person("alice"), None, json!({ "template": "pool" })).await;
        assert_eq!(alice.status, StatusCode::OK);
        let (template, admin) = ("/api/v1/admin/templates/pool", world.admin());
        let drained = api.call(Method::POST, &format!("{template}/drain"), &admin).await;
        assert_eq!(drained.body, json!({ "name": "pool", "cordoned": false, "drained": true }));
        eventually("only the claimed one is left", || async {
            (free().await == 0 && world.instances().await.len() == 1).then_some(())
        })
        .await;
        let refused = create(api, &world.person("bob"), None, json!({ "template": "pool" })).await;
        assert_eq!(code(&refused), (503, "pool_exhausted"));
        api.call(Method::POST, &format!("{template}/undrain"), &admin).await;
        eventually("the pool is full again", || async { ready().await.then_some(()) }).await;
        world.told("pool", "Drained", "root").await;
        world.told("pool", "Undrained", "root").await;
    });
}
