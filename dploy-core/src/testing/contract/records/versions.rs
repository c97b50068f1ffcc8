use futures::future::join_all;

use crate::releases::{
    application::Application,
    deployment::{Deployment, DeploymentState, Trigger},
    name::TargetName,
    page::Page,
    ports::{DeploymentFilter, PublicationRecord, RecordError},
    version::{Rejection, Version, VersionStatus},
};

use super::world::{
    RACERS, World, assert_conflict, assert_not_found, at, id, new_target, only_winner, page, publication,
};

pub(super) async fn clauses(world: &World<'_>) -> Result<(), RecordError> {
    a_publication_is_stored_with_its_deployments(world).await?;
    a_publication_that_cannot_queue_changes_nothing(world).await?;
    of_parallel_publications_one_succeeds(world).await?;
    a_rejection_is_set_and_lifted(world).await?;
    lists_are_newest_first_and_total(world).await
}

async fn a_publication_is_stored_with_its_deployments(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("published").await?;
    let targets = [world.target("published-a").await?.name, world.target("published-b").await?.name];
    let draft = world.draft(&app, "1").await?;
    let deployments: Vec<_> = targets.iter().rev().map(|target| by_policy(world, &draft, target)).collect();
    let record = PublicationRecord { id: draft.id.clone(), publication: publication(), deployments };
    let stored = world.records().publish(&record, &world.event()).await?;
    let order: Vec<_> = stored.iter().map(|deployment| deployment.target.as_str()).collect();
    assert_eq!(order, ["published-b", "published-a"], "in the order given");
    assert!(stored.is_sorted_by(|a, b| a.sequence < b.sequence), "sequences follow the order");
    for (given, stored) in record.deployments.iter().zip(&stored) {
        assert_eq!(*stored, Deployment { sequence: stored.sequence, ..given.clone() });
        assert_eq!(world.records().find_deployment(&given.id).await?.as_ref(), Some(stored));
    }
    let found = world.records().find_version(&app.id, &draft.version).await?;
    assert_eq!(found, Some(Version { published: Some(record.publication.clone()), ..draft }));
    let again = PublicationRecord { deployments: Vec::new(), ..record };
    assert_conflict(world.records().publish(&again, &world.event()).await, "a second publication");
    let unknown = PublicationRecord { id: world.id(), ..again };
    assert_conflict(world.records().publish(&unknown, &world.event()).await, "the publication of no draft");
    Ok(())
}

async fn a_publication_that_cannot_queue_changes_nothing(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("unpublished").await?;
    let target = world.target("unpublished").await?.name;
    let draft = world.draft(&app, "1").await?;
    let good = by_policy(world, &draft, &target);
    let nowhere = by_policy(world, &draft, &new_target("unknown").name);
    let deployments = vec![good.clone(), nowhere];
    let record = PublicationRecord { id: draft.id.clone(), publication: publication(), deployments };
    assert_conflict(world.records().publish(&record, &world.event()).await, "a deployment to no target");
    assert_eq!(world.records().find_version(&app.id, &draft.version).await?, Some(draft), "it is a draft still");
    assert_eq!(world.records().find_deployment(&good.id).await?, None, "nothing was queued");
    let drafts = world.records().list_versions(&app.id, Some(VersionStatus::Draft), page(10, 0)).await?;
    assert_eq!(drafts.total, 1, "totals follow");
    Ok(())
}

async fn of_parallel_publications_one_succeeds(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("publish-raced").await?;
    let target = world.target("publish-raced").await?.name;
    let draft = world.draft(&app, "1").await?;
    let racers = join_all((0..RACERS).map(|_| async {
        let deployments = vec![by_policy(world, &draft, &target)];
        let record = PublicationRecord { id: draft.id.clone(), publication: publication(), deployments };
        world.records().publish(&record, &world.event()).await
    }));
    let winner = only_winner(racers.await, "parallel publications of one version");
    let filter = DeploymentFilter { app_id: Some(app.id), ..DeploymentFilter::default() };
    let queued = world.records().list_deployments(&filter, page(100, 0)).await?;
    assert_eq!(queued.items, winner, "there is one set of deployments, the winner's");
    Ok(())
}

async fn a_rejection_is_set_and_lifted(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("rejections").await?;
    let version = world.published(&app, "1").await?;
    let rejection = Rejection { reason: "broken".to_owned(), by: "contract".to_owned(), at: at(4) };
    for rejection in [Some(rejection.clone()), Some(Rejection { at: at(6), ..rejection }), None] {
        world.records().reject(&version.id, rejection.as_ref(), &world.event()).await?;
        let found = world.records().find_version(&app.id, &version.version).await?;
        assert_eq!(found, Some(Version { rejection, ..version.clone() }));
    }
    let unknown = world.records().reject(&world.id(), None, &world.event()).await;
    assert_not_found(unknown, "a version that was never made");
    Ok(())
}

async fn lists_are_newest_first_and_total(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("versions").await?;
    let other = world.application("versions-of-others").await?;
    world.draft(&other, "1").await?;
    let mut made = Vec::new();
    for number in 0..12 {
        let draft = Version { created_at: at(number / 6), ..world.new_draft(&app, &format!("1.{number}")) };
        world.records().create_draft(&draft, &world.event()).await?;
        made.push(draft);
    }
    for draft in made.iter_mut().step_by(3) {
        let record = PublicationRecord { id: draft.id.clone(), publication: publication(), deployments: Vec::new() };
        world.records().publish(&record, &world.event()).await?;
        draft.published = Some(record.publication);
    }
    made.sort_by_key(|version| std::cmp::Reverse((version.created_at, version.id.clone())));
    for status in [None, Some(VersionStatus::Draft), Some(VersionStatus::Published)] {
        let expected: Vec<_> =
            made.iter().filter(|version| status.is_none_or(|status| version.status() == status)).cloned().collect();
        assert_eq!(
            in_pages(world, &app, status, expected.len()).await?,
            expected,
            "{status:?}, newest first, then by id"
        );
    }
    let unknown = world.records().list_versions(&world.id(), None, Page::default()).await?;
    assert_eq!((unknown.items.len(), unknown.total), (0, 0), "no application has no versions");
    assert_eq!(world.records().find_version(&app.id, &id("9")).await?, None, "what was never made");
    Ok(())
}

/// The list, read in pages of five.
async fn in_pages(
    world: &World<'_>,
    app: &Application,
    status: Option<VersionStatus>,
    total: usize,
) -> Result<Vec<Version>, RecordError> {
    let mut all = Vec::new();
    loop {
        let part = world.records().list_versions(&app.id, status, page(5, all.len() as u64)).await?;
        assert_eq!(part.total, total as u64, "every page has the total of {status:?}");
        if part.items.is_empty() {
            return Ok(all);
        }
        all.extend(part.items);
    }
}

fn by_policy(world: &World<'_>, version: &Version, target: &TargetName) -> Deployment {
    Deployment {
        trigger: Trigger::Policy { id: world.id(), name: "all of main".to_owned() },
        state: DeploymentState::Queued,
        ..world.new_deployment(version, target)
    }
}
