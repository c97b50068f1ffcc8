use crate::releases::ports::GitOpsError;

use super::world::{GitOpsWorld, below, commits, made, newest, push_to, texts};

const FILES: [(&str, &str); 1] = [("a.yaml", "a: 1\n")];

pub(super) async fn an_application_is_named_by_one_line(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    let list = "# ours\nresources:\n  - first # keep\n  # - off\n\npatches: []\n";
    world.commit("listed/kustomization.yaml", list).await;
    made(push_to(world, "listed", "second", &FILES, "listed-1").await?);
    let expected = list.replace("# keep\n", "# keep\n  - second\n");
    assert_eq!(below(world, "listed").await.get("kustomization.yaml"), Some(&expected), "one line is inserted");
    let changed = newest(world).await.map(|commit| commit.changed).unwrap_or_default();
    assert_eq!(changed, ["listed/kustomization.yaml", "listed/second/a.yaml"], "in the commit of the first deployment");
    world.commit("listed/kustomization.yaml", list).await;
    made(push_to(world, "listed", "second", &[("a.yaml", "a: 2\n")], "listed-2").await?);
    let kept = below(world, "listed").await.get("kustomization.yaml").cloned();
    assert_eq!(kept.as_deref(), Some(list), "who takes it out of the list keeps it out");
    Ok(())
}

pub(super) async fn no_list_is_begun_beside_others(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    world.commit("unlisted/other/a.yaml", "a: 1\n").await;
    made(push_to(world, "unlisted", "web", &FILES, "unlisted-1").await?);
    assert_eq!(below(world, "unlisted").await, texts(&[("other/a.yaml", "a: 1\n"), ("web/a.yaml", "a: 1\n")]));
    world.commit("begun/.gitkeep", "").await;
    made(push_to(world, "begun", "web", &FILES, "begun-1").await?);
    let list = below(world, "begun").await.get("kustomization.yaml").cloned().unwrap_or_default();
    assert!(list.ends_with("resources:\n- web\n"), "an empty folder gets a list: {list}");
    made(push_to(world, "begun", "api", &FILES, "begun-2").await?);
    let list = below(world, "begun").await.get("kustomization.yaml").cloned().unwrap_or_default();
    assert!(list.ends_with("resources:\n- web\n- api\n"), "which then is kept: {list}");
    Ok(())
}

pub(super) async fn a_list_that_cannot_be_edited_is_told(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    world.commit("broken/kustomization.yaml", "resources: text\n").await;
    let before = commits(world).await;
    let refused = push_to(world, "broken", "web", &FILES, "broken-1").await;
    assert!(matches!(&refused, Err(GitOpsError::Tree(text)) if text.contains("list")), "{refused:?}");
    assert_eq!(commits(world).await, before, "nothing is committed");
    Ok(())
}
