use rstest::rstest;

use crate::{
    artifact::ExactBytes,
    error::{Classify, ErrorKind},
    releases::service::DraftRequest,
    testing::PlainArchives,
    time::Timestamp,
};

use super::world::{MANIFEST, World, version};

#[tokio::test]
async fn s11_a_draft_has_a_url_for_five_minutes() {
    let world = World::new().await;
    let drafted = world.draft("1.0.0", |_| {}).await.unwrap();
    assert_eq!(drafted.upload_expires, drafted.version.drafted_at.plus_seconds(300));
    assert_eq!(drafted.version.status().as_str(), "draft");
    world.clock.advance(301);
    let late = world.artifacts.upload(&drafted.upload.url, b"x");
    assert!(late.is_err(), "s16: an expired URL takes nothing");
}

#[tokio::test]
async fn s14_w07_a_repeated_draft_gives_a_fresh_url_whatever_time_it_is_stamped_with() {
    let world = World::new().await;
    world.draft("1.0.0", |_| {}).await.unwrap();
    world.clock.advance(400);
    let again = world.draft("1.0.0", |draft| draft.metadata.timestamp = Timestamp::from_unix_seconds(5)).await.unwrap();
    world.upload(&again, &[("web.yaml", MANIFEST)]).await;
    assert!(world.publish("1.0.0").await.is_ok());
}

#[rstest]
#[case(|draft: &mut DraftRequest| draft.metadata.git_sha = "other".to_owned())]
#[case(|draft: &mut DraftRequest| draft.metadata.git_branch = "other".to_owned())]
#[case(|draft: &mut DraftRequest| draft.metadata.git_tag = Some("v1".to_owned()))]
#[case(|draft: &mut DraftRequest| draft.metadata.git_committer = None)]
#[case(|draft: &mut DraftRequest| draft.metadata.build_number = None)]
#[tokio::test]
async fn s14_a_repeated_draft_with_other_metadata_is_a_conflict(#[case] change: fn(&mut DraftRequest)) {
    let world = World::new().await;
    world.draft("1.0.0", |_| {}).await.unwrap();
    let error = world.draft("1.0.0", change).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "conflict"), "{error}");
}

#[tokio::test]
async fn s13_a_draft_of_a_published_version_is_a_conflict() {
    let world = World::new().await;
    world.published("1.0.0").await;
    let error = world.draft("1.0.0", |_| {}).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let known = world.releases.version(&world.caller, &world.app, &version("1.0.0")).await.unwrap();
    assert!(known.version.published.is_some(), "it stays published");
}

#[rstest]
#[case(|draft: &mut DraftRequest| draft.metadata.git_sha.clear(), "metadata.gitSha")]
#[case(|draft: &mut DraftRequest| draft.metadata.git_branch = " ".to_owned(), "metadata.gitBranch")]
#[case(|draft: &mut DraftRequest| draft.metadata.git_sha = "a\nDploy-App: x".to_owned(), "metadata.gitSha")]
#[case(|draft: &mut DraftRequest| draft.metadata.build_number = Some("x".repeat(301)), "metadata.buildNumber")]
#[case(|draft: &mut DraftRequest| draft.exact = Some(ExactBytes::of(b"")), "artifact.size")]
#[tokio::test]
async fn s12_a_field_that_is_wrong_is_named(#[case] change: fn(&mut DraftRequest), #[case] field: &str) {
    let world = World::new().await;
    let error = world.draft("1.0.0", change).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().starts_with(&format!("{field} must be ")), "{error}");
    let known = world.releases.version(&world.caller, &world.app, &version("1.0.0")).await;
    assert_eq!(known.unwrap_err().kind(), ErrorKind::NotFound, "nothing was drafted");
}

#[tokio::test]
async fn w08_an_upload_is_what_the_draft_says_or_is_refused() {
    let world = World::new().await;
    let packed = PlainArchives::pack(&[("web.yaml", MANIFEST)]);
    let drafted = world.draft("1.0.0", |draft| draft.exact = Some(ExactBytes::of(&packed))).await.unwrap();
    assert!(world.artifacts.upload(&drafted.upload.url, b"something else").is_err());
    world.artifacts.upload(&drafted.upload.url, &packed).unwrap();
    assert_eq!(world.publish("1.0.0").await.unwrap().version.published.unwrap().archive, ExactBytes::of(&packed));
}
