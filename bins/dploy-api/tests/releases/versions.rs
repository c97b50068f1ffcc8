use dploy_core::testing::PlainArchives;
use rstest::rstest;
use serde_json::{Value, json};

use super::world::*;

#[tokio::test]
async fn s11_a_draft_tells_where_to_upload_for_five_minutes() {
    let world = World::with_web().await;
    let drafted = world.draft("1.0.0", "main").await.body(201);
    assert_eq!((&drafted["versionId"], &drafted["status"]), (&json!("1.0.0"), &json!("draft")));
    assert_eq!(drafted["uploadExpires"], "2023-11-14T22:18:20Z");
    let packed = PlainArchives::pack(&[("web.yaml", MANIFEST)]);
    world.artifacts.upload(drafted["uploadUrl"].as_str().unwrap(), &packed).unwrap();
    assert_eq!(world.publish("1.0.0").await.body(200)["manifestFiles"], json!(["web.yaml"]));
}

#[rstest]
#[case("/versionId", Value::Null, "versionId must be 1 to 128 of")]
#[case("/versionId", json!("a/b"), "versionId must be 1 to 128 of")]
#[case("/versionId", json!(".."), "versionId must be 1 to 128 of")]
#[case("/versionId", json!("a\nb"), "versionId must be 1 to 128 of")]
#[case("/metadata", Value::Null, "metadata must be an object with gitSha")]
#[case("/metadata/gitSha", Value::Null, "metadata.gitSha must be 1 to 300 characters")]
#[case("/metadata/gitSha", json!(""), "metadata.gitSha must be 1 to 300 characters")]
#[case("/metadata/gitBranch", Value::Null, "metadata.gitBranch must be 1 to 300 characters")]
#[case("/metadata/timestamp", Value::Null, "metadata.timestamp must be a time as in RFC 3339")]
#[case("/metadata/timestamp", json!("yesterday"), "metadata.timestamp must be a time as in RFC 3339")]
#[case("/metadata/buildNumber", json!(7), "metadata.buildNumber must be a string")]
#[case("/artifact", json!({ "size": 1 }), "artifact.sha256 must be 64 lower-case hex digits")]
#[case("/artifact", json!({ "size": 1, "sha256": "x" }), "artifact.sha256 must be 64 lower-case hex digits")]
#[case("/artifact", json!({ "size": 1u64 << 40, "sha256": "0".repeat(64) }), "artifact.size must be 1 to 10485760 bytes")]
#[tokio::test]
async fn s12_s15_w18_a_wrong_draft_is_refused_by_field(#[case] field: &str, #[case] value: Value, #[case] told: &str) {
    let mut body = draft("1.0.0", "main");
    body["artifact"] = Value::Null;
    *body.pointer_mut(field).unwrap() = value;
    let answer = World::with_web().await.post("/apps/web/versions/draft", body).await;
    let (status, code, message) = answer.told();
    assert_eq!((status, code), (400, "invalid_request"));
    assert!(message.starts_with(told), "{message}");
}

#[tokio::test]
async fn s13_a_draft_needs_an_application_and_a_free_id() {
    let world = World::with_web().await;
    let unknown = world.post("/apps/api/versions/draft", draft("1", "main")).await;
    assert_eq!(unknown.refused(), (404, "not_found"));
    world.published("1", "main").await;
    assert_eq!(world.draft("1", "main").await.refused(), (409, "conflict"));
}

#[tokio::test]
async fn s14_a_repeated_draft_gets_a_fresh_url_where_only_its_time_differs() {
    let world = World::with_web().await;
    world.draft("1", "main").await.body(201);
    world.clock.advance(600);
    let mut later = draft("1", "main");
    later["metadata"]["timestamp"] = json!("2026-05-05T05:05:05Z");
    let renewed = world.post("/apps/web/versions/draft", later).await.body(201);
    let packed = PlainArchives::pack(&[("web.yaml", MANIFEST)]);
    world.artifacts.upload(renewed["uploadUrl"].as_str().unwrap(), &packed).unwrap();
    assert_eq!(world.draft("1", "other").await.refused(), (409, "conflict"));
    world.publish("1").await.body(200);
}

#[rstest]
#[case("1.0.0+build.5")]
#[case("1.0.0%2Bbuild.5")]
#[tokio::test]
async fn s15_a_plus_in_a_version_works_raw_and_encoded(#[case] path: &str) {
    let world = World::with_web().await;
    world.uploaded("1.0.0+build.5", "main", &[("web.yaml", MANIFEST)]).await;
    assert_eq!(world.publish(path).await.body(200)["versionId"], "1.0.0+build.5");
    assert_eq!(world.get(&format!("/apps/web/versions/{path}")).await.body(200)["versionId"], "1.0.0+build.5");
    world.deploy(path, "staging").await.body(202);
}

#[tokio::test]
async fn a_version_may_be_called_draft() {
    let world = World::with_web().await;
    world.published("draft", "main").await;
    assert_eq!(world.get("/apps/web/versions/draft").await.body(200)["versionId"], "draft");
}

#[rstest]
#[case("a%2Fb")]
#[case("%2E%2E")]
#[case("a%0Ab")]
#[tokio::test]
async fn s15_a_version_in_a_path_is_held_to_the_same_rule(#[case] path: &str) {
    let world = World::with_web().await;
    assert_eq!(world.get(&format!("/apps/web/versions/{path}")).await.refused(), (400, "invalid_request"));
}

#[tokio::test]
async fn s19_publishing_needs_an_upload_and_happens_once() {
    let world = World::with_web().await;
    world.draft("1", "main").await.body(201);
    let empty = world.publish("1").await;
    assert_eq!(empty.refused(), (400, "invalid_request"));
    assert!(empty.told().2.contains("no archive was uploaded"), "{}", empty.told().2);
    assert_eq!(world.publish("2").await.refused(), (404, "not_found"));
    world.published("3", "main").await;
    assert_eq!(world.publish("3").await.refused(), (409, "conflict"));
}

#[tokio::test]
async fn s20_files_are_sorted_and_the_same_in_both_answers() {
    let world = World::with_web().await;
    let other = MANIFEST.replace("web", "other");
    world.uploaded("1", "main", &[("z.yaml", MANIFEST), ("a/b.yml", &other), ("README.md", "x")]).await;
    let published = world.publish("1").await.body(200);
    assert_eq!(published["manifestFiles"], json!(["a/b.yml", "z.yaml"]));
    let version = world.get("/apps/web/versions/1").await.body(200);
    assert_eq!(
        (&version["manifestFiles"], &version["files"]),
        (&published["manifestFiles"], &published["manifestFiles"])
    );
}

#[tokio::test]
async fn s21_refused_manifests_are_told_with_file_and_line_and_can_be_corrected() {
    let world = World::with_web().await;
    world.uploaded("1", "main", &[("bad.yaml", "a: [1\n"), ("scalar.yaml", "hello\n")]).await;
    let refused = world.publish("1").await;
    assert_eq!(refused.refused(), (400, "validation_failed"));
    assert!(refused.told().2.contains("bad.yaml"), "{}", refused.told().2);
    let details = &refused.body["error"]["details"];
    assert_eq!(all(details, "file"), ["bad.yaml", "scalar.yaml"]);
    assert!(details[0]["line"].is_u64(), "{details}");
    assert_eq!(world.get("/apps/web/versions/1").await.body(200)["status"], "draft");
    world.published("1", "main").await;
}

#[tokio::test]
async fn s26_w18_an_upload_that_is_no_archive_is_not_the_servers_fault() {
    let world = World::with_web().await;
    let drafted = world.draft("1", "main").await.body(201);
    world.artifacts.upload(drafted["uploadUrl"].as_str().unwrap(), b"hello").unwrap();
    let refused = world.publish("1").await;
    assert_eq!(refused.refused(), (422, "invalid_archive"));
    assert!(refused.told().2.starts_with("the archive is refused: "), "{}", refused.told().2);
}

#[tokio::test]
async fn w14_a_version_is_told_flat_and_nested() {
    let world = World::with_web().await;
    world.published("1", "main").await;
    let mut version = world.get("/apps/web/versions/1").await.body(200);
    for uuid in ["id", "appId"] {
        version[uuid] = json!("uuid");
    }
    insta::assert_json_snapshot!("version", version);
    let mut listed = world.get("/apps/web/versions").await.body(200)["versions"][0].clone();
    for uuid in ["id", "appId"] {
        listed[uuid] = json!("uuid");
    }
    insta::assert_json_snapshot!("version_in_list", listed);
}

#[tokio::test]
async fn s57_versions_are_filtered_and_tell_where_they_run_now() {
    let world = World::with_web().await;
    world.published("1", "main").await;
    world.published("2", "main").await;
    world.draft("3", "main").await.body(201);
    let list = async |query: &str| world.get(&format!("/apps/web/versions{query}")).await.body(200);
    assert_eq!(all(&list("?status=draft").await["versions"], "versionId"), ["3"]);
    assert_eq!(list("?status=published").await["total"], 2);
    assert_eq!(world.get("/apps/web/versions?status=gone").await.told().2, "status must be draft or published");
    world.deployed("1", "staging").await;
    world.deployed("2", "staging").await;
    assert_eq!(world.get("/apps/web/versions/1").await.body(200).get("deployedTo"), None);
    assert_eq!(world.get("/apps/web/versions/2").await.body(200)["deployedTo"], json!(["staging"]));
}

#[tokio::test]
async fn s59_versions_are_newest_first_and_stable_under_equal_times() {
    let world = World::with_web().await;
    for version in ["1", "2", "3"] {
        world.draft(version, "main").await.body(201);
        world.clock.advance(1);
    }
    let list = world.get("/apps/web/versions").await.body(200);
    assert_eq!(all(&list["versions"], "versionId"), ["3", "2", "1"]);
    for version in ["4", "5", "6"] {
        world.draft(version, "main").await.body(201);
    }
    let (once, again) = (world.get("/apps/web/versions").await, world.get("/apps/web/versions").await);
    assert_eq!(once.body, again.body);
    let mut paged = Vec::new();
    for offset in 0..6 {
        let page = world.get(&format!("/apps/web/versions?limit=1&offset={offset}")).await.body(200);
        paged.push(page["versions"][0]["versionId"].clone());
    }
    assert_eq!(json!(paged), json!(all(&once.body["versions"], "versionId")));
}

#[tokio::test]
async fn a_rejected_version_cannot_be_deployed_until_it_is_accepted() {
    let world = World::with_web().await;
    world.published("1", "main").await;
    assert_eq!(world.post("/apps/web/versions/1/reject", json!({})).await.refused(), (400, "invalid_request"));
    let rejected = world.post("/apps/web/versions/1/reject", json!({ "reason": "leaks memory" })).await.body(200);
    assert_eq!(rejected["rejection"]["reason"], "leaks memory");
    assert_eq!(world.deploy("1", "staging").await.refused(), (400, "invalid_status"));
    world.delete("/apps/web/versions/1/reject").await.body(204);
    world.deploy("1", "staging").await.body(202);
}

#[tokio::test]
async fn versions_are_compared_object_by_object() {
    let world = World::with_web().await;
    world.published("1", "main").await;
    world.published("2", "main").await;
    let changes = world.get("/apps/web/diff?from=1&to=2").await.body(200)["changes"].clone();
    assert_eq!((&changes[0]["kind"], &changes[0]["change"]), (&json!("ConfigMap"), &json!("changed")));
    let changes = world.get("/apps/web/diff?target=staging&to=2").await.body(200)["changes"].clone();
    assert_eq!(changes[0]["change"], "added");
    for query in ["to=2", "from=1&target=staging&to=2", "from=1"] {
        assert_eq!(world.get(&format!("/apps/web/diff?{query}")).await.refused(), (400, "invalid_request"), "{query}");
    }
}
