//! `forge upload`.

use std::{collections::BTreeMap, io::Read as _};

use flate2::read::GzDecoder;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::desk::{APP_ID, Desk, manifest};
use crate::harness::Run;

/// The files of an archive in its order, with what the header says of mode, owner and time.
fn entries(archive: &[u8]) -> Vec<(String, String)> {
    let mut tar = tar::Archive::new(GzDecoder::new(archive));
    let entries = tar.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let header = entry.header();
        let fixed = (header.mode().unwrap(), header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap());
        assert_eq!(fixed, (0o644, 0, 0, 0));
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        (path, text)
    });
    entries.collect()
}

fn paths(archive: &[u8]) -> Vec<String> {
    entries(archive).into_iter().map(|(path, _)| path).collect()
}

async fn drafted() -> Desk {
    let desk = Desk::with_server().await;
    let init = "forge init --app web --version 1.0.0 --git-sha abc --git-branch main --build-number 7";
    desk.run(init).await.quiet();
    desk
}

#[tokio::test]
async fn s62_w27_relative_paths_are_kept() {
    let desk = drafted().await;
    desk.uploads(&[200]).await;
    desk.file("k8s/one/deployment.yaml", &manifest("one"));
    desk.file("k8s/two/deployment.yml", &manifest("two"));
    desk.file("k8s/two/deployment.yaml", &manifest("three"));
    desk.file("k8s/notes.txt", "not a manifest");
    desk.file("k8s/.git/x.yaml", "not ours");
    desk.run("forge upload k8s").await.quiet();
    let archive = &desk.uploaded().await[0];
    let expected = ["one/deployment.yaml", "two/deployment.yaml", "two/deployment.yml", "version.yml"];
    assert_eq!(paths(archive), expected);
}

#[tokio::test]
async fn s62_w27_two_files_of_one_path_are_refused() {
    let desk = drafted().await;
    desk.file("a/deployment.yaml", &manifest("a"));
    desk.file("b/deployment.yaml", &manifest("b"));
    for paths in ["a b", "a/deployment.yaml b/deployment.yaml"] {
        let stderr = desk.run(&format!("forge upload {paths}")).await.fails(2);
        let told = "deployment.yaml: both a/deployment.yaml and b/deployment.yaml have this path";
        assert!(stderr.contains(told), "{stderr}");
    }
    assert!(desk.uploaded().await.is_empty());
}

#[tokio::test]
async fn s62_server_errors_are_tried_three_times_again() {
    let desk = drafted().await;
    desk.file("a.yaml", &manifest("a"));
    desk.uploads(&[503, 500, 502, 200]).await;
    desk.run("forge upload a.yaml").await.quiet();
    let sent = desk.uploaded().await;
    assert_eq!(sent.len(), 4);
    assert!(sent.iter().all(|body| *body == sent[0]));

    let desk = drafted().await;
    desk.file("a.yaml", &manifest("a"));
    desk.uploads(&[503]).await;
    let stderr = desk.run("forge upload a.yaml").await.fails(1);
    assert!(stderr.starts_with("error: the upload failed: the store answered 503 Service Unavailable, 4 times\n"));
    assert_eq!(desk.uploaded().await.len(), 4);
}

#[tokio::test]
async fn s62_timeouts_are_tried_again() {
    use std::time::Duration;
    use wiremock::{Mock, ResponseTemplate, matchers::method};

    let desk = drafted().await;
    desk.file("a.yaml", &manifest("a"));
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(20));
    Mock::given(method("PUT")).respond_with(slow).up_to_n_times(1).with_priority(1).mount(&desk.machine.server).await;
    Mock::given(method("PUT")).respond_with(ResponseTemplate::new(200)).mount(&desk.machine.server).await;
    desk.run("forge upload a.yaml --request-timeout 1").await.quiet();
    assert_eq!(desk.uploaded().await.len(), 2);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again_and_says_what_to_do() {
    let desk = drafted().await;
    desk.file("a.yaml", &manifest("a"));
    desk.uploads(&[403]).await;
    let stderr = desk.run("forge upload a.yaml").await.fails(1);
    assert!(stderr.contains("hint: an upload URL lasts five minutes: run `forge init` again"), "{stderr}");
    assert!(!stderr.contains("s3cret"), "{stderr}");
    assert_eq!(desk.uploaded().await.len(), 1);
}

#[tokio::test]
async fn where_a_key_is_known_the_draft_is_renewed_for_these_bytes_with_the_same_metadata() {
    let desk = drafted().await;
    desk.uploads(&[200]).await;
    desk.file("a.yaml", &manifest("a"));
    desk.run("forge upload a.yaml").await.quiet();
    let drafts = desk.bodies("POST", &format!("/api/v1/apps/{APP_ID}/versions/draft")).await;
    let archive = &desk.uploaded().await[0];
    let digest: String = Sha256::digest(archive).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(drafts[0].get("artifact").is_none());
    assert_eq!(drafts[1]["artifact"], serde_json::json!({"size": archive.len(), "sha256": digest}));
    assert_eq!(drafts[0]["metadata"], drafts[1]["metadata"]);
    let requests = desk.machine.server.received_requests().await.unwrap();
    let put = requests.iter().find(|request| request.method.as_str() == "PUT").unwrap();
    assert_eq!(put.headers["x-amz-checksum-sha256"], "c3Vt");
    assert_eq!(put.headers["content-type"], "application/gzip");
    assert_eq!(put.headers["content-length"], archive.len().to_string().as_str());
    assert!(!put.headers.contains_key("x-api-key"), "a store must not learn the key");
}

#[tokio::test]
async fn without_a_key_the_url_of_the_draft_is_used_as_it_is() {
    let desk = drafted().await;
    desk.uploads(&[200]).await;
    desk.file("a.yaml", &manifest("a"));
    Run::of(desk.bare("forge upload a.yaml")).await.quiet();
    assert_eq!(desk.uploaded().await.len(), 1);
    let drafts = desk.bodies("POST", &format!("/api/v1/apps/{APP_ID}/versions/draft")).await;
    assert_eq!(drafts.len(), 1);
}

#[tokio::test]
async fn a_given_url_needs_no_draft() {
    let desk = Desk::new().await;
    desk.uploads(&[200]).await;
    desk.file("a.yaml", &manifest("a"));
    let url = format!("{}/upload", desk.machine.server.uri());
    Run::of(desk.bare(&format!("forge upload a.yaml --upload-url {url}"))).await.quiet();
    assert_eq!(paths(&desk.uploaded().await[0]), ["a.yaml"]);
    let stderr = Run::of(desk.bare("forge upload a.yaml")).await.fails(2);
    assert!(stderr.contains("no draft is here: run `forge init` first, or give --upload-url"), "{stderr}");
}

#[tokio::test]
async fn the_archive_of_the_same_files_is_the_same() {
    let (desk, mut sent) = (drafted().await, Vec::new());
    desk.uploads(&[200]).await;
    desk.file("k8s/b.yaml", &manifest("b"));
    desk.file("k8s/sub/a.yaml", &manifest("a"));
    for _ in 0..2 {
        desk.run("forge upload k8s").await.quiet();
        sent = desk.uploaded().await;
        std::fs::write(desk.work.join("k8s/b.yaml"), manifest("b")).unwrap();
    }
    assert_eq!(sent[0], sent[1]);
}

#[tokio::test]
async fn version_yml_tells_the_origin_unless_it_is_supplied() {
    let desk = drafted().await;
    desk.uploads(&[200]).await;
    desk.file("k8s/a.yaml", &manifest("a"));
    desk.run("forge upload k8s").await.quiet();
    let files: BTreeMap<_, _> = entries(&desk.uploaded().await[0]).into_iter().collect();
    let origin: Value = yaml_serde::from_str(&files["version.yml"]).unwrap();
    assert_eq!(origin["version"], "1.0.0");
    let metadata = &origin["metadata"];
    assert_eq!(
        (&metadata["gitSha"], &metadata["gitBranch"], &metadata["buildNumber"]),
        (&Value::from("abc"), &Value::from("main"), &Value::from("7"))
    );
    assert!(metadata["timestamp"].is_string());

    desk.file("k8s/version.yml", "version: 1.0.0\n");
    desk.run("forge upload k8s").await.quiet();
    let files: BTreeMap<_, _> = entries(desk.uploaded().await.last().unwrap()).into_iter().collect();
    assert_eq!(files["version.yml"], "version: 1.0.0\n");
}

#[tokio::test]
async fn what_a_kustomization_refers_to_goes_with_it() {
    let desk = drafted().await;
    desk.uploads(&[200]).await;
    let text = "resources: [a.yaml]\npatches: [{path: patch.json}]\nconfigMapGenerator: [{name: c, files: [k=conf/app.ini]}]\n";
    desk.file("k8s/kustomization.yaml", text);
    desk.file("k8s/a.yaml", &manifest("a"));
    desk.file("k8s/patch.json", "[]");
    desk.file("k8s/conf/app.ini", "x=1");
    desk.file("k8s/conf/other.ini", "x=1");
    desk.run("forge upload k8s").await.quiet();
    let expected = ["a.yaml", "conf/app.ini", "kustomization.yaml", "patch.json", "version.yml"];
    assert_eq!(paths(&desk.uploaded().await[0]), expected);
}

#[tokio::test]
async fn links_that_leave_the_folder_are_refused() {
    let desk = drafted().await;
    desk.file("secret.yaml", &manifest("secret"));
    desk.file("k8s/a.yaml", &manifest("a"));
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, desk.work.join("k8s").join(name)).unwrap();
    link("../secret.yaml", "out.yaml");
    link("nothing", "gone.yaml");
    let stderr = desk.run("forge upload k8s").await.fails(2);
    assert!(stderr.contains("k8s/out.yaml: a link that leaves the folder; only files are accepted"), "{stderr}");
    assert!(stderr.contains("k8s/gone.yaml: a link to nothing"), "{stderr}");
}

#[tokio::test]
async fn broken_manifests_are_refused_here_unless_told_otherwise() {
    let desk = drafted().await;
    desk.uploads(&[200]).await;
    desk.file("k8s/a.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    desk.file("k8s/b.yaml", "hello\n");
    for command in ["forge upload k8s", "forge validate k8s"] {
        let stderr = desk.run(command).await.fails(2);
        assert!(stderr.contains("a.yaml:") && stderr.contains("b.yaml:"), "all at once: {stderr}");
    }
    assert!(desk.uploaded().await.is_empty());
    desk.run("forge upload --no-validate k8s").await.quiet();
    assert_eq!(desk.uploaded().await.len(), 1);
}
