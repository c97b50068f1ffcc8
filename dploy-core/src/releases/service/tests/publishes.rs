use futures::future::join_all;

use crate::{
    artifact::ExactBytes,
    error::{Classify, ErrorKind},
    releases::{error::Error, page::Page, service::DeploymentQuery},
};

use super::world::{MANIFEST, World, version};

#[tokio::test]
async fn s20_a_publish_moves_the_archive_and_tells_its_files_sorted() {
    let world = World::new().await;
    let drafted = world.draft("1.0.0", |_| {}).await.unwrap();
    let other = MANIFEST.replace("name: web", "name: api");
    world.upload(&drafted, &[("z.yaml", MANIFEST), ("a/b.yaml", &other)]).await;
    let published = world.publish("1.0.0").await.unwrap();
    assert_eq!(published.version.published.as_ref().unwrap().files, ["a/b.yaml", "z.yaml"]);
    let read = world.releases.version(&world.caller, &world.app, &version("1.0.0")).await.unwrap();
    assert_eq!(read.version, published.version);
    let keys: Vec<_> = world.artifacts.keys().iter().map(ToString::to_string).collect();
    assert!(keys.len() == 1 && keys[0].starts_with("published/web/1.0.0/"), "{keys:?}");
}

#[tokio::test]
async fn s19_without_an_upload_nothing_is_published_and_twice_neither() {
    let world = World::new().await;
    let error = world.publish("1.0.0").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    world.draft("1.0.0", |_| {}).await.unwrap();
    let error = world.publish("1.0.0").await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "invalid_request"), "{error}");
    world.published("2.0.0").await;
    assert_eq!(world.publish("2.0.0").await.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn s21_a_refused_archive_leaves_a_draft_that_a_corrected_upload_completes() {
    let world = World::new().await;
    let drafted = world.draft("1.0.0", |_| {}).await.unwrap();
    world.artifacts.upload(&drafted.upload.url, b"no archive").unwrap();
    let error = world.publish("1.0.0").await.unwrap_err();
    assert!(matches!(error, Error::Archive(_)), "{error}");
    world.upload(&drafted, &[("web.yaml", MANIFEST)]).await;
    assert!(world.publish("1.0.0").await.is_ok());
}

#[tokio::test]
async fn s17_w10_an_archive_that_is_too_large_is_refused_unread() {
    let world = World::new().await;
    let drafted = world.draft("1.0.0", |_| {}).await.unwrap();
    world.artifacts.upload(&drafted.upload.url, &vec![0; (10 << 20) + 1]).unwrap();
    let error = world.publish("1.0.0").await.unwrap_err();
    assert_eq!(error.code(), "too_large", "{error}");
}

#[tokio::test]
async fn s30_of_ten_parallel_publishes_one_wins_and_policies_act_once() {
    let world = World::new().await;
    world.policy("main", "main", "staging").await.unwrap();
    let drafted = world.draft("1.0.0", |_| {}).await.unwrap();
    world.upload(&drafted, &[("web.yaml", MANIFEST)]).await;
    let results = join_all((0..10).map(|_| world.publish("1.0.0"))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().filter_map(|result| result.as_ref().err()).all(|error| error.kind() == ErrorKind::Conflict));
    let queued = world.releases.deployments(&world.caller, DeploymentQuery::default(), Page::default()).await.unwrap();
    assert_eq!(queued.total, 1);
}

#[tokio::test]
async fn s31_w06_a_publish_that_was_interrupted_anywhere_can_be_repeated() {
    for calls in 0..4 {
        let world = World::new().await;
        let drafted = world.draft("1.0.0", |_| {}).await.unwrap();
        world.upload(&drafted, &[("web.yaml", MANIFEST)]).await;
        world.artifacts.fail_next(calls);
        for attempt in 0..=calls {
            match world.publish("1.0.0").await {
                Ok(_) => break,
                Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "attempt {attempt}: {error}"),
            }
        }
        let read = world.releases.version(&world.caller, &world.app, &version("1.0.0")).await.unwrap();
        assert!(read.version.published.is_some(), "after {calls} failures");
    }
}

#[tokio::test]
async fn s28_an_upload_after_the_publish_changes_nothing() {
    let world = World::new().await;
    let drafted = world.draft("1.0.0", |_| {}).await.unwrap();
    world.upload(&drafted, &[("web.yaml", MANIFEST)]).await;
    let published = world.publish("1.0.0").await.unwrap();
    world.upload(&drafted, &[("web.yaml", "something: else\n")]).await;
    let publication = published.version.published.clone().unwrap();
    let stored = super::super::archive::published_archive(&*world.artifacts, &published.version, &publication).await;
    assert_eq!(ExactBytes::of(&stored.unwrap()), publication.archive);
}
