//! What a deployment is in git.

use dploy_core::releases::{
    name::BranchName,
    ports::{Committed, GitOpsRepository},
};
use dploy_storage::git::{GitRepositories, Identity};

use crate::world::{APPS, World, change, deploy, store};

#[tokio::test(flavor = "multi_thread")]
async fn s35_w22_a_commit_is_by_the_configured_identity_and_names_its_deployment() {
    let Some(world) = World::start() else { return };
    let mut settings = world.settings.clone();
    settings.identity = Identity { name: "Ops Team".to_owned(), email: "ops@example.org".to_owned() };
    let repository = GitRepositories::new(settings).unwrap().repository(None);
    deploy(&repository, "web", &[("a.yaml", "a: 1\n")], "d-1").await.unwrap();
    let commit = world.remote.log("main").unwrap().remove(0);
    let by = "Ops Team <ops@example.org>";
    assert_eq!((commit.author.as_str(), commit.committer.as_str()), (by, by));
    assert_eq!(commit.subject(), "Deploy web version 1 to staging");
    assert_eq!(
        (commit.trailer("Dploy-Deployment"), commit.trailer("Dploy-Source-Sha")),
        (vec!["d-1"], vec!["42540c4"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn s36_w04_a_rollback_restores_the_exact_files() {
    let Some(world) = World::start() else { return };
    let v1: &[(&str, &str)] = &[("a.yaml", "1\n"), ("jobs/nightly.yaml", "1\n")];
    let v2: &[(&str, &str)] = &[("a.yaml", "2\n"), ("new.yaml", "2\n")];
    for (files, id) in [(v1, "1"), (v2, "2"), (v1, "3")] {
        deploy(&world.repository, "web", files, id).await.unwrap();
        let names: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
        assert_eq!(world.below(&format!("{APPS}/web")), names);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s48_another_applications_files_and_commits_stay() {
    let Some(world) = World::start() else { return };
    world.deploy("web", "a: 1\n", "1").await.unwrap();
    let folder = store(&world.repository, &[("a.yaml", "a: 2\n")]).await.unwrap();
    world.remote.refuse_pushes_touching(&format!("{APPS}/api"), "api is frozen").unwrap();
    let both = [change("api", folder.clone(), "2"), change("web", folder.clone(), "3")];
    let refused = world.repository.push(None, &both).await.unwrap_err();
    assert!(refused.to_string().contains("api is frozen"), "{refused}");
    let single = world.repository.push(None, &[change("web", folder, "3")]).await.unwrap();
    assert!(matches!(single.as_slice(), [Committed::Commit(_)]), "{single:?}");
    assert_eq!(world.below(&format!("{APPS}/api")), Vec::<String>::new());
    assert_eq!(world.text(&format!("{APPS}/web/a.yaml")).as_deref(), Some("a: 2\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn w22_a_branch_may_be_configured_and_another_repository_has_its_own_clone() {
    let Some(world) = World::start() else { return };
    let Some(other) = World::start() else { return };
    let mut settings = world.settings.clone();
    settings.branch = Some(BranchName::parse("fleet/main").unwrap());
    let repositories = GitRepositories::new(settings).unwrap();
    deploy(&repositories.repository(None), "web", &[("a.yaml", "1\n")], "1").await.unwrap();
    assert_eq!(world.remote.log("fleet/main").unwrap().len(), 1);
    assert_eq!(world.remote.log("main").unwrap().len(), 1, "the remote's own branch stays as it is");
    deploy(&repositories.repository(Some(&other.settings.url)), "web", &[("a.yaml", "1\n")], "1").await.unwrap();
    assert_eq!(other.remote.log("fleet/main").unwrap().len(), 1, "a changed address is another repository");
}

#[tokio::test(flavor = "multi_thread")]
async fn s45_an_empty_remote_gets_main() {
    let Some(world) = World::empty() else { return };
    world.deploy("web", "a: 1\n", "1").await.unwrap();
    assert_eq!(world.remote.log("main").unwrap().len(), 1);
    world.deploy("web", "a: 2\n", "2").await.unwrap();
    assert_eq!(world.remote.log("main").unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_archive_becomes_one_folder() {
    let Some(world) = World::start() else { return };
    let names: Vec<String> = (0..2_000).map(|at| format!("d{}/f{at}.yaml", at % 40)).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
    deploy(&world.repository, "web", &files, "1").await.unwrap();
    assert_eq!(world.below(&format!("{APPS}/web")).len(), 2_000);
    world.remote.check().unwrap();
}
