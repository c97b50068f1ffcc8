//! Exit codes and messages of everything that can go wrong.

use std::time::Duration;

use rstest::rstest;
use serde_json::json;
use wiremock::{Mock, ResponseTemplate, matchers::any};

use crate::harness::{Machine, Run};

const COMMANDS: &[&[&str]] = &[
    &["env", "list"],
    &["env", "create", "webshell"],
    &["env", "create", "webshell", "--wait=5"],
    &["env", "get", "webshell"],
    &["env", "extend", "webshell"],
    &["env", "delete", "webshell"],
    &["env", "watch", "webshell"],
    &["template", "list"],
    &["template", "get", "webshell"],
];

#[rstest]
#[case(400, "missing required parameter \"p\"", 2, "parameters are given as --param NAME=VALUE")]
#[case(401, "token parsing failed", 5, "the token is missing, wrong or expired: run `dploy login` with a new one")]
#[case(403, "Maximum 5 environments allowed", 1, "release one with `dploy env delete`")]
#[case(
    403,
    "your token has no usable \"team\" claim required to own this environment",
    5,
    "another account or --owner may have the right"
)]
#[case(
    404,
    "environment \"webshell\" not found",
    4,
    "`dploy env list` shows yours, `dploy template list` what can be asked for"
)]
#[case(409, "maximum extensions reached (3)", 3, "`dploy env get` shows how it stands now")]
#[case(429, "too many requests", 1, "release one with `dploy env delete`")]
#[case(500, "internal error", 1, "the server has failed; its log says why")]
#[case(503, "no pooled instance available, try again shortly", 1, "try again shortly")]
#[tokio::test]
async fn each_status_has_one_exit_code_and_hint_for_every_command(
    #[case] status: u16,
    #[case] message: &str,
    #[case] code: i32,
    #[case] hint: &str,
) {
    let machine = Machine::new().await;
    let answer = ResponseTemplate::new(status).set_body_json(json!({ "error": message }));
    Mock::given(any()).respond_with(answer).mount(&machine.server).await;
    for command in COMMANDS {
        let stderr = machine.run(command).await.fails(code);
        assert_eq!(stderr, format!("error: {message}\nhint: {hint}\n"), "{command:?}");
    }
}

#[tokio::test]
async fn the_newer_error_shape_and_retry_after_are_understood() {
    let machine = Machine::new().await;
    let body = json!({"error": {"code": "pool_exhausted", "message": "nothing free", "requestId": "r"}});
    let answer = ResponseTemplate::new(503).set_body_json(body).insert_header("Retry-After", "7");
    Mock::given(any()).respond_with(answer).mount(&machine.server).await;
    let stderr = machine.run(&["env", "create", "webshell"]).await.fails(1);
    assert_eq!(stderr, "error: nothing free\nhint: try again in 7 s\n");
}

#[tokio::test]
async fn a_server_that_is_not_dploy_is_said_to_be_one() {
    let machine = Machine::new().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("<html>")).mount(&machine.server).await;
    let stderr = machine.run(&["env", "list"]).await.fails(1);
    assert!(stderr.starts_with(&format!("error: unexpected answer from {}/api/environments: ", machine.server.uri())));
    assert!(stderr.ends_with("hint: is this the URL of a dploy server?\n"), "{stderr}");
}

#[tokio::test]
async fn an_error_without_a_body_names_the_url_and_the_status() {
    let machine = Machine::new().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(404)).mount(&machine.server).await;
    let stderr = machine.run(&["env", "list"]).await.fails(4);
    assert!(stderr.contains("/api/environments answered 404 Not Found\n"), "{stderr}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_token() {
    let (machine, other) = (Machine::new().await, Machine::new().await);
    let answer = ResponseTemplate::new(307).insert_header("Location", other.server.uri());
    Mock::given(any()).respond_with(answer).mount(&machine.server).await;
    let stderr = machine.run(&["env", "list"]).await.fails(1);
    assert!(stderr.contains(&format!("it redirects to {}", other.server.uri())), "{stderr}");
    assert!(other.requests().await.is_empty());
}

#[tokio::test]
async fn an_unreachable_server_is_named() {
    let machine = Machine::new().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let stderr = machine.run(&["env", "list", "--server", &url]).await.fails(1);
    assert!(stderr.starts_with(&format!("error: cannot reach {url}: ")), "{stderr}");
    assert!(stderr.contains("\nhint: check the URL"), "{stderr}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_in_time_is_a_timeout() {
    let machine = Machine::new().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(20));
    Mock::given(any()).respond_with(slow).mount(&machine.server).await;
    let stderr = machine.run(&["template", "list", "--request-timeout", "1"]).await.fails(6);
    assert!(stderr.starts_with(&format!("error: no answer from {} within 1 s\n", machine.server.uri())), "{stderr}");
}

#[tokio::test]
async fn a_template_outside_the_catalog_is_not_found() {
    let machine = Machine::new().await;
    machine.healthy().await;
    let stderr = machine.run(&["template", "get", "nothing"]).await.fails(4);
    assert!(stderr.starts_with("error: template \"nothing\" not found\nhint: "), "{stderr}");
}

#[rstest]
#[case(&[])]
#[case(&["frobnicate"])]
#[case(&["env", "create"])]
#[case(&["env", "create", "Not_A_Name"])]
#[case(&["env", "create", ".."])]
#[case(&["env", "create", "x", "--param", "novalue"])]
#[case(&["env", "create", "x", "--param", "a=1", "--param", "a=2"])]
#[case(&["env", "create", "x", "--wait=0"])]
#[case(&["env", "create", "x", "--wait", "--dry-run"])]
#[case(&["env", "create", "x", "--owner-claim", "groups"])]
#[case(&["env", "get", "x", "--owner", ""])]
#[case(&["env", "list", "-o", "xml"])]
#[case(&["env", "list", "--server", "not a url"])]
#[case(&["env", "list", "--server", "ftp://example.org"])]
#[case(&["env", "list", "--token-file", "/does/not/exist"])]
#[case(&["login", "--server", "http://127.0.0.1:1"])]
#[case(&["login", "--server", "http://127.0.0.1:1", "--token-stdin", "--token-file", "x"])]
#[tokio::test]
async fn a_usage_error_exits_with_2_and_sends_nothing(#[case] args: &[&str]) {
    let machine = Machine::new().await;
    let run = machine.run(args).await;
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    assert!(!run.stderr.is_empty());
    assert!(machine.requests().await.is_empty());
}

#[tokio::test]
async fn without_a_server_or_a_token_nothing_is_sent() {
    let machine = Machine::new().await;
    let stderr = Run::of(machine.bare(&["env", "list"])).await.fails(2);
    assert!(stderr.starts_with("error: no server is configured\nhint: run `dploy login"), "{stderr}");

    let mut command = machine.bare(&["env", "list"]);
    command.env("DPLOY_SERVER", machine.server.uri());
    let stderr = Run::of(command).await.fails(5);
    assert!(stderr.starts_with(&format!("error: no token for {}\nhint: ", machine.server.uri())), "{stderr}");
    assert!(machine.requests().await.is_empty());
}

#[tokio::test]
async fn the_catalog_needs_no_token() {
    let machine = Machine::new().await;
    machine.healthy().await;
    let mut command = machine.bare(&["template", "list"]);
    command.env("DPLOY_SERVER", machine.server.uri());
    Run::of(command).await.quiet();
}

#[tokio::test]
async fn help_and_version_exit_with_0() {
    let machine = Machine::new().await;
    for args in [&["--help"][..], &["--version"], &["env", "create", "--help"], &["help", "env"]] {
        let stdout = Run::of(machine.bare(args)).await.quiet();
        assert!(stdout.contains("dploy"), "{args:?}");
    }
}

#[tokio::test]
async fn a_reader_that_stops_reading_is_no_error() {
    let machine = Machine::new().await;
    machine.healthy().await;
    let mut command = machine.command(&["env", "list"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.stdout(writer).stderr(std::process::Stdio::piped()).output().await.unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &[][..]));
}
