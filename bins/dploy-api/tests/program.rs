//! The program itself: what it says where it cannot start, and how it ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{fs, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::Command,
    time::timeout,
};

fn program(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dploy-api"));
    command.env_clear().envs(variables.iter().copied()).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn an_unusable_variable_ends_the_start_with_its_name() {
    for (given, told) in [
        (vec![], "nothing says what to serve"),
        (vec![("JWKS_URL", "http://id/jwks")], "JWT_ISSUER must be set"),
        (
            vec![("JWKS_URL", "http://id/jwks"), ("JWT_ISSUER", "http://id"), ("MANAGER_ENABLED", "no")],
            "MANAGER_ENABLED must be one of 1, t, T,",
        ),
    ] {
        let output = timeout(Duration::from_secs(120), program(&given).output()).await.unwrap().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(stderr.contains(told), "{stderr}");
    }
}

#[tokio::test]
async fn help_lists_every_variable() {
    let output = program(&[]).arg("--help").output().await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    for variable in dploy_api::config::VARIABLES {
        assert!(stdout.contains(variable.name), "{}", variable.name);
    }
}

#[tokio::test]
async fn s63_sigterm_ends_it_in_order() {
    let cluster = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    let server = format!("http://{}", cluster.local_addr().unwrap());
    let kubeconfig = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{ "name": "c", "cluster": { "server": server } }],
        "users": [{ "name": "c", "user": {} }],
        "contexts": [{ "name": "c", "context": { "cluster": "c", "user": "c" } }],
    });
    fs::write(&path, kubeconfig.to_string()).unwrap();
    let mut child = program(&[
        ("JWKS_URL", "http://127.0.0.1:1/jwks"),
        ("JWT_ISSUER", "http://127.0.0.1:1"),
        ("SERVER_HOST", "localhost"),
        ("SERVER_PORT", "0"),
        ("KUBECONFIG", path.to_str().unwrap()),
    ])
    .spawn()
    .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    while !timeout(Duration::from_secs(120), lines.next_line()).await.unwrap().unwrap().unwrap().contains("serving") {}
    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    assert!(timeout(Duration::from_secs(120), child.wait()).await.unwrap().unwrap().success());
}
