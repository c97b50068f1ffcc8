//! `dploy login` and which token is sent where.

use serde_json::{Value, json};

use crate::harness::{Machine, Run, TOKEN};

async fn logged_in() -> Machine {
    let machine = Machine::new().await;
    machine.healthy().await;
    let url = machine.server.uri();
    Run::with_input(machine.bare(&["login", "--server", &url, "--token-stdin"]), &format!("{TOKEN}\n")).await.quiet();
    machine
}

#[tokio::test]
async fn what_it_stores_serves_later_commands() {
    let machine = logged_in().await;
    Run::of(machine.bare(&["env", "list"])).await.quiet();
    let requests = machine.server.received_requests().await.unwrap();
    let bearer = format!("Bearer {TOKEN}");
    assert!(requests.iter().all(|request| request.headers["authorization"] == bearer.as_str()));
    assert_eq!(machine.requests().await, ["GET /api/me", "GET /api/environments"]);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_readable_by_the_user_alone_also_when_it_was_not() {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    let machine = logged_in().await;
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(machine.config()), 0o600);
    assert_eq!(mode(machine.config().parent().unwrap().to_owned()), 0o700);
    fs::set_permissions(machine.config(), fs::Permissions::from_mode(0o644)).unwrap();
    let url = machine.server.uri();
    Run::with_input(machine.bare(&["login", "--server", &url, "--token-stdin"]), TOKEN).await.quiet();
    assert_eq!(mode(machine.config()), 0o600);
    let left: Vec<_> = fs::read_dir(machine.config().parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing else is left in the folder");
}

#[tokio::test]
async fn home_serves_where_xdg_config_home_is_not_set() {
    let machine = Machine::new().await;
    machine.healthy().await;
    let mut command = machine.bare(&["login", "--server", &machine.server.uri(), "--token-stdin"]);
    command.env_remove("XDG_CONFIG_HOME").env("HOME", machine.home.path());
    Run::with_input(command, TOKEN).await.quiet();
    let stored = std::fs::read(machine.home.path().join(".config/dploy/config.json")).unwrap();
    let stored: Value = serde_json::from_slice(&stored).unwrap();
    assert_eq!(stored, json!({"server": machine.server.uri(), "token": TOKEN}));
}

#[tokio::test]
async fn a_stored_token_is_sent_to_no_other_server() {
    let (machine, other) = (logged_in().await, Machine::new().await);
    other.healthy().await;
    Run::of(machine.bare(&["env", "list", "--server", &other.server.uri()])).await.fails(5);
    Run::of(machine.bare(&["template", "list", "--server", &other.server.uri()])).await.quiet();
    let requests = other.server.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| !request.headers.contains_key("authorization")));
    assert_eq!(requests.len(), 1);
}

#[tokio::test]
async fn option_beats_variable_beats_stored() {
    let machine = logged_in().await;
    let file = machine.home.path().join("token");
    std::fs::write(&file, "from-file\n").unwrap();
    let mut command = machine.bare(&["env", "list"]);
    command.env("DPLOY_TOKEN", "from-variable");
    Run::of(command).await.quiet();
    let mut command = machine.bare(&["env", "list", "--token-file", file.to_str().unwrap()]);
    command.env("DPLOY_TOKEN", "from-variable");
    Run::of(command).await.quiet();
    let requests = machine.server.received_requests().await.unwrap();
    let sent: Vec<_> = requests.iter().skip(1).map(|request| request.headers["authorization"].clone()).collect();
    assert_eq!(sent, ["Bearer from-variable", "Bearer from-file"]);
}

#[tokio::test]
async fn a_refused_token_is_not_stored() {
    let machine = Machine::new().await;
    machine.answer("GET", "/api/me", 401, json!({"error": "token parsing failed"})).await;
    let command = machine.bare(&["login", "--server", &machine.server.uri(), "--token-stdin"]);
    let stderr = Run::with_input(command, TOKEN).await.fails(5);
    assert!(stderr.starts_with("error: token parsing failed\n"), "{stderr}");
    assert!(!machine.config().exists());
}

#[tokio::test]
async fn a_server_that_is_down_is_a_warning() {
    let machine = Machine::new().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let command = machine.bare(&["login", "--server", &format!("http://{free}"), "--token-stdin"]);
    let run = Run::with_input(command, TOKEN).await;
    assert_eq!(run.code, 0);
    assert!(run.stderr.starts_with("warning: the token is stored unchecked: cannot reach"), "{}", run.stderr);
    assert!(machine.config().exists());
}

#[tokio::test]
async fn a_broken_configuration_is_named() {
    let machine = Machine::new().await;
    std::fs::create_dir(machine.config().parent().unwrap()).unwrap();
    std::fs::write(machine.config(), "{").unwrap();
    let stderr = Run::of(machine.bare(&["env", "list"])).await.fails(2);
    assert!(stderr.contains("config.json is not a configuration of dploy: "), "{stderr}");
}
