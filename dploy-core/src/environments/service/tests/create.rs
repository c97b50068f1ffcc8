use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::json;

use super::*;
use crate::{
    environments::{
        error::Error,
        instance::InstancePhase,
        marks::Marks,
        naming::claim_name,
        parameter::{Parameter, ParameterType},
        ports::TemplateEntry,
        template::Template,
    },
    testing::{
        Script,
        builders::{claim, identity, identity_in, member, owner, pool_template, template},
    },
};

fn parameter(name: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        description: String::new(),
        required: true,
        default: String::new(),
        kind: ParameterType::String,
        allowed: Vec::new(),
        pattern: None,
        max_length: None,
    }
}

/// One task per name, all for one person.
async fn parallel(world: &World, names: Vec<String>) -> Vec<Result<Environment, Error>> {
    let run = |name: String| {
        let environments = world.environments.clone();
        tokio::spawn(async move { environments.run(&identity("alice"), &name, &anything()).await })
    };
    let tasks: Vec<_> = names.into_iter().map(run).collect();
    join_all(tasks).await.into_iter().map(|task| task.unwrap()).collect()
}

#[tokio::test]
async fn s20_the_first_run_claims_and_the_second_returns_the_same_environment() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let alice = identity("Alice");
    let first = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    let second = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    assert_eq!(first, second);
    assert_eq!((first.uuid.len(), first.status(), first.owner.as_str()), (8, "Healthy", "alice"));
    assert_eq!(first.expires_at, at(86_400));
    let claims = world.platform.all_claims();
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].meta.key.name, claim_name("alice", &alice.personal.id, "vscode"));
    assert_eq!(world.platform.calls("create"), 1);
}

#[tokio::test]
async fn s18_a_hidden_template_can_be_run_and_a_disabled_one_is_not_found() {
    let world = world();
    world.platform.put_template(Template { visible: false, ..template("hidden") });
    world.platform.put_template(Template { enabled: false, ..template("off") });
    let alice = identity("alice");
    assert!(world.environments.run(&alice, "hidden", &anything()).await.is_ok());
    let error = world.environments.run(&alice, "off", &anything()).await.unwrap_err();
    assert_eq!(error.to_string(), "environment \"off\" is disabled");
}

#[tokio::test]
async fn s19_an_unknown_template_is_not_found_and_a_missing_owner_claim_is_named() {
    let world = world();
    world.platform.put_template(Template { owner_claim: Some("team".into()), ..template("ctf") });
    let alice = identity("alice");
    let unknown = world.environments.run(&alice, "nothing", &anything()).await.unwrap_err();
    assert!(matches!(unknown, Error::NotFound(name) if name == "nothing"));
    let ownerless = world.environments.run(&alice, "ctf", &anything()).await.unwrap_err();
    assert!(matches!(ownerless, Error::NoOwner(claim) if claim == "team"));
    assert_eq!(world.platform.calls("create"), 0);
}

#[tokio::test]
async fn s21_a_used_up_quota_is_told_with_its_limit_and_leaves_nothing() {
    let world = world();
    world.platform.update_settings(|settings| settings.max_instances_per_user = 1);
    world.platform.put_template(template("a"));
    world.platform.put_template(template("b"));
    world.platform.put_template(Template { max_instances_per_user: Some(2), ..template("c") });
    let alice = identity("alice");
    world.environments.run(&alice, "a", &anything()).await.unwrap();
    let error = world.environments.run(&alice, "b", &anything()).await.unwrap_err();
    assert_eq!(error.to_string(), "Maximum 1 environments allowed");
    assert_eq!(world.platform.all_claims().len(), 1);
    assert!(world.environments.run(&alice, "c", &anything()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s22_parallel_runs_over_many_templates_stay_within_the_quota() {
    let world = world();
    let names: Vec<_> = (0..50).map(|n| format!("t{n}")).collect();
    names.iter().for_each(|name| world.platform.put_template(template(name)));
    let results = parallel(&world, names).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 5);
    assert!(results.iter().flat_map(|result| result.as_ref().err()).all(|e| matches!(e, Error::QuotaExceeded(5))));
    assert_eq!(world.platform.all_claims().len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s23_parallel_runs_of_one_template_give_one_environment() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let results = parallel(&world, vec!["vscode".to_owned(); 20]).await;
    let first = results[0].as_ref().unwrap();
    assert!(results.iter().all(|result| result.as_ref().unwrap() == first));
    assert_eq!(world.platform.all_claims().len(), 1);
}

#[tokio::test]
async fn s24_d13_a_run_during_teardown_starts_a_new_environment() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let alice = identity("alice");
    let first = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    world.environments.release(&alice, of("vscode")).await.unwrap();
    let second = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    assert_ne!(first.uuid, second.uuid);
}

#[tokio::test]
async fn s25_a_missing_parameter_is_named_and_undeclared_ones_are_ignored() {
    let world = world();
    world.platform.put_template(Template { parameters: vec![parameter("size")], ..template("vm") });
    let alice = identity("alice");
    let error = world.environments.run(&alice, "vm", &anything()).await.unwrap_err();
    assert_eq!(error.to_string(), "missing required parameter \"size\"");
    let long = "x".repeat(4097);
    let error = world.environments.run(&alice, "vm", &with_params(&[("size", &long)])).await.unwrap_err();
    assert_eq!(error.to_string(), "parameter \"size\" must be at most 4096 characters long");
    assert_eq!(world.platform.calls("create"), 0);
    world.environments.run(&alice, "vm", &with_params(&[("size", "2"), ("other", "x")])).await.unwrap();
    assert_eq!(world.platform.all_claims()[0].params, BTreeMap::from([("size".to_owned(), "2".to_owned())]));
}

#[tokio::test]
async fn the_quota_complains_before_the_parameters() {
    let world = world();
    world.platform.update_settings(|settings| settings.max_instances_per_user = 1);
    world.platform.put_template(template("a"));
    world.platform.put_template(Template { parameters: vec![parameter("size")], ..template("vm") });
    let alice = identity("alice");
    world.environments.run(&alice, "a", &anything()).await.unwrap();
    let error = world.environments.run(&alice, "vm", &anything()).await.unwrap_err();
    assert!(matches!(error, Error::QuotaExceeded(1)), "{error}");
}

#[tokio::test]
async fn s26_d14_owners_whose_names_join_to_one_text_have_an_environment_each() {
    let world = world();
    world.platform.put_template(template("c"));
    world.platform.put_template(template("b-c"));
    world.environments.run(&identity("a-b"), "c", &anything()).await.unwrap();
    world.environments.run(&identity("a"), "b-c", &anything()).await.unwrap();
    assert_eq!(world.platform.all_claims().len(), 2);
}

#[tokio::test]
async fn s33_s35_a_pool_member_is_handed_out_ready_and_an_empty_pool_is_told() {
    let world = world();
    world.platform.put_template(pool_template("shell", 1));
    world.platform.put_instance(member("shell", 0));
    let got = world.environments.run(&identity("alice"), "shell", &anything()).await.unwrap();
    assert_eq!(got.status(), "Healthy");
    assert!(got.connection.url.starts_with("https://shell-"));
    let error = world.environments.run(&identity("bob"), "shell", &anything()).await.unwrap_err();
    assert_eq!(error.to_string(), "no pooled instance available, try again shortly");
    assert_eq!(world.platform.all_claims().len(), 1);
}

#[tokio::test]
async fn d07_only_the_claims_that_the_template_keeps_are_stored() {
    let world = world();
    world.platform.put_template(Template { claims: Some(vec!["name".into(), "email".into()]), ..template("a") });
    world.platform.put_template(Template { claims: Some(vec![]), ..template("b") });
    let mentions = "sub: {{ .Claims.sub }}\nmail: {{ index .Claims \"email\" }}".to_owned();
    world.platform.put_template(Template { values_template: mentions, ..template("c") });
    let alice = identity("alice");
    let kept = [("a", json!({ "name": "alice" })), ("b", json!({})), ("c", json!({ "sub": "subject-alice" }))];
    for (name, kept) in kept {
        world.environments.run(&alice, name, &anything()).await.unwrap();
        let stored = world.platform.all_claims().into_iter().find(|claim| claim.template == name).unwrap();
        assert_eq!(stored.claims.as_value(), &kept);
    }
}

#[tokio::test]
async fn an_undecided_claim_is_pending_and_every_later_run_waits_for_the_same_one() {
    let world = world();
    world.platform.put_template(template("vscode"));
    world.platform.script(Script::Wait);
    let alice = identity("alice");
    let first = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    assert!(first.is_pending());
    assert_eq!((first.uuid.as_str(), first.connection.url.as_str()), ("", ""));
    assert_eq!(first.expires_at, at(86_400), "a limited environment has an end from the beginning");
    world.platform.script(Script::Decide(InstancePhase::Provisioning));
    world.platform.decide(&world.platform.all_claims()[0].meta.key.name);
    let second = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    assert_eq!(second.status(), "Progressing");
    assert_eq!(world.platform.calls("create"), 1);
}

#[tokio::test]
async fn a_refused_template_cannot_be_asked_for_but_keeps_its_environments() {
    let world = world();
    let entry = |name: &str| TemplateEntry {
        template: Arc::new(template(name)),
        refused: Some("spec.chart: wrong".into()),
        marks: Marks::default(),
        created: Timestamp::from_unix_seconds(CREATED),
    };
    let alice = identity("alice");
    world.platform.put_template(template("kept"));
    world.environments.run(&alice, "kept", &anything()).await.unwrap();
    world.platform.put_template_entry(entry("kept"));
    world.platform.put_template_entry(entry("new"));
    assert!(world.environments.run(&alice, "kept", &anything()).await.is_ok());
    let error = world.environments.run(&alice, "new", &anything()).await.unwrap_err();
    assert!(matches!(error, Error::NotAccepted(_)));
}

#[tokio::test]
async fn a_name_that_is_held_by_another_owner_is_a_defect_and_not_an_answer() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let alice = identity_in("alice", &[]);
    let mut foreign = claim(&owner("sub", "subject-bob", "bob"), "vscode");
    foreign.meta.key.name = claim_name("alice", &alice.personal.id, "vscode");
    world.platform.put_claim(foreign);
    let error = world.environments.run(&alice, "vscode", &anything()).await.unwrap_err();
    assert!(matches!(error, Error::Internal(_)), "{error}");
}
