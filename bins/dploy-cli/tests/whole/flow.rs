//! What build pipelines and developers do, from the first command to the last, against a whole server.

use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    kustomize,
    service::{KEY, Names, Service},
};

/// A manifest whose contents tell the version apart.
fn manifest(port: u16) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\nspec:\n  ports: [{{ port: {port} }}]\n")
}

/// A server with the application `shop`, whose branch `main` goes to staging, and a folder that is bound to it.
fn shop(names: Names) -> Service {
    let service = Service::start(names);
    let stored = service.run(&format!("releases configure --url {} --api-key {KEY}", service.url)).ok();
    assert!(!stored.contains(KEY), "{stored}");
    assert!(service.run("releases app register shop").ok().contains("shop"));
    let stderr = service.run("releases app register shop").fails(3);
    assert!(stderr.contains("hint: "), "{stderr}");
    service.run("releases policy create shop --name auto --branch main --env staging").ok();
    service.run("forge app-bind --app shop").ok();
    service
}

/// Takes a version from draft to publish; returns what publish wrote.
fn publish(service: &Service, version: &str, port: u16) -> String {
    service.file("k8s/shop.yaml", &manifest(port));
    service.file("k8s/more/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n");
    let origin = "--git-sha 42540c4f --git-branch main --git-committer ann --build-number 7";
    let draft = service.run(&format!("forge init --version {version} {origin}")).ok();
    let draft: Value = serde_json::from_str(&draft).unwrap();
    assert_eq!(draft["versionId"], version);
    let uploaded = service.run("forge upload k8s").ok();
    assert!(uploaded.contains("✓ more/config.yaml (0.1 KB)\n✓ shop.yaml (0.1 KB)\n"), "{uploaded}");
    assert!(uploaded.contains("Uploaded 3 files in an archive of "), "{uploaded}");
    service.run("forge publish --wait").ok()
}

/// The version that each target runs.
fn current(service: &Service) -> Value {
    let app = service.json("releases app show shop");
    let all = app["currentVersions"].as_object().unwrap();
    all.iter().map(|(target, current)| (target.clone(), current["versionId"].clone())).collect()
}

#[rstest]
#[case(Names::Own)]
#[case(Names::Original)]
fn s39_s49_s55_s60_s64_s65_a_version_is_published_deployed_taken_back_held_and_promoted(#[case] names: Names) {
    let service = shop(names);
    let published = publish(&service, "1.0.0", 80);
    assert!(published.starts_with("Published 1.0.0 with 2 manifest files\ndeployment "), "{published}");
    assert!(published.contains(" to staging: succeeded\n"), "{published}");
    publish(&service, "1.1.0", 81);
    assert_eq!(current(&service), json!({ "staging": "1.1.0" }));
    let version = service.json("releases version show shop 1.1.0");
    assert_eq!((&version["gitSha"], &version["gitCommitter"]), (&json!("42540c4f"), &json!("ann")));
    assert_eq!((&version["buildNumber"], &version["deployedTo"]), (&json!("7"), &json!(["staging"])));

    let back = service.json("releases rollback shop --env staging --previous --confirm --wait");
    assert_eq!(
        (&back["versionId"], &back["state"], &back["trigger"]),
        (&json!("1.0.0"), &json!("succeeded"), &json!("rollback"))
    );
    let (_, message) = service.branch();
    assert!(
        message.contains("Dploy-Rollback-Of: 1.1.0\n") && message.contains("Dploy-Triggered-By: ann\n"),
        "{message}"
    );

    let published = publish(&service, "1.2.0", 82);
    assert!(
        published.contains("policy auto left staging alone, which is on hold: rolled back to 1.0.0"),
        "{published}"
    );
    assert_eq!(current(&service), json!({ "staging": "1.0.0" }));
    let app = service.json("releases app show shop");
    assert_eq!(app["holds"]["staging"]["reason"], "rolled back to 1.0.0");
    let diff = service.run("releases diff shop --env staging --to 1.2.0").ok();
    assert!(diff.starts_with("changed v1 Service shop\n") && diff.contains("80") && diff.contains("82"), "{diff}");
    assert!(!diff.contains("ConfigMap"), "{diff}");

    service.run("releases promote shop --from staging --to production --confirm --wait").ok();
    assert_eq!(current(&service), json!({ "production": "1.0.0", "staging": "1.0.0" }));
    service.run("releases resume shop --env staging").ok();
    service.run("releases deploy shop 1.2.0 --env staging --confirm --wait").ok();
    let again = service.json("releases deploy shop 1.2.0 --env staging --confirm --wait");
    assert_eq!(again["state"], "unchanged");
    service.run("releases hold shop --env staging --reason weekend").ok();
    assert!(publish(&service, "1.3.0", 83).contains("on hold: weekend"));
    assert_eq!(current(&service), json!({ "production": "1.0.0", "staging": "1.2.0" }));

    let (files, _) = service.branch();
    for target in ["staging", "production"] {
        let folder = format!("environments/{target}/apps/shop");
        let here: Vec<_> = files.iter().filter_map(|file| file.strip_prefix(&format!("{folder}/"))).collect();
        assert_eq!(here, ["kustomization.yaml", "more/config.yaml", "shop.yaml"]);
        kustomize::builds(&service.gitops(), &folder, &["ConfigMap shop", "Service shop"]);
        kustomize::builds(
            &service.gitops(),
            &format!("environments/{target}/apps"),
            &["ConfigMap shop", "Service shop"],
        );
    }
}

#[rstest]
#[case(Names::Own)]
#[case(Names::Original)]
fn w04_an_application_is_taken_off_a_target_and_what_is_left_builds_to_nothing(#[case] names: Names) {
    let service = shop(names);
    publish(&service, "1.0.0", 80);
    service.run("releases promote shop --from staging --to production --confirm --wait").ok();
    let removed = service.json("releases remove shop --env staging --confirm --wait");
    assert_eq!((&removed["state"], &removed["trigger"]), (&json!("succeeded"), &json!("removal")));
    assert_eq!(current(&service), json!({ "production": "1.0.0" }));
    let (files, message) = service.branch();
    let here: Vec<_> = files.iter().filter_map(|file| file.strip_prefix("environments/staging/")).collect();
    assert_eq!(here, ["apps/kustomization.yaml"]);
    assert!(message.starts_with("Remove shop from staging\n"), "{message}");
    kustomize::builds(&service.gitops(), "environments/staging/apps", &[]);
    kustomize::builds(&service.gitops(), "environments/production/apps", &["ConfigMap shop", "Service shop"]);

    let stderr = service.run("releases remove shop --env staging --confirm").fails(3);
    assert!(stderr.contains("runs nothing in staging"), "{stderr}");
    assert!(publish(&service, "1.1.0", 81).contains("on hold: removed from staging"));
    service.run("releases deploy shop 1.1.0 --env staging --confirm --wait").ok();
    assert_eq!(current(&service), json!({ "production": "1.0.0", "staging": "1.1.0" }));
    kustomize::builds(&service.gitops(), "environments/staging/apps", &["ConfigMap shop", "Service shop"]);
}

#[rstest]
#[case(Names::Own)]
#[case(Names::Original)]
fn s42_s63_what_the_server_refuses_has_its_exit_code_and_reason(#[case] names: Names) {
    let service = shop(names);
    publish(&service, "1.0.0", 80);
    let stderr = service.run("releases deploy shop 9.9.9 --env staging --confirm").fails(4);
    assert!(stderr.contains("9.9.9"), "{stderr}");
    let stderr = service.run("releases deploy shop 1.0.0 --env elsewhere --confirm").fails(2);
    assert!(stderr.contains("declared targets: production, staging"), "{stderr}");
    let stderr = service.run("forge init --version 1.0.0 --git-sha 1 --git-branch main").fails(3);
    assert!(stderr.contains("1.0.0"), "{stderr}");
    service.run("releases rollback shop --env staging --previous --confirm").fails(3);
    service.run("releases deploy shop 1.0.0 --env staging").fails(2);

    service.run("releases version reject shop 1.0.0 --reason broken").ok();
    let stderr = service.run("releases deploy shop 1.0.0 --env production --confirm").fails(2);
    assert!(stderr.contains("broken"), "{stderr}");
    service.run("releases version accept shop 1.0.0").ok();

    service.refuse_pushes(true);
    let stderr = service.run("releases deploy shop 1.0.0 --env production --confirm --wait").fails(1);
    assert!(stderr.contains("the branch is frozen") && stderr.contains("deployment show"), "{stderr}");
    service.refuse_pushes(false);
    service.run("releases deploy shop 1.0.0 --env production --confirm --wait").ok();
    let states: Vec<_> = service
        .json("releases deployment list --app shop --env production")
        .as_array()
        .unwrap()
        .iter()
        .map(|deployment| deployment["state"].clone())
        .collect();
    assert_eq!(states, ["succeeded", "failed"]);

    service.file("k8s/shop.yaml", "apiVersion: v1\nkind: Service\n");
    service.run("forge init --version 2.0.0 --git-sha 1 --git-branch main").ok();
    let stderr = service.run("forge upload k8s").fails(2);
    assert!(stderr.contains("shop.yaml:1: ") && stderr.contains("metadata is missing"), "{stderr}");
    let stderr = service.run("forge publish").fails(2);
    assert!(stderr.contains("error: "), "nothing was uploaded: {stderr}");
    service.run("forge upload k8s --no-validate").ok();
    let stderr = service.run("forge publish").fails(2);
    assert!(stderr.contains("shop.yaml") && stderr.contains("metadata is missing"), "{stderr}");
    service.file("k8s/shop.yaml", &manifest(90));
    service.run("forge upload k8s").ok();
    service.run("forge publish").ok();
}

#[rstest]
#[case(Names::Own)]
#[case(Names::Original)]
fn s01_s66_keys_are_made_used_and_revoked_and_the_audit_tells_of_it(#[case] names: Names) {
    let service = shop(names);
    publish(&service, "1.0.0", 80);
    let made = service.json("releases key create ci --app shop --action read,publish --expires 90d");
    let (key, id) = (made["apiKey"].as_str().unwrap(), made["id"].as_str().unwrap());
    service.run_with(key, "releases version list shop").ok();
    service.run_with(key, "forge init --version 1.1.0 --git-sha 1 --git-branch dev").ok();
    let stderr = service.run_with(key, "releases deploy shop 1.0.0 --env production --confirm").fails(5);
    assert!(stderr.contains("deploy"), "{stderr}");
    let listed = service.run("releases key list -o json").ok();
    assert!(listed.contains(id) && !listed.contains(key), "{listed}");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert!(key.starts_with(listed[0]["prefix"].as_str().unwrap()) && !listed[0]["lastUsedAt"].is_null(), "{listed}");
    service.run(&format!("releases key revoke {id} --confirm")).ok();
    let stderr = service.run_with(key, "releases version list shop").fails(5);
    assert!(!stderr.contains(key), "{stderr}");
    service.run_with("wrong", "releases app list").fails(5);

    let events = service.json("releases audit --limit 0");
    let events: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event["action"].as_str().unwrap(), event["outcome"].as_str().unwrap()))
        .collect();
    for action in
        ["application.register", "policy.create", "version.draft", "version.publish", "key.create", "key.revoke"]
    {
        assert!(events.contains(&(action, "done")), "{action}: {events:?}");
    }
    assert!(events.contains(&("deployment.create", "denied")), "{events:?}");
    let of_shop = service.json("releases audit --app shop --action version.publish");
    assert_eq!(of_shop.as_array().unwrap().len(), 1);
}
