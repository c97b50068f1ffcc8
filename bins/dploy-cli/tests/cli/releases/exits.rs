//! Exit codes and errors.

use rstest::rstest;
use serde_json::{Value, json};
use wiremock::{Mock, ResponseTemplate, matchers::any};

use super::desk::{Desk, KEY, manifest};
use crate::harness::Run;

#[rstest]
#[case(400, "invalid_request", 2)]
#[case(401, "unauthorized", 5)]
#[case(403, "forbidden", 5)]
#[case(404, "not_found", 4)]
#[case(409, "conflict", 3)]
#[case(429, "exhausted", 1)]
#[case(500, "internal_error", 1)]
#[case(503, "unavailable", 1)]
#[tokio::test]
async fn s63_each_failure_has_its_exit_code_and_is_told_once(
    #[case] status: u16,
    #[case] code: &str,
    #[case] exit: i32,
) {
    let desk = Desk::new().await;
    let body = json!({"error": {"code": code, "message": "so it is"}});
    Mock::given(any())
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(&desk.machine.server)
        .await;
    desk.file("k8s/a.yaml", &manifest("a"));
    for words in [
        "forge app-bind --app web",
        "forge init --app web --version 1 --git-sha a",
        "forge publish --app web --version 1",
        "smithctl app list",
        "smithctl app register web",
        "smithctl version list web",
        "smithctl version show web 1",
        "smithctl version reject web 1 --reason bad",
        "smithctl deploy web 1 --env staging --confirm",
        "smithctl rollback web --env staging --previous --confirm",
        "smithctl promote web --from staging --to production --confirm",
        "smithctl remove web --env staging --confirm",
        "smithctl policy list web",
        "smithctl policy create web --name p --branch main --env staging",
        "smithctl hold web --env staging --reason x",
        "smithctl resume web --env staging",
        "smithctl diff web --from 1 --to 2",
        "dploy releases target list",
        "dploy releases key list",
        "dploy releases audit",
        "dploy releases deployment list",
    ] {
        let stderr = desk.run(words).await.fails(exit);
        assert!(stderr.starts_with("error: so it is\nhint: "), "{words}: {stderr}");
        assert_eq!(stderr.lines().count(), 2, "{words}: {stderr}");
        for format in ["json", "yaml"] {
            let run = desk.run(&format!("{words} -o {format}")).await;
            assert_eq!((run.code, run.stdout.as_str()), (exit, ""), "{words}");
            let error: Value = yaml_serde::from_str(&run.stderr).unwrap();
            assert_eq!((&error["error"]["code"], &error["error"]["exitCode"]), (&json!(code), &json!(exit)), "{words}");
            assert_eq!(error["error"]["message"], "so it is");
            assert_eq!(format == "json", run.stderr.starts_with('{'));
        }
    }
}

#[rstest]
#[case("forge init --frobnicate")]
#[case("forge app-bind")]
#[case("forge init --app ../x --version 1")]
#[case("forge init --app web --version a/b")]
#[case("forge init")]
#[case("forge publish")]
#[case("smithctl deploy web 1.0.0")]
#[case("smithctl deploy --env staging")]
#[case("smithctl deploy web 1.0.0 --env ..")]
#[case("smithctl remove web")]
#[case("smithctl version show")]
#[case("smithctl app show")]
#[case("smithctl policy create web --name p --env staging")]
#[case("smithctl rollback web --env staging --to 1 --previous")]
#[case("smithctl key create ci --action fly")]
#[case("smithctl key revoke ..")]
#[case("smithctl app list -o xml")]
#[case("smithctl diff web --to 1")]
#[tokio::test]
async fn s63_a_usage_error_exits_with_2_and_sends_nothing(#[case] words: &str) {
    let desk = Desk::new().await;
    let run = desk.run(words).await;
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    assert!(desk.machine.requests().await.is_empty());
    if !words.contains("-o ") {
        let run = desk.run(&format!("{words} -o json")).await;
        let error: Value = serde_json::from_str(&run.stderr).unwrap();
        assert_eq!((run.code, &error["error"]["exitCode"]), (2, &json!(2)));
    }
}

#[rstest]
#[case("smithctl deploy web 1.0.0 --env staging")]
#[case("smithctl promote web --from staging --to production")]
#[case("smithctl remove web --env staging")]
#[case("smithctl policy delete web main")]
#[case("smithctl rollback web --env staging --previous")]
#[case("dploy releases target delete staging")]
#[case("dploy releases key revoke 6f1c0f9e")]
#[tokio::test]
async fn s63_every_refused_question_exits_with_2_and_changes_nothing(#[case] words: &str) {
    let desk = Desk::new().await;
    let policy = json!({"id": "p1", "name": "main", "targetEnvironment": "staging", "enabled": true});
    desk.machine.answer("GET", "/api/v1/apps/web/policies", 200, json!({"policies": [policy], "total": 1})).await;
    for input in ["", "n\n", "no\n", "\n", "yes please\n"] {
        let run = desk.run_with_input(words, input).await;
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{input:?}: {}", run.stderr);
        assert!(run.stderr.contains("not confirmed, nothing was changed"), "{}", run.stderr);
    }
    assert!(desk.machine.requests().await.iter().all(|line| line.starts_with("GET ")));
}

#[tokio::test]
async fn a_yes_is_taken() {
    let desk = Desk::new().await;
    desk.machine.answer("DELETE", "/api/v1/targets/staging", 204, json!(null)).await;
    for input in ["y\n", "YES\n"] {
        let run = desk.run_with_input("dploy releases target delete staging", input).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
}

#[tokio::test]
async fn without_a_server_or_a_key_nothing_is_sent() {
    let desk = Desk::new().await;
    let stderr = Run::of(desk.bare("smithctl app list")).await.fails(2);
    let hint = "hint: give --url, set SMITHD_URL or run `smithctl configure`\n";
    assert_eq!(stderr, format!("error: no server is configured\n{hint}"));
    let url = desk.machine.server.uri();
    let stderr = Run::of(desk.bare(&format!("dploy releases app list --url {url}"))).await.fails(5);
    assert!(stderr.contains("give --api-key, set DPLOY_API_KEY or run `dploy releases configure`"), "{stderr}");
    assert!(desk.machine.requests().await.is_empty());
}

#[tokio::test]
async fn w17_no_error_prints_the_key_even_if_the_server_repeats_it() {
    let desk = Desk::new().await;
    let body = json!({"error": {"code": "unauthorized", "message": format!("no such key {KEY}")}});
    Mock::given(any()).respond_with(ResponseTemplate::new(401).set_body_json(body)).mount(&desk.machine.server).await;
    for words in ["smithctl app list", "smithctl app list -o json", "forge publish --app web --version 1"] {
        let run = desk.run(words).await;
        assert!(run.code == 5 && !run.stderr.contains(KEY), "{run:?}");
    }
}
