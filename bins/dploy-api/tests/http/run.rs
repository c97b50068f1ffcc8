use dploy_core::{
    environments::{
        claim::reason,
        instance::{Connection, InstancePhase},
        ports::Observer,
        template::ConnectionType,
    },
    testing::{
        Script,
        builders::{member as pool_member, pool_template},
    },
};
use futures::future::join_all;
use insta::assert_json_snapshot;
use rstest::rstest;

use super::*;

#[tokio::test]
async fn s20_a_run_answers_200_with_the_environment_and_a_second_with_the_same() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let first = world.get("/api/run/vscode", &person("alice")).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_json_snapshot!("run", first.body);
    let second = world.post("/api/run/vscode", &person("alice"), "").await;
    assert_eq!((second.status, &second.body), (StatusCode::OK, &first.body));
    assert_eq!(world.get("/api/run/vscode/status", &person("alice")).await.body, first.body);
    assert_eq!(world.platform.all_claims().len(), 1);
}

#[tokio::test]
async fn an_undecided_environment_is_pending_with_an_end_and_without_an_address() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    world.platform.script(Script::Wait);
    let answer = world.post("/api/run/vscode", &person("alice"), "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_json_snapshot!("pending", answer.body);
}

#[tokio::test]
async fn instructions_are_shown_and_an_unlimited_environment_has_no_end() {
    let world = world();
    let ttl = TtlSpec { seconds: Some(-1), ..TtlSpec::default() };
    world.platform.put_template(Template { ttl, ..template("shell") });
    world.post("/api/run/shell", &person("alice"), "").await;
    let mut instance = world.platform.instances()[0].as_ref().clone();
    let url = "shell.example.org".to_owned();
    let message = format!("ssh root@{url}");
    let connection = Connection { url, kind: Some(ConnectionType::Instructions), message };
    instance.status.connection = connection.clone();
    world.platform.put_instance(instance);
    let name = world.platform.all_claims()[0].meta.key.name.clone();
    world.platform.update_claim(&name, |claim| claim.status.connection = connection);
    assert_json_snapshot!("instructions", world.get("/api/run/shell/status", &person("alice")).await.body);
}

#[tokio::test]
async fn s30_d09_head_never_creates_and_get_only_where_it_is_left_on() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    assert_eq!(world.head("/api/run/vscode", &person("alice")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("/api/run/vscode", "").await.told(), (401, "Missing Authorization header"));
    assert_eq!(world.platform.calls("create"), 0);
    world.post("/api/run/vscode", &person("alice"), "").await;
    let head = world.head("/api/run/vscode", &person("alice")).await;
    assert_eq!((head.status, head.body), (StatusCode::OK, json!("")));

    let features = Features { get_creates: false, ..Features::default() };
    let strict = world_with(Setup { features, ..Setup::default() });
    strict.platform.put_template(limited("vscode"));
    let refused = strict.get("/api/run/vscode", &person("alice")).await;
    assert_eq!(refused.told(), (405, "Method Not Allowed"));
    assert_eq!(strict.platform.calls("create"), 0);
    assert_eq!(strict.post("/api/run/vscode", &person("alice"), "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn s18_a_hidden_template_can_be_run_and_a_disabled_one_is_not_found() {
    let world = world();
    world.platform.put_template(Template { visible: false, ..template("hidden") });
    world.platform.put_template(Template { enabled: false, ..template("off") });
    assert_eq!(world.post("/api/run/hidden", &person("alice"), "").await.status, StatusCode::OK);
    let off = world.post("/api/run/off", &person("alice"), "").await;
    assert_eq!(off.told(), (404, "environment \"off\" is disabled"));
}

#[tokio::test]
async fn s19_an_unknown_template_is_404_and_a_missing_owner_claim_403() {
    let world = world();
    world.platform.put_template(Template { owner_claim: Some("team".into()), ..template("ctf") });
    let unknown = world.post("/api/run/nothing", &person("alice"), "").await;
    assert_eq!(unknown.told(), (404, "environment \"nothing\" not found"));
    let ownerless = world.post("/api/run/ctf", &person("alice"), "").await;
    let text = "your token has no usable \"team\" claim required to own this environment";
    assert_eq!(ownerless.told(), (403, text));
}

#[tokio::test]
async fn s21_a_used_up_quota_is_403_with_the_limit_and_creates_nothing() {
    let world = world();
    world.platform.update_settings(|settings| settings.max_instances_per_user = 1);
    world.platform.put_template(template("a"));
    world.platform.put_template(template("b"));
    world.platform.put_template(Template { max_instances_per_user: Some(2), ..template("c") });
    world.post("/api/run/a", &person("alice"), "").await;
    let refused = world.post("/api/run/b", &person("alice"), "").await;
    assert_eq!(refused.told(), (403, "Maximum 1 environments allowed"));
    assert_eq!(world.platform.all_claims().len(), 1);
    assert_eq!(world.post("/api/run/c", &person("alice"), "").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s22_parallel_runs_of_one_owner_stay_within_the_quota() {
    let world = world();
    let paths: Vec<_> = (0..50).map(|n| format!("t{n}")).collect();
    paths.iter().for_each(|name| world.platform.put_template(template(name)));
    let answers = parallel(&world, paths).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 5);
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::FORBIDDEN).count(), 45);
    assert_eq!(world.platform.all_claims().len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s23_parallel_runs_of_one_template_are_all_200_with_one_environment() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let answers = parallel(&world, vec!["vscode".to_owned(); 20]).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK && answer.body == answers[0].body));
    assert_eq!(world.platform.all_claims().len(), 1);
}

async fn parallel(world: &World, names: Vec<String>) -> Vec<Answer> {
    let post = |name: String| {
        let request = request(Method::POST, &format!("/api/run/{name}"), &person("alice"), "");
        tokio::spawn(answer(world.router.clone(), request))
    };
    let tasks: Vec<_> = names.into_iter().map(post).collect();
    join_all(tasks).await.into_iter().map(|task| task.unwrap()).collect()
}

#[tokio::test]
async fn s24_a_run_during_teardown_gives_a_new_environment() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let first = world.post("/api/run/vscode", &person("alice"), "").await;
    world.delete("/api/run/vscode", &person("alice")).await;
    let second = world.post("/api/run/vscode", &person("alice"), "").await;
    assert_eq!(second.status, StatusCode::OK);
    assert_ne!(first.body["uuid"], second.body["uuid"]);
}

#[tokio::test]
async fn s26_owners_whose_names_join_to_one_text_can_coexist() {
    let world = world();
    world.platform.put_template(template("c"));
    world.platform.put_template(template("b-c"));
    assert_eq!(world.post("/api/run/c", &person("a-b"), "").await.status, StatusCode::OK);
    assert_eq!(world.post("/api/run/b-c", &person("a"), "").await.status, StatusCode::OK);
    assert_eq!(world.platform.all_claims().len(), 2);
}

#[tokio::test]
async fn s33_s35_a_pool_member_is_handed_out_healthy_and_an_empty_pool_says_when_to_retry() {
    let world = world();
    world.platform.put_template(pool_template("shell", 1));
    world.platform.put_instance(pool_member("shell", 0));
    let got = world.post("/api/run/shell", &person("alice"), "").await;
    assert_eq!(got.body["status"], "Healthy");
    assert_ne!(got.body["url"], "");
    let empty = world.post("/api/run/shell", &person("bob"), "").await;
    assert_eq!(empty.told(), (503, "no pooled instance available, try again shortly"));
    assert_eq!(empty.headers["retry-after"], "5");
}

#[rstest]
#[case(reason::QUOTA_EXCEEDED, 403, "Maximum 5 environments allowed")]
#[case(reason::POOL_EXHAUSTED, 503, "no pooled instance available, try again shortly")]
#[case(reason::TEMPLATE_NOT_FOUND, 404, "environment \"vscode\" not found")]
#[case(reason::TEMPLATE_DISABLED, 404, "environment \"vscode\" is disabled")]
#[case(reason::TEMPLATE_NOT_ACCEPTED, 503, "environment \"vscode\" is not usable")]
#[case(reason::INVALID_PARAMS, 400, "parameter \"size\" must be a whole number")]
#[tokio::test]
async fn a_rejection_of_the_operator_is_told(#[case] reason: &'static str, #[case] status: u16, #[case] error: &str) {
    let world = world();
    world.platform.put_template(template("vscode"));
    let message = "parameter \"size\" must be a whole number".to_owned();
    world.platform.script(Script::Reject { reason, message });
    let answer = world.post("/api/run/vscode", &person("alice"), "").await;
    assert_eq!(answer.told(), (status, error));
    assert_eq!(world.platform.all_claims().len(), 0);
}

#[tokio::test]
async fn d12_an_unreachable_cluster_is_a_503_without_details() {
    let world = world();
    world.platform.put_template(template("vscode"));
    world.platform.set_reachable(false);
    let answer = world.post("/api/run/vscode", &person("alice"), "").await;
    assert_eq!(answer.told(), (503, "the platform is not reachable, try again shortly"));
    assert_eq!(answer.headers["retry-after"], "5");
}

#[tokio::test]
async fn a_provisioning_environment_progresses() {
    let world = world();
    world.platform.put_template(template("vscode"));
    world.platform.script(Script::Decide(InstancePhase::Provisioning));
    let answer = world.post("/api/run/vscode", &person("alice"), "").await;
    assert_eq!(answer.body["status"], "Progressing");
}
