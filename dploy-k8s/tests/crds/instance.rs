use kube::{
    ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::server::{assert_refused, merged, server};

const KIND: &str = "DployInstance";
const SEED: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn bare() -> Value {
    json!({ "templateRef": "vscode", "owner": "alice" })
}

fn member() -> Value {
    json!({ "templateRef": "vscode", "pooled": true })
}

fn bound() -> Value {
    json!({
        "templateRef": "vscode",
        "owner": "alice",
        "ownerId": "0123456789abcdef",
        "renderSeed": SEED,
        "claimRef": { "name": "c", "uid": "u" },
        "claims": { "sub": "1", "groups": ["a"] },
        "params": { "a": "b" },
        "ttlSeconds": 60,
    })
}

#[rstest]
#[case::no_template(json!({ "templateRef": null }), &["spec.templateRef: Required"])]
#[case::empty_template(json!({ "templateRef": "" }), &["spec.templateRef", "at least 1 chars"])]
#[case::ttl(json!({ "ttlSeconds": -2 }), &["spec.ttlSeconds", "greater than or equal to -1"])]
#[case::expiry(json!({ "expiresAt": "tomorrow" }), &["spec.expiresAt", "date-time"])]
#[case::owner_id(json!({ "ownerId": "alice" }), &["spec.ownerId", "[0-9a-f]{16}"])]
#[case::seed(json!({ "renderSeed": "secret" }), &["spec.renderSeed", "[0-9a-f]{64}"])]
#[case::claim_without_uid(json!({ "claimRef": { "name": "c" } }), &["spec.claimRef.uid: Required"])]
#[case::claim_without_name(json!({ "claimRef": { "uid": "u" } }), &["spec.claimRef.name: Required"])]
#[case::parameter_that_is_no_text(json!({ "params": { "a": 1 } }), &["spec.params.a", "string"])]
#[case::long_parameter(json!({ "params": { "a": "x".repeat(4_097) } }), &["spec.params", "4096"])]
#[case::many_parameters(json!({ "params": many() }), &["spec.params", "256"])]
#[case::many_claims(json!({ "claims": many() }), &["spec.claims", "256"])]
#[case::claims_that_are_no_mapping(json!({ "claims": ["a"] }), &["spec.claims", "object"])]
#[tokio::test]
async fn an_instance_is_refused(#[case] patch: Value, #[case] words: &[&str]) {
    let Some(server) = server().await else { return };
    assert_refused(server.try_create(KIND, &merged(bare(), &patch)).await, words);
}

fn many() -> Value {
    (0..257).map(|number| (format!("k{number}"), json!("v"))).collect::<serde_json::Map<_, _>>().into()
}

#[rstest]
#[case::template(bare(), json!({ "templateRef": "other" }), &["spec.templateRef", "templateRef is immutable"])]
#[case::owner(bare(), json!({ "owner": "bob" }), &["spec.owner", "owner is immutable once it is not empty"])]
#[case::owner_emptied(bare(), json!({ "owner": "" }), &["spec.owner", "owner is immutable"])]
#[case::owner_removed(bare(), json!({ "owner": null }), &["spec.owner", "owner is immutable"])]
#[case::pooled(bare(), json!({ "pooled": true }), &["spec.pooled", "pooled is immutable"])]
#[case::pooled_removed(member(), json!({ "pooled": null }), &["spec.pooled", "pooled is immutable"])]
#[case::owner_id(bound(), json!({ "ownerId": "f".repeat(16) }), &["spec.ownerId", "never changed or removed"])]
#[case::owner_id_removed(bound(), json!({ "ownerId": null }), &["spec.ownerId", "use apply or patch"])]
#[case::seed(bound(), json!({ "renderSeed": "f".repeat(64) }), &["spec.renderSeed", "never changed or removed"])]
#[case::seed_removed(bound(), json!({ "renderSeed": null }), &["spec.renderSeed", "use apply or patch"])]
#[case::claim(bound(), json!({ "claimRef": { "uid": "other" } }), &["spec.claimRef", "never changed or removed"])]
#[case::claim_removed(bound(), json!({ "claimRef": null }), &["spec.claimRef", "use apply or patch"])]
#[tokio::test]
async fn a_change_is_refused(#[case] before: Value, #[case] patch: Value, #[case] words: &[&str]) {
    let Some(server) = server().await else { return };
    assert_refused(server.try_change(KIND, &before, &patch).await, words);
}

#[rstest]
#[case::owner_of_a_free_member(member(), json!({ "owner": "alice" }))]
#[case::owner_where_it_was_empty(merged(member(), &json!({ "owner": "" })), json!({ "owner": "alice" }))]
#[case::empty_owner_removed(merged(member(), &json!({ "owner": "" })), json!({ "owner": null }))]
#[case::not_pooled_said_or_not(bare(), json!({ "pooled": false }))]
#[case::identity_added(bare(), json!({ "ownerId": "0123456789abcdef", "renderSeed": SEED, "claimRef": { "name": "c", "uid": "u" } }))]
#[case::lifetime(bound(), json!({ "ttlSeconds": -1, "expiresAt": "2026-11-21T12:00:00Z" }))]
#[case::claims_and_params(bound(), json!({ "claims": { "sub": "2" }, "params": null }))]
#[tokio::test]
async fn a_change_is_accepted(#[case] before: Value, #[case] patch: Value) {
    let Some(server) = server().await else { return };
    server.try_change(KIND, &before, &patch).await.unwrap();
}

#[tokio::test]
async fn a_full_replace_by_a_client_that_does_not_know_the_identity_is_told_to_use_patch() {
    let Some(server) = server().await else { return };
    let mut object = server.create(KIND, &bound()).await.unwrap();
    object.data["spec"] = bare();
    let answer = server.api(KIND).replace(&object.name_any(), &PostParams::default(), &object).await;
    assert_refused(answer, &["spec.ownerId", "spec.renderSeed", "spec.claimRef", "use apply or patch"]);
}

#[rstest]
#[case::changed(json!({ "uuid": "bbbbbbbb" }), false)]
#[case::removed(json!({ "uuid": null }), false)]
#[case::status_removed(Value::Null, false)]
#[case::kept(json!({ "phase": "Ready" }), true)]
#[case::said_again(json!({ "uuid": "aaaaaaaa" }), true)]
#[tokio::test]
async fn the_uuid_is_immutable_once_set(#[case] patch: Value, #[case] accepted: bool) {
    let Some(server) = server().await else { return };
    let (api, params) = (server.api(KIND), PatchParams::default());
    let name = server.create(KIND, &bare()).await.unwrap().name_any();
    for first in [json!({ "status": { "phase": "Pending" } }), json!({ "status": { "uuid": "aaaaaaaa" } })] {
        api.patch_status(&name, &params, &Patch::Merge(first)).await.unwrap();
    }
    let answer = api.patch_status(&name, &params, &Patch::Merge(json!({ "status": patch }))).await;
    if accepted {
        assert_eq!(answer.unwrap().data["status"]["uuid"], "aaaaaaaa");
    } else {
        assert_refused(answer, &["status.uuid is immutable once it is set"]);
    }
}

#[rstest]
#[case::phase(json!({ "phase": "Done" }), &["status.phase", r#""Pending", "Provisioning", "Ready""#])]
#[case::uuid(json!({ "uuid": "A1B2C3D4" }), &["status.uuid", "[0-9a-f]{8}"])]
#[case::null(Value::Null, &[])]
#[tokio::test]
async fn a_status_is_checked(#[case] status: Value, #[case] words: &[&str]) {
    let Some(server) = server().await else { return };
    let name = server.create(KIND, &bare()).await.unwrap().name_any();
    let patch = Patch::Merge(json!({ "status": status }));
    let answer = server.api(KIND).patch_status(&name, &PatchParams::default(), &patch).await;
    if words.is_empty() {
        assert!(answer.unwrap().data["status"].is_null());
    } else {
        assert_refused(answer, words);
    }
}
