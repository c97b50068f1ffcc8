//! `dploy env create --dry-run`.

use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{Machine, Run};

/// `{"iss":"https://idp.example.org","sub":"user-1","name":"John.Doe","mail":"j@x","groups":["Team A","b"]}`
const TOKEN: &str = "e30.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLm9yZyIsInN1YiI6InVzZXItMSIsIm5hbWUiOiJKb2huLkRvZSIsIm1haWwiOiJqQHgiLCJncm91cHMiOlsiVGVhbSBBIiwiYiJdfQ.c2ln";

async fn claim(args: &[&str]) -> Run {
    let machine = Machine::new().await;
    let mut command = machine.bare(&[&["env", "create", "webshell", "--dry-run"], args].concat());
    command.env("DPLOY_TOKEN", TOKEN);
    let run = Run::of(command).await;
    assert!(machine.requests().await.is_empty(), "it works offline");
    run
}

#[tokio::test]
async fn it_prints_a_claim_for_kubectl() {
    let yaml = claim(&["--param", "size=2", "-o", "yaml"]).await.quiet();
    insta::assert_snapshot!("dry-run", yaml);
    let json = claim(&["--param", "size=2", "-o", "json"]).await.quiet();
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), yaml_serde::from_str::<Value>(&yaml).unwrap());
}

#[tokio::test]
async fn who_would_wait_in_line_says_so_in_the_claim() {
    let claim = claim(&["--wait-for-pool", "-o", "json"]).await.quiet();
    assert_eq!(serde_json::from_str::<Value>(&claim).unwrap()["spec"]["waitForPool"], true);
}

#[rstest]
#[case(&[], "john-doe", "https://idp.example.org", "sub", "user-1")]
#[case(&["--owner-id-claim", "mail"], "john-doe", "https://idp.example.org", "mail", "j@x")]
#[case(&["--owner-id-claim", "absent"], "john-doe", "https://idp.example.org", "name", "John.Doe")]
#[case(&["--username-claim", "sub"], "user-1", "https://idp.example.org", "sub", "user-1")]
#[case(&["--owner-claim", "sub"], "john-doe", "https://idp.example.org", "sub", "user-1")]
#[case(&["--owner-claim", "groups"], "teama", "https://idp.example.org", "groups", "Team A")]
#[case(&["--owner-claim", "groups", "--owner", "Team A"], "teama", "https://idp.example.org", "groups", "Team A")]
#[case(&["--owner-claim", "groups", "--owner", "b"], "b", "https://idp.example.org", "groups", "b")]
#[tokio::test]
async fn the_owner_is_the_one_that_the_server_would_find(
    #[case] args: &[&str],
    #[case] owner: &str,
    #[case] issuer: &str,
    #[case] claim_name: &str,
    #[case] value: &str,
) {
    let printed: Value = serde_json::from_str(&claim(&[args, &["-o", "json"]].concat()).await.quiet()).unwrap();
    let id = dploy_core::id::OwnerId::derive(issuer, claim_name, value);
    let name = dploy_core::environments::naming::claim_name(owner, &id, "webshell");
    assert_eq!(printed["metadata"], json!({ "name": name }));
    assert_eq!(printed["spec"], json!({"templateRef": "webshell", "owner": owner, "ownerId": id.as_str()}));
}

#[rstest]
#[case(&["--owner", "b"], "name the template's ownerClaim by --owner-claim")]
#[case(&["--owner-claim", "groups", "--owner", "c"], "\"c\" is not one of the token's owners")]
#[case(&["--owner-claim", "absent"], "no usable value in the owner claim")]
#[case(&["--username-claim", "absent"], "missing or invalid absent claim")]
#[tokio::test]
async fn an_owner_that_the_token_does_not_give_is_refused(#[case] args: &[&str], #[case] message: &str) {
    let stderr = claim(args).await.fails(2);
    assert!(stderr.contains(message), "{stderr}");
}

#[tokio::test]
async fn an_opaque_token_and_none_are_refused() {
    let machine = Machine::new().await;
    let args = &["env", "create", "webshell", "--dry-run"];
    Run::of(machine.bare(args)).await.fails(5);
    let mut command = machine.bare(args);
    command.env("DPLOY_TOKEN", "opaque");
    Run::of(command).await.fails(2);
}
