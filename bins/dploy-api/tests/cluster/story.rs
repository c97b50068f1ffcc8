use reqwest::StatusCode;

use super::world::{eventually, run};

#[test]
fn s20_s28_s29_an_environment_is_claimed_extended_and_released() {
    run(|world| async move {
        let [api, _] = &world.replicas;
        let ttl = "  ttl: { seconds: 600, extendSeconds: 60, maxExtends: 1 }\n";
        world.template("vscode", ttl).await;
        let alice = world.person("Alice.Doe");
        let first = api.run("vscode", &alice).await;
        assert_eq!(first.status, StatusCode::OK, "{first:?}");
        // Before its lifetime has started, the end of an environment may still move.
        let ready = eventually("it is healthy and its lifetime has started", || async {
            world.claims().await.first()?.status.as_ref()?.started_at.as_ref()?;
            let status = api.status("vscode", &alice).await.body;
            (status["status"] == "Healthy").then_some(status)
        })
        .await;
        assert_eq!((ready["uuid"].as_str().unwrap().len(), &ready["owner"]), (8, &"alice-doe".into()));
        assert!(ready["url"].as_str().unwrap().contains(ready["uuid"].as_str().unwrap()), "{ready}");
        assert_eq!(api.run("vscode", &alice).await.body, ready);
        assert_eq!(world.claims().await.len(), 1);

        let extended = api.extend("vscode", &alice).await;
        assert_eq!(extended.status, StatusCode::OK);
        assert!(extended.body["expiresAt"].as_str() > ready["expiresAt"].as_str(), "{extended:?}");
        assert_eq!(api.status("vscode", &alice).await.body["expiresAt"], extended.body["expiresAt"]);
        let refused = api.extend("vscode", &alice).await;
        assert_eq!(
            (refused.status, &refused.body["error"]),
            (StatusCode::CONFLICT, &"maximum extensions reached (1)".into())
        );

        assert_eq!(api.release("vscode", &alice).await.status, StatusCode::NO_CONTENT);
        assert_eq!(api.status("vscode", &alice).await.status, StatusCode::NOT_FOUND);
        assert_eq!(api.release("vscode", &alice).await.status, StatusCode::NOT_FOUND);
        eventually("nothing is left", || async {
            (world.claims().await.is_empty() && world.instances().await.is_empty()).then_some(())
        })
        .await;
    });
}

#[test]
fn s24_a_run_right_after_a_release_gives_a_new_environment() {
    run(|world| async move {
        let [api, _] = &world.replicas;
        world.template("vscode", "").await;
        let alice = world.person("alice");
        let first = api.run("vscode", &alice).await;
        api.release("vscode", &alice).await;
        let second = api.run("vscode", &alice).await;
        assert_eq!((first.status, second.status), (StatusCode::OK, StatusCode::OK));
        let uuid = |healthy: serde_json::Value| healthy["uuid"].as_str().unwrap().to_owned();
        let ready = eventually("the new one is healthy", || async {
            let status = api.status("vscode", &alice).await.body;
            (status["status"] == "Healthy").then_some(status)
        })
        .await;
        assert_ne!(uuid(ready), first.body["uuid"].as_str().unwrap());
    });
}
