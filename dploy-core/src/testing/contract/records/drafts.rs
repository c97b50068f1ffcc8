use futures::future::join_all;

use crate::releases::{
    ports::{PublicationRecord, RecordError},
    version::{Version, VersionMetadata},
};

use super::world::{RACERS, World, assert_conflict, at, bytes, only_winner, page, publication};

pub(super) async fn clauses(world: &World<'_>) -> Result<(), RecordError> {
    a_draft_is_found_as_it_was_stored(world).await?;
    a_draft_is_renewed_and_a_version_is_not(world).await?;
    of_parallel_drafts_of_one_id_one_succeeds(world).await?;
    expired_drafts_are_found_oldest_first(world).await?;
    a_draft_is_removed_as_it_was_read_only(world).await
}

async fn a_draft_is_found_as_it_was_stored(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("drafts").await?;
    let wanted = Version {
        metadata: VersionMetadata {
            git_sha: "0f0f0f0".to_owned(),
            git_branch: "feature/\u{e9}".to_owned(),
            git_tag: Some("v1".to_owned()),
            git_committer: Some("a <a@example.org>".to_owned()),
            build_number: Some("007".to_owned()),
            timestamp: at(-3),
        },
        exact: Some(bytes(u64::from(u32::MAX) + 1)),
        drafted_at: at(1),
        created_at: at(2),
        ..world.new_draft(&app, "1.0.0+b5")
    };
    world.records().create_draft(&wanted, &world.event()).await?;
    assert_eq!(world.records().find_version(&app.id, &wanted.version).await?.as_ref(), Some(&wanted));
    let same_id = world.new_draft(&app, "1.0.0+b5");
    assert_conflict(world.records().create_draft(&same_id, &world.event()).await, "a second version of one id");
    world.draft(&app, "1.0.0+B5").await?;
    let orphan = Version { app_id: world.id(), ..world.new_draft(&app, "2") };
    assert_conflict(world.records().create_draft(&orphan, &world.event()).await, "a draft of no application");
    Ok(())
}

async fn a_draft_is_renewed_and_a_version_is_not(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("renewals").await?;
    let draft = world.draft(&app, "1").await?;
    let renewed = Version { drafted_at: at(8), exact: Some(bytes(9)), ..draft.clone() };
    let given = Version { created_at: at(99), ..renewed.clone() };
    world.records().renew_draft(&given, &world.event()).await?;
    let found = world.records().find_version(&app.id, &draft.version).await?;
    assert_eq!(found, Some(renewed.clone()), "a renewal changes drafted_at and exact alone");
    let record = PublicationRecord { id: draft.id, publication: publication(), deployments: Vec::new() };
    world.records().publish(&record, &world.event()).await?;
    let again = world.records().renew_draft(&renewed, &world.event()).await;
    assert_conflict(again, "the renewal of a published version");
    let unknown = world.records().renew_draft(&world.new_draft(&app, "2"), &world.event()).await;
    assert_conflict(unknown, "the renewal of a draft that is not there");
    Ok(())
}

async fn of_parallel_drafts_of_one_id_one_succeeds(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("drafts-raced").await?;
    let racers = join_all((0..RACERS).map(|_| async {
        let draft = world.new_draft(&app, "1");
        world.records().create_draft(&draft, &world.event()).await.map(|()| draft)
    }));
    let winner = only_winner(racers.await, "parallel drafts of one id");
    assert_eq!(world.records().find_version(&app.id, &winner.version).await?, Some(winner));
    let all = world.records().list_versions(&app.id, None, page(10, 0)).await?;
    assert_eq!(all.total, 1, "those that lost left nothing");
    Ok(())
}

async fn expired_drafts_are_found_oldest_first(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("expiry").await?;
    let mut drafts = Vec::new();
    for (version, after) in [("new", 0), ("edge", -1000), ("b", -1001), ("a", -1002), ("c", -1001)] {
        let draft = Version { drafted_at: at(after), ..world.new_draft(&app, version) };
        world.records().create_draft(&draft, &world.event()).await?;
        drafts.push(draft);
    }
    let published = Version { drafted_at: at(-2000), ..world.new_draft(&app, "published") };
    world.records().create_draft(&published, &world.event()).await?;
    let record = PublicationRecord { id: published.id, publication: publication(), deployments: Vec::new() };
    world.records().publish(&record, &world.event()).await?;

    let expired = world.records().expired_drafts(at(-1000), 10).await?;
    let names: Vec<_> = expired.iter().map(|draft| draft.version.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"], "drafts before that time, oldest first, no published version");
    let first = world.records().expired_drafts(at(-1000), 2).await?;
    assert_eq!(first.as_slice(), expired.get(..2).unwrap_or_default(), "at most the limit");
    Ok(())
}

async fn a_draft_is_removed_as_it_was_read_only(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("removals").await?;
    let draft = world.draft(&app, "1").await?;
    let renewed = Version { drafted_at: at(3), ..draft.clone() };
    world.records().renew_draft(&renewed, &world.event()).await?;
    let stale = world.records().remove_draft(&draft, &world.event()).await;
    assert_conflict(stale, "the removal of a draft that was renewed since");
    world.records().remove_draft(&renewed, &world.event()).await?;
    assert_eq!(world.records().find_version(&app.id, &draft.version).await?, None);
    let gone = world.records().remove_draft(&renewed, &world.event()).await;
    assert_conflict(gone, "the removal of a draft that is gone");
    let again = world.published(&app, "1").await?;
    let kept = world.records().remove_draft(&again, &world.event()).await;
    assert_conflict(kept, "the removal of a published version");
    let all = world.records().list_versions(&app.id, None, page(10, 0)).await?;
    assert_eq!((all.items, all.total), (vec![again], 1), "totals follow");
    Ok(())
}
