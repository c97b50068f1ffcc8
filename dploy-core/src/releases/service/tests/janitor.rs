use super::world::{MANIFEST, World, version};

const DAY: i64 = 86_400;

#[tokio::test]
async fn drafts_expire_after_a_week_with_their_uploads_and_their_ids_are_free_again() {
    let world = World::new().await;
    let drafted = world.draft("1.0.0", |_| {}).await.unwrap();
    world.upload(&drafted, &[("web.yaml", MANIFEST)]).await;
    world.clock.advance(6 * DAY);
    assert_eq!(world.releases.sweep().await.unwrap(), 0);
    world.clock.advance(DAY + 1);
    assert_eq!(world.releases.sweep().await.unwrap(), 1);
    assert!(world.artifacts.keys().is_empty());
    assert!(world.releases.version(&world.caller, &world.app, &version("1.0.0")).await.is_err());
    let other = world.draft("1.0.0", |draft| draft.metadata.git_sha = "other".to_owned()).await;
    assert!(other.is_ok());
}

#[tokio::test]
async fn an_upload_to_a_published_version_is_swept_away_and_what_is_published_stays() {
    let world = World::new().await;
    let drafted = world.draft("1.0.0", |_| {}).await.unwrap();
    world.upload(&drafted, &[("web.yaml", MANIFEST)]).await;
    world.publish("1.0.0").await.unwrap();
    world.upload(&drafted, &[("web.yaml", MANIFEST)]).await;
    assert_eq!(world.artifacts.keys().len(), 2);
    assert_eq!(world.releases.sweep().await.unwrap(), 1);
    world.clock.advance(400 * DAY);
    assert_eq!(world.releases.sweep().await.unwrap(), 0);
    assert_eq!(world.artifacts.keys().len(), 1);
}
