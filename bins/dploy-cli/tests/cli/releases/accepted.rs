//! What the client uploads is what the server takes: read and checked by the server's own parts.

use dploy_core::{
    releases::{
        application::ObjectRules,
        manifest::{Checker, Manifests},
        version::VersionMetadata,
    },
    time::Timestamp,
};
use dploy_storage::archive::{Files, Limits};
use serde_json::Value;

use super::desk::{APP_ID, Desk, manifest};

/// The manifests in the archive of a version of that draft, as the server reads them.
fn read(archive: Vec<u8>, draft: &Value) -> Manifests {
    let metadata = &draft["metadata"];
    let text = |key: &str| metadata[key].as_str().map(str::to_owned);
    let origin = VersionMetadata {
        git_sha: text("gitSha").unwrap(),
        git_branch: text("gitBranch").unwrap(),
        git_tag: text("gitTag"),
        git_committer: text("gitCommitter"),
        build_number: text("buildNumber"),
        timestamp: Timestamp::from_unix_seconds(0),
    };
    let mut checker = Checker::new(ObjectRules::default(), &origin, draft["versionId"].as_str().unwrap());
    for file in Files::new(archive.into(), Limits::default()) {
        checker.file(&file.unwrap());
    }
    checker.finish().unwrap_or_else(|problems| panic!("{problems}"))
}

#[tokio::test]
async fn w14_an_archive_with_its_version_file_is_accepted() {
    let desk = Desk::with_server().await;
    desk.uploads(&[200]).await;
    let deep = format!("{}/{}.yaml", "folder".repeat(15), "name".repeat(20));
    desk.file(&format!("k8s/{deep}"), &manifest("deep"));
    desk.file("k8s/a.yaml", &manifest("a"));
    desk.file("k8s/conf/app.ini", "x=1");
    desk.file("k8s/conf/kustomization.yaml", "configMapGenerator: [{name: c, files: [app.ini]}]\n");
    desk.run("forge init --app web --version 1.0.0 --git-sha 42540c4 --git-tag v1 --build-number 7").await.quiet();
    desk.run("forge upload k8s").await.quiet();
    let draft = desk.bodies("POST", &format!("/api/v1/apps/{APP_ID}/versions/draft")).await.pop().unwrap();
    assert_eq!((&draft["metadata"]["gitTag"], &draft["metadata"]["gitBranch"]), (&"v1".into(), &"unknown".into()));
    let manifests = read(desk.uploaded().await.remove(0), &draft);
    let files: Vec<&str> = manifests.files.iter().map(|path| path.as_str()).collect();
    assert_eq!(files, ["a.yaml", "conf/app.ini", "conf/kustomization.yaml", deep.as_str()]);
}
