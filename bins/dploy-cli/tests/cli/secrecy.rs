//! No token is ever printed.

use rstest::rstest;
use serde_json::json;
use wiremock::{Mock, Request, ResponseTemplate, matchers::any};

use crate::harness::{Machine, Run, TOKEN};

#[rstest]
#[case(&["env", "list"])]
#[case(&["env", "create", "webshell"])]
#[case(&["env", "create", "webshell", "--wait=1"])]
#[case(&["env", "create", "webshell", "--dry-run"])]
#[case(&["env", "get", "webshell"])]
#[case(&["env", "extend", "webshell"])]
#[case(&["env", "delete", "webshell"])]
#[case(&["env", "watch", "webshell"])]
#[case(&["template", "list"])]
#[case(&["--help"])]
#[case(&["env", "create", "--help"])]
#[case(&["env", "create"])]
#[tokio::test]
async fn no_command_prints_it_even_if_the_server_repeats_it(#[case] args: &[&str]) {
    let machine = Machine::new().await;
    let echo = |request: &Request| {
        let header = request.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        ResponseTemplate::new(400).set_body_json(json!({ "error": format!("bad header {header:?}") }))
    };
    Mock::given(any()).respond_with(echo).mount(&machine.server).await;
    let run = machine.run(args).await;
    assert!(!run.stdout.contains(TOKEN) && !run.stderr.contains(TOKEN), "{run:?}");
}

#[tokio::test]
async fn neither_success_nor_failure_of_a_login_prints_it() {
    let machine = Machine::new().await;
    let url = machine.server.uri();
    let login = || machine.bare(&["login", "--server", &url, "--token-stdin"]);
    machine.answer("GET", "/api/me", 401, json!({ "error": format!("no such token {TOKEN}") })).await;
    let refused = Run::with_input(login(), TOKEN).await.fails(5);
    assert!(!refused.contains(TOKEN), "{refused}");
    machine.server.reset().await;
    machine.healthy().await;
    assert!(!Run::with_input(login(), TOKEN).await.quiet().contains(TOKEN));

    let unusable = Run::with_input(login(), &format!("{TOKEN} {TOKEN}")).await.fails(2);
    assert!(!unusable.contains(TOKEN), "{unusable}");
}

#[tokio::test]
async fn a_broken_configuration_is_not_quoted() {
    let machine = Machine::new().await;
    std::fs::create_dir(machine.config().parent().unwrap()).unwrap();
    std::fs::write(machine.config(), format!("{{\"server\": \"http://x\", \"token\": \"{TOKEN}\" oops")).unwrap();
    let stderr = Run::of(machine.bare(&["env", "list"])).await.fails(2);
    assert!(!stderr.contains(TOKEN), "{stderr}");
}
