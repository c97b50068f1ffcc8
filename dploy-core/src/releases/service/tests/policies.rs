use crate::{
    error::{Classify, ErrorKind},
    releases::{deployment::Trigger, pattern::Pattern, policy::Rule, service::PolicyChange},
};

use super::world::{MANIFEST, World, origin};

#[tokio::test]
async fn s49_a_matching_policy_deploys_and_a_disabled_one_does_not() {
    let world = World::new().await;
    let id = world.policy("main", "main", "staging").await.unwrap();
    world.policy("release", "release/*", "production").await.unwrap();
    let first = world.published("1.0.0").await;
    assert_eq!(first.deployments.len(), 1);
    assert_eq!(first.deployments[0].trigger, Trigger::Policy { id: id.clone(), name: "main".to_owned() });
    let change = PolicyChange { enabled: Some(false), ..PolicyChange::default() };
    world.releases.update_policy(&world.caller, &world.app, &id, change).await.unwrap();
    assert_eq!(world.published("2.0.0").await.deployments.len(), 0, "s56: a policy can be switched off");
}

#[tokio::test]
async fn s53_every_matching_policy_deploys() {
    let world = World::new().await;
    for (name, branch) in [("a", "main"), ("b", "*"), ("c", "**"), ("d", "m?in")] {
        world.policy(name, branch, "staging").await.unwrap();
    }
    let published = world.published("1.0.0").await;
    let by = |trigger: &Trigger| match trigger {
        Trigger::Policy { name, .. } => name.clone(),
        other => panic!("{other:?}"),
    };
    let names: Vec<_> = published.deployments.iter().map(|deployment| by(&deployment.trigger)).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn s51_a_policy_needs_a_free_name_a_declared_target_and_a_pattern() {
    let world = World::new().await;
    let id = world.policy("main", "main", "staging").await.unwrap();
    assert_eq!(world.policy("main", "*", "staging").await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(world.policy("qa", "*", "qa").await.unwrap_err().kind(), ErrorKind::Invalid);
    let change = PolicyChange { branch: Some(None), ..PolicyChange::default() };
    let error = world.releases.update_policy(&world.caller, &world.app, &id, change).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
}

#[tokio::test]
async fn s52_a_policy_is_deleted_once_and_only_by_its_application() {
    let world = World::new().await;
    let id = world.policy("main", "main", "staging").await.unwrap();
    world.register("api").await.unwrap();
    let other = crate::releases::application::AppRef::new("api");
    let remove = |app| world.releases.remove_policy(&world.caller, app, &id);
    assert_eq!(remove(&other).await.unwrap_err().kind(), ErrorKind::NotFound);
    remove(&world.app).await.unwrap();
    assert_eq!(remove(&world.app).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn tags_match_tag_patterns_and_excluded_names_match_nothing() {
    let world = World::new().await;
    let pattern = |text| Pattern::parse(text).unwrap();
    let rule = Rule {
        branch: Some(pattern("**")),
        tag: Some(pattern("v*")),
        exclude: vec![pattern("*-rc*"), pattern("wip/**")],
    };
    let with = |branch: &str, tag: Option<&str>| {
        let mut origin = origin();
        branch.clone_into(&mut origin.git_branch);
        origin.git_tag = tag.map(str::to_owned);
        rule.matches(&origin)
    };
    assert!(with("main", None) && with("wip/x", Some("v1")) && !with("wip/x", None));
    assert!(!with("wip/x", Some("v1-rc1")));
    let drafted = world.draft("1.0.0", |draft| draft.metadata.git_tag = Some("v1".to_owned())).await.unwrap();
    world.upload(&drafted, &[("web.yaml", MANIFEST)]).await;
    assert_eq!(world.publish("1.0.0").await.unwrap().version.metadata.git_tag.as_deref(), Some("v1"));
}
