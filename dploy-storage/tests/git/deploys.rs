//! What a deployment is in git.

use std::fmt::Write as _;

use dploy_core::releases::{
    name::BranchName,
    ports::{Change, Committed, GitOpsRepository},
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

#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_many_is_one_commit_each_into_large_folders_alike() {
    let Some(world) = World::start() else { return };
    let other = "environments/production/apps";
    let head = "# ours\nresources:\n";
    let list = (0..500).fold(head.to_owned(), |mut list, n| writeln!(list, "- app-{n:03}").map(|()| list).unwrap());
    let folders = [APPS, other].into_iter().flat_map(|folder| {
        let files = (0..500).map(move |n| (format!("{folder}/app-{n:03}/a.yaml"), "a: 1\n".to_owned()));
        files.chain([(format!("{folder}/kustomization.yaml"), list.clone())])
    });
    world.remote.seed("main", "Applications", folders.collect::<Vec<_>>()).unwrap();
    let mut changes = Vec::new();
    for n in 0..20 {
        let folder = store(&world.repository, &[("a.yaml", &format!("b: {n}\n"))]).await.unwrap();
        let staging = change(&format!("app-{:03}", n * 30), folder, &n.to_string());
        changes.push(Change { parent: other.to_owned(), ..staging.clone() });
        changes.push(staging);
    }
    let committed = world.repository.push(None, &changes).await.unwrap();
    assert!(committed.iter().all(|one| matches!(one, Committed::Commit(_))), "{committed:?}");
    world.remote.check().unwrap();
    let log = world.remote.log("main").unwrap();
    for (change, commit) in changes.iter().rev().zip(&log) {
        let (parent, app) = (&change.parent, &change.app);
        let mut expected = vec![format!("{parent}/{app}/a.yaml")];
        if app.as_str() > "app-499" {
            expected.push(format!("{parent}/kustomization.yaml"));
        }
        assert_eq!(world.remote.changes(&commit.id).unwrap(), expected, "{app}");
    }
    let new: String = (510..600).step_by(30).map(|n| format!("- app-{n}\n")).collect();
    for folder in [APPS, other] {
        assert_eq!(world.text(&format!("{folder}/kustomization.yaml")), Some(format!("{list}{new}")));
    }
    let again = world.repository.push(None, &changes).await.unwrap();
    assert!(again.iter().all(|one| matches!(one, Committed::Unchanged(_))), "{again:?}");
}
