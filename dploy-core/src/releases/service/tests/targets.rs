use crate::{
    error::{Classify, ErrorKind},
    releases::{file::FilePath, service::TargetRequest, target::RepositoryUrl},
};

use super::world::{World, target};

fn at(name: &str, folder: &str) -> TargetRequest {
    TargetRequest { folder: Some(FilePath::parse(folder).unwrap()), ..TargetRequest::named(target(name)) }
}

#[tokio::test]
async fn targets_are_declared_once_however_often_the_installation_starts() {
    let world = World::new().await;
    world.releases.ensure_targets(&[target("staging"), target("qa")]).await.unwrap();
    let names: Vec<_> = world.releases.targets(&world.caller).await.unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, [target("production"), target("qa"), target("staging")]);
}

#[tokio::test]
async fn w09_no_two_targets_share_a_folder_of_one_branch() {
    let world = World::new().await;
    for folder in ["environments/staging/apps", "environments/staging", "environments/staging/apps/web"] {
        let error = world.releases.create_target(&world.caller, at("qa", folder)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{folder}");
    }
    assert!(world.releases.create_target(&world.caller, at("qa", "environments/staging-2/apps")).await.is_ok());
    let elsewhere = RepositoryUrl::parse("https://git.example.org/ops.git");
    let request = TargetRequest { repository: elsewhere, ..at("other", "environments/staging/apps") };
    assert!(world.releases.create_target(&world.caller, request).await.is_ok());
}

#[tokio::test]
async fn a_target_in_use_is_not_removed() {
    let world = World::new().await;
    world.policy("main", "main", "staging").await.unwrap();
    let (staging, production) = (target("staging"), target("production"));
    let remove = |name| world.releases.remove_target(&world.caller, name);
    assert_eq!(remove(&staging).await.unwrap_err().kind(), ErrorKind::Conflict);
    remove(&production).await.unwrap();
    assert_eq!(remove(&production).await.unwrap_err().kind(), ErrorKind::NotFound);
}
