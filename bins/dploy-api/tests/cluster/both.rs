//! Environments and releases in one process.

use std::collections::BTreeMap;

use dploy_api::{Config, Server};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::world::{World, eventually, run};

/// A server of both domains, whose release data is in the folder.
async fn start(world: &World, folder: &std::path::Path) -> String {
    let own = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let variables = BTreeMap::from([
        ("DPLOY_DOMAINS", "environments,releases".to_owned()),
        ("JWKS_URL", world.provider.jwks_url()),
        ("JWT_ISSUER", world.provider.issuer().to_owned()),
        ("DPLOY_NAMESPACE", world.namespace.clone()),
        ("API_KEYS", "k1".to_owned()),
        ("DB_PATH", own("dploy.db")),
        ("ARTIFACT_STORE", "folder".to_owned()),
        ("ARTIFACT_FOLDER", own("artifacts")),
        ("GITOPS_REPO", own("gitops.git")),
        ("GITOPS_DATA_FOLDER", own("clones")),
        ("SERVER_HOST", "localhost".to_owned()),
        ("SERVER_PORT", "0".to_owned()),
    ]);
    let config = Config::read(|name| variables.get(name).cloned()).unwrap();
    let server = Server::bind(config, Some(world.client.clone())).await.unwrap();
    let url = format!("http://{}", server.address());
    tokio::spawn(server.serve(CancellationToken::new()));
    url
}

#[test]
fn one_process_serves_both_domains() {
    run(|world| async move {
        let folder = tempfile::tempdir().unwrap();
        let mut git = std::process::Command::new("git");
        let made = git.args(["init", "-q", "--bare"]).arg(folder.path().join("gitops.git")).status().unwrap();
        assert!(made.success());
        let url = start(&world, folder.path()).await;
        world.template("vscode", "").await;
        let http = reqwest::Client::new();
        let get = async |path: &str, credential: &str| {
            let answer = http.get(format!("{url}{path}")).bearer_auth(credential).send().await.unwrap();
            (answer.status(), answer.json::<Value>().await.unwrap_or_default())
        };
        let alice = world.person("alice");
        eventually("the catalog knows the template", || async {
            let (_, catalog) = get("/api/environments/available", "").await;
            catalog.as_array()?.iter().any(|entry| entry["name"] == "vscode").then_some(())
        })
        .await;
        assert_eq!(get("/api/environments", &alice).await.1["count"], 0);
        assert_eq!(get("/api/environments", "k1").await.0, StatusCode::UNAUTHORIZED, "a key of releases is no token");

        let app = http.post(format!("{url}/api/v1/apps")).header("x-api-key", "k1").json(&json!({ "name": "web" }));
        assert_eq!(app.send().await.unwrap().status(), StatusCode::CREATED);
        assert_eq!(get("/api/v1/apps/web", "k1").await.1["name"], "web");
        assert_eq!(get("/api/v1/apps/web", &alice).await.0, StatusCode::OK, "one provider's tokens are good for both");
        assert_eq!(get("/api/v1/apps/web", "").await.0, StatusCode::UNAUTHORIZED);

        let (status, health) = get("/health", "").await;
        assert_eq!(status, StatusCode::OK);
        let checks = json!({ "database": "ok", "s3": "ok", "gitops": "ok" });
        assert_eq!(health, json!({ "status": "healthy", "version": env!("CARGO_PKG_VERSION"), "checks": checks }));
        std::fs::remove_dir_all(folder.path().join("gitops.git")).unwrap();
        eventually("the missing repository is noticed", || async {
            let (status, health) = get("/health", "").await;
            (status == StatusCode::SERVICE_UNAVAILABLE && health["status"] == "unhealthy").then_some(())
        })
        .await;
        assert_eq!(get("/ready", "").await.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(get("/api/environments/available", "").await.0, StatusCode::OK, "the other domain goes on");
        let described = get("/openapi.json", "").await.1;
        for path in ["/api/run/{env}", "/api/v1/apps/{app}/versions/{version}/deploy"] {
            assert!(described["paths"].get(path).is_some(), "{path}");
        }
    });
}
