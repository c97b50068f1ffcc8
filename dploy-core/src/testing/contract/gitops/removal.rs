use crate::releases::ports::{Committed, Folder, GitOpsError};

use super::world::{GitOpsWorld, below, change, commits, made, newest, push_to, remove, store, texts};

const FILES: [(&str, &str); 2] = [("a.yaml", "a: 1\n"), ("sub/b.yaml", "b: 1\n")];

pub(super) async fn a_removal_takes_the_folder_and_its_line(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    let list = "# ours\nresources:\n  - first # keep\n";
    world.commit("removed/kustomization.yaml", list).await;
    world.commit("removed/first/a.yaml", "by hand\n").await;
    made(push_to(world, "removed", "second", &FILES, "removed-1").await?);
    let commit = made(remove(world, "removed", "second", "removed-2").await?);
    assert_eq!(below(world, "removed").await, texts(&[("first/a.yaml", "by hand\n"), ("kustomization.yaml", list)]));
    let last = newest(world).await.unwrap_or_else(|| unreachable!("the branch holds the commit"));
    let paths = ["kustomization.yaml", "second/a.yaml", "second/sub/b.yaml"].map(|path| format!("removed/{path}"));
    assert_eq!((last.id, last.changed), (commit, paths.to_vec()), "and nothing else");
    Ok(())
}

pub(super) async fn the_last_one_leaves_an_empty_list(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    made(push_to(world, "emptied", "web", &FILES, "emptied-1").await?);
    made(remove(world, "emptied", "web", "emptied-2").await?);
    let left = below(world, "emptied").await;
    let list = left.get("kustomization.yaml").map(String::as_str).unwrap_or_default();
    assert!(left.len() == 1 && list.ends_with("resources: []\n"), "{left:?}");
    made(push_to(world, "emptied", "api", &FILES, "emptied-3").await?);
    let list = below(world, "emptied").await.get("kustomization.yaml").cloned().unwrap_or_default();
    assert!(list.ends_with("resources: [api]\n"), "{list}");
    Ok(())
}

pub(super) async fn a_folder_without_a_list_goes_with_its_last_application(
    world: &dyn GitOpsWorld,
) -> Result<(), GitOpsError> {
    world.commit("deep/er/apps/web/a.yaml", "by hand\n").await;
    made(remove(world, "deep/er/apps", "web", "deep-1").await?);
    assert!(below(world, "deep").await.is_empty(), "git keeps no empty folders");
    Ok(())
}

pub(super) async fn what_is_not_there_is_removed_already(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    made(push_to(world, "gone", "web", &FILES, "gone-1").await?);
    made(remove(world, "gone", "web", "gone-2").await?);
    let (before, tip) = (commits(world).await, newest(world).await.map(|commit| commit.id));
    for parent in ["gone", "never/there"] {
        let again = remove(world, parent, "web", "gone-3").await?;
        assert_eq!(Some(again), tip.clone().map(Committed::Unchanged), "{parent}");
    }
    assert_eq!(commits(world).await, before);
    Ok(())
}

pub(super) async fn a_removal_and_a_deployment_go_in_one_push(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    made(push_to(world, "both", "web", &FILES, "both-1").await?);
    let folder = store(world, &FILES).await?;
    let changes = [
        change("both", "api", folder.clone(), "both-2"),
        change("both", "web", None::<Folder>, "both-3"),
        change("both", "db", folder, "both-4"),
    ];
    let done = world.repository().push(None, &changes).await?;
    assert!(done.iter().all(|one| matches!(one, Committed::Commit(_))), "{done:?}");
    let files = below(world, "both").await;
    let folders: Vec<&str> = files.keys().filter_map(|path| path.strip_suffix("/a.yaml")).collect();
    assert_eq!(folders, ["api", "db"]);
    let list = files.get("kustomization.yaml").map(String::as_str).unwrap_or_default();
    assert!(list.ends_with("resources:\n- api\n- db\n"), "{list}");
    Ok(())
}
