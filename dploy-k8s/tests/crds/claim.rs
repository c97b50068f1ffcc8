use rstest::rstest;
use serde_json::{Value, json};

use crate::server::{assert_refused, merged, server};

const KIND: &str = "DployInstanceClaim";

fn claim() -> Value {
    json!({ "templateRef": "vscode", "owner": "alice" })
}

fn full() -> Value {
    json!({
        "templateRef": "vscode",
        "owner": "alice",
        "ownerId": "0123456789abcdef",
        "params": { "a": "b" },
        "claims": { "email": "a@example.com", "groups": ["x", { "deep": 1 }] },
        "ttlSeconds": 60,
        "waitForPool": true,
        "extensions": 2,
        "lastActivityAt": "2026-11-21T12:00:00Z",
        "instanceRef": { "name": "i", "uid": "u" },
    })
}

#[rstest]
#[case::no_template(json!({ "templateRef": null }), &["spec.templateRef: Required"])]
#[case::empty_template(json!({ "templateRef": "" }), &["spec.templateRef", "at least 1 chars"])]
#[case::no_owner(json!({ "owner": null }), &["spec.owner: Required"])]
#[case::empty_owner(json!({ "owner": "" }), &["spec.owner", "at least 1 chars"])]
#[case::owner_with_capitals(json!({ "owner": "John.Doe" }), &["spec.owner", "[a-z0-9]"])]
#[case::long_owner(json!({ "owner": "x".repeat(64) }), &["spec.owner", "63"])]
#[case::owner_id(json!({ "ownerId": "0123" }), &["spec.ownerId", "[0-9a-f]{16}"])]
#[case::ttl(json!({ "ttlSeconds": -2 }), &["spec.ttlSeconds", "greater than or equal to -1"])]
#[case::extensions(json!({ "extensions": -1 }), &["spec.extensions", "greater than or equal to 0"])]
#[case::wait_for_pool(json!({ "waitForPool": "yes" }), &["spec.waitForPool", "boolean"])]
#[case::activity(json!({ "lastActivityAt": "now" }), &["spec.lastActivityAt", "date-time"])]
#[case::instance_without_uid(json!({ "instanceRef": { "name": "i" } }), &["spec.instanceRef.uid: Required"])]
#[case::parameter_that_is_no_text(json!({ "params": { "a": true } }), &["spec.params.a", "string"])]
#[tokio::test]
async fn a_claim_is_refused(#[case] patch: Value, #[case] words: &[&str]) {
    let Some(server) = server().await else { return };
    assert_refused(server.try_create(KIND, &merged(claim(), &patch)).await, words);
}

#[rstest]
#[case::template(json!({ "templateRef": "other" }), &["spec.templateRef", "templateRef is immutable"])]
#[case::owner(json!({ "owner": "bob" }), &["spec.owner", "owner is immutable"])]
#[case::owner_id(json!({ "ownerId": "f".repeat(16) }), &["spec.ownerId", "never changed or removed"])]
#[case::owner_id_removed(json!({ "ownerId": null }), &["spec.ownerId", "use apply or patch"])]
#[case::params(json!({ "params": { "a": "c" } }), &["spec.params", "params is immutable"])]
#[case::params_added(json!({ "params": { "b": "c" } }), &["spec.params", "params is immutable"])]
#[case::params_removed(json!({ "params": null }), &["spec.params", "params is immutable"])]
#[case::claims(json!({ "claims": { "email": "b@example.com" } }), &["spec.claims", "claims is immutable"])]
#[case::claims_deep_below(json!({ "claims": { "groups": ["x", { "deep": 2 }] } }), &["spec.claims", "claims is immutable"])]
#[case::claims_added(json!({ "claims": { "sub": "1" } }), &["spec.claims", "claims is immutable"])]
#[case::claims_removed(json!({ "claims": null }), &["spec.claims", "claims is immutable"])]
#[case::extensions(json!({ "extensions": 1 }), &["spec.extensions", "extensions only grows"])]
#[case::extensions_removed(json!({ "extensions": null }), &["spec.extensions", "extensions only grows"])]
#[case::activity(json!({ "lastActivityAt": "2026-11-21T11:59:59Z" }), &["spec.lastActivityAt", "lastActivityAt only moves on"])]
#[case::activity_removed(json!({ "lastActivityAt": null }), &["spec.lastActivityAt", "lastActivityAt only moves on"])]
#[case::instance(json!({ "instanceRef": { "uid": "other" } }), &["spec.instanceRef", "never changed or removed"])]
#[case::instance_removed(json!({ "instanceRef": null }), &["spec.instanceRef", "use apply or patch"])]
#[tokio::test]
async fn a_change_is_refused(#[case] patch: Value, #[case] words: &[&str]) {
    let Some(server) = server().await else { return };
    assert_refused(server.try_change(KIND, &full(), &patch).await, words);
}

#[rstest]
#[case::claims(json!({ "claims": { "email": "a" } }), "claims is immutable")]
#[case::params(json!({ "params": { "a": "b" } }), "params is immutable")]
#[tokio::test]
async fn what_a_claim_was_created_without_cannot_be_added(#[case] patch: Value, #[case] words: &str) {
    let Some(server) = server().await else { return };
    assert_refused(server.try_change(KIND, &claim(), &patch).await, &[words]);
}

#[rstest]
#[case::extended(full(), json!({ "extensions": 3 }))]
#[case::first_extension(claim(), json!({ "extensions": 1 }))]
#[case::no_extension_said(claim(), json!({ "extensions": 0 }))]
#[case::no_extension_unsaid(merged(claim(), &json!({ "extensions": 0 })), json!({ "extensions": null }))]
#[case::empty_params_said(claim(), json!({ "params": {} }))]
#[case::identity_added(claim(), json!({ "ownerId": "0123456789abcdef", "instanceRef": { "name": "i", "uid": "u" } }))]
#[case::ttl(full(), json!({ "ttlSeconds": 30 }))]
#[case::activity(full(), json!({ "lastActivityAt": "2026-11-21T14:00:01+01:00" }))]
#[case::first_activity(claim(), json!({ "lastActivityAt": "2026-11-21T12:00:00Z" }))]
#[case::waiting_or_not(full(), json!({ "waitForPool": false }))]
#[case::the_same_again(full(), full())]
#[tokio::test]
async fn a_change_is_accepted(#[case] before: Value, #[case] patch: Value) {
    let Some(server) = server().await else { return };
    server.try_change(KIND, &before, &patch).await.unwrap();
}
