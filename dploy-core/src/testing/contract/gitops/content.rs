use futures::{StreamExt, stream};

use crate::releases::ports::{ArchiveError, Committed, GitOpsError};

use super::world::{APPS, GitOpsWorld, below, commits, file, made, newest, push, push_to, store, texts};

pub(super) async fn what_is_there_already_makes_no_commit(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    let files = [("a.yaml", "a: 1\n"), ("sub/d.yaml", "d: 1\n")];
    assert_eq!(store(world, &files).await?, store(world, &files).await?, "the same files give the same folder");
    made(push(world, "unchanged", &files, "unchanged-1").await?);
    let (before, tip) = (commits(world).await, newest(world).await.map(|commit| commit.id));
    let again = push(world, "unchanged", &files, "unchanged-2").await?;
    assert_eq!(Some(again), tip.map(Committed::Unchanged), "the branch holds it already, at its tip");
    assert_eq!(commits(world).await, before, "no commit is made");
    Ok(())
}

pub(super) async fn the_folder_is_replaced_as_a_whole(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    let (v1, v2) = ([("a.yaml", "1\n"), ("old/b.yaml", "1\n")], [("a.yaml", "2\n"), ("new/c/d.yaml", "2\n")]);
    let folder = format!("{APPS}/replaced");
    for (files, id) in [(v1, "replaced-1"), (v2, "replaced-2"), (v1, "replaced-3")] {
        let commit = made(push(world, "replaced", &files, id).await?);
        assert_eq!(below(world, &folder).await, texts(&files), "the folder holds the version's files and no others");
        assert_eq!(newest(world).await.map(|commit| commit.id), Some(commit), "the answer is the commit's id");
    }
    let last = newest(world).await.map(|commit| commit.changed).unwrap_or_default();
    let paths = ["a.yaml", "new/c/d.yaml", "old/b.yaml"].map(|path| format!("{folder}/{path}"));
    assert_eq!(last, paths, "a commit touches its own folder only");
    Ok(())
}

pub(super) async fn people_keep_what_they_committed(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    let branch = world.default_branch();
    made(push(world, "people", &[("a.yaml", "1\n")], "people-1").await?);
    world.commit("clusters/flux.yaml", "people: 1\n").await;
    world.commit(&format!("{APPS}/people/hotfix.yaml"), "people: 2\n").await;
    made(push(world, "people", &[("a.yaml", "2\n")], "people-2").await?);
    world.commit("clusters/flux.yaml", "people: 3\n").await;
    made(push(world, "people", &[("a.yaml", "3\n")], "people-3").await?);
    assert_eq!(below(world, "clusters").await, texts(&[("flux.yaml", "people: 3\n")]), "their files stay");
    assert_eq!(below(world, &format!("{APPS}/people")).await, texts(&[("a.yaml", "3\n")]), "except in the folder");
    let by_hand = world.log(&branch).await.iter().filter(|commit| !commit.message.contains("Dploy-")).count();
    assert_eq!(by_hand, 3, "and their commits");
    Ok(())
}

pub(super) async fn a_file_in_the_way_is_told(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    world.commit("in-the-way/apps", "a file\n").await;
    let before = commits(world).await;
    let refused = push_to(world, "in-the-way/apps", "web", &[("a.yaml", "1\n")], "way-1").await;
    assert!(matches!(&refused, Err(GitOpsError::Tree(text)) if text.contains("in-the-way/apps")), "{refused:?}");
    assert_eq!(commits(world).await, before);
    Ok(())
}

pub(super) async fn what_cannot_be_read_is_told(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    let files = vec![Ok(file("a.yaml", "1\n")), Err(ArchiveError::Truncated)];
    let cut = world.repository().store(stream::iter(files).boxed()).await;
    assert!(matches!(cut, Err(GitOpsError::Archive(ArchiveError::Truncated))), "{cut:?}");
    let empty = store(world, &[]).await;
    assert!(matches!(empty, Err(GitOpsError::Tree(_))), "a folder needs a file: {empty:?}");
    Ok(())
}
