use std::collections::{BTreeMap, BTreeSet};

use crate::releases::{
    name::BranchName,
    ports::{Committed, Fence, GitOpsError},
};

use super::world::{APPS, GitOpsWorld, below, change, commits, made, message, newest, noon, push, store};

pub(super) async fn an_empty_remote_gets_its_branch(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    assert_eq!(commits(world).await, 0, "the remote of the suite is empty");
    world.repository().ready().await?;
    let id = made(push(world, "begins", &[("a.yaml", "a: 1\n"), ("sub/d.yaml", "d: 1\n")], "begins-1").await?);
    let commit = newest(world).await.unwrap_or_else(|| unreachable!("the branch holds the commit"));
    assert_eq!(commit.id, id);
    assert_eq!(commit.message, "Deploy begins\n\nDploy-Deployment: begins-1\n");
    let paths = ["begins/a.yaml", "begins/sub/d.yaml", "kustomization.yaml"].map(|path| format!("{APPS}/{path}"));
    assert_eq!(commit.changed, paths, "the files and the list that names them");
    Ok(())
}

pub(super) async fn a_batch_makes_one_commit_for_each_change(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    let before = commits(world).await;
    let (one, two) = (store(world, &[("a.yaml", "1\n")]).await?, store(world, &[("a.yaml", "2\n")]).await?);
    let changes = [
        change(APPS, "batch-a", one.clone(), "batch-1"),
        change(APPS, "batch-b", one, "batch-2"),
        change(APPS, "batch-a", two.clone(), "batch-3"),
        change(APPS, "batch-a", two, "batch-4"),
    ];
    let done = world.repository().push(None, &changes).await?;
    let log = world.log(&world.default_branch()).await;
    assert_eq!(log.len(), before + 3, "what changes nothing makes no commit");
    let ids: Vec<&String> = log.iter().take(3).rev().map(|commit| &commit.id).collect();
    let expected: Vec<Committed> = ids.iter().map(|id| Committed::Commit((*id).clone())).collect();
    assert_eq!(done.get(..3), Some(expected.as_slice()), "they are made in order");
    assert!(matches!(done.get(3), Some(Committed::Unchanged(tip)) if Some(&tip) == ids.last()), "{done:?}");
    let others = log.iter().take(3).flat_map(|commit| &commit.changed).filter(|path| !path.contains("/batch-"));
    assert!(others.into_iter().all(|path| path.ends_with("/kustomization.yaml")), "each touches its own folder");
    Ok(())
}

pub(super) async fn a_batch_reaches_the_branch_whole_or_not(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    world.commit("whole/web", "a file\n").await;
    let before = commits(world).await;
    let folder = store(world, &[("a.yaml", "whole\n")]).await?;
    let changes = [change(APPS, "whole", folder.clone(), "whole-1"), change("whole", "web", folder, "whole-2")];
    let refused = world.repository().push(None, &changes).await;
    assert!(matches!(refused, Err(GitOpsError::Tree(_))), "{refused:?}");
    assert_eq!(commits(world).await, before);
    Ok(())
}

pub(super) async fn a_refused_push_leaks_into_no_later_commit(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    made(push(world, "refused", &[("a.yaml", "1\n")], "refused-1").await?);
    let before = commits(world).await;
    world.refuse(Some("the window is closed")).await;
    let refused = push(world, "refused", &[("a.yaml", "2\n")], "refused-2").await;
    assert!(
        matches!(&refused, Err(GitOpsError::Refused(text)) if text.contains("the window is closed")),
        "the error has what the remote said: {refused:?}"
    );
    assert_eq!(commits(world).await, before);
    world.refuse(None).await;
    made(push(world, "accepted", &[("a.yaml", "1\n")], "refused-3").await?);
    assert_eq!(commits(world).await, before + 1, "the refused commit does not come along");
    let kept = below(world, &format!("{APPS}/refused")).await;
    assert_eq!(kept.get("a.yaml").map(String::as_str), Some("1\n"));
    made(push(world, "refused", &[("a.yaml", "2\n")], "refused-4").await?);
    Ok(())
}

pub(super) async fn branches_are_apart(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    let branch = BranchName::parse("contract/other").unwrap_or_else(|error| unreachable!("{error}"));
    let before = commits(world).await;
    let folder = store(world, &[("a.yaml", "1\n")]).await?;
    let deployments = BTreeSet::from(["branch-1".to_owned()]);
    let repository = world.repository();
    assert!(repository.find(Some(&branch), &deployments, noon()).await?.is_empty(), "a branch that is not there");
    let done = repository.push(Some(&branch), &[change(APPS, "web", folder, "branch-1")]).await?;
    assert_eq!(world.log(branch.as_str()).await.len(), 1, "it is begun");
    assert_eq!(commits(world).await, before, "others stay as they are");
    assert!(repository.find(None, &deployments, noon()).await?.is_empty());
    let found = repository.find(Some(&branch), &deployments, noon()).await?;
    assert_eq!(found.into_values().map(Committed::Commit).collect::<Vec<_>>(), done);
    Ok(())
}

pub(super) async fn a_fence_moves_the_branch_and_changes_no_file(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    let branch = BranchName::parse("contract/fenced").unwrap_or_else(|error| unreachable!("{error}"));
    for (branch, name) in [(None, world.default_branch()), (Some(&branch), branch.to_string())] {
        let (before, files) = (world.log(&name).await, world.files(&name).await);
        let fence = Fence { message: message("Refuse", "fence-1"), at: noon() };
        for more in 1..=2 {
            let commit = world.repository().fence(branch, &fence).await?;
            let log = world.log(&name).await;
            assert_eq!(log.len(), before.len() + more, "{name}: a branch that is not there is begun");
            let tip = log.first().map(|tip| (&tip.id, tip.message.as_str(), tip.changed.len()));
            assert_eq!(tip, Some((&commit, "Refuse\n\nDploy-Deployment: fence-1\n", 0)));
        }
        assert_eq!(world.files(&name).await, files);
        let folder = store(world, &[("a.yaml", "fenced\n")]).await?;
        let done = world.repository().push(branch, &[change(APPS, "fenced", folder, "fence-2")]).await?;
        assert!(matches!(done.first(), Some(Committed::Commit(_))), "pushes that follow are as ever: {done:?}");
    }
    Ok(())
}

pub(super) async fn commits_are_found_by_their_deployments(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    let first = made(push(world, "found", &[("a.yaml", "1\n")], "found-1").await?);
    world.commit("by-hand", "Dploy-Deployment: found-9\n").await;
    let second = made(push(world, "found", &[("a.yaml", "2\n")], "found-2").await?);
    let wanted: BTreeSet<String> = ["found-1", "found-2", "found-9"].map(str::to_owned).into();
    let found = world.repository().find(None, &wanted, noon()).await?;
    let expected = BTreeMap::from([("found-1".to_owned(), first), ("found-2".to_owned(), second)]);
    assert_eq!(found, expected);
    let later = world.repository().find(None, &wanted, noon().plus_seconds(30 * 24 * 3600)).await?;
    assert!(later.is_empty(), "older commits are not looked at: {later:?}");
    assert!(world.repository().find(None, &BTreeSet::new(), noon()).await?.is_empty());
    Ok(())
}
