use super::*;
use crate::{
    environments::error::Error,
    testing::builders::{identity, template},
};

fn replica(world: &World) -> Arc<Environments> {
    service(Arc::new(world.platform.stale()), world.platform.clone(), world.clock.clone(), options())
}

#[tokio::test]
async fn what_another_replica_made_is_found_by_one_live_read() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let behind = replica(&world);
    let alice = identity("alice");
    let made = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    let reads = world.platform.calls("find");
    assert_eq!(behind.status(&alice, of("vscode")).await.unwrap(), made);
    assert_eq!(world.platform.calls("find") - reads, 1);
    assert_eq!(behind.run(&alice, "vscode", &anything()).await.unwrap(), made);
    assert!(behind.extend(&alice, of("vscode")).await.is_ok());
    assert!(behind.release(&alice, of("vscode")).await.is_ok());
    assert_eq!(world.platform.calls("create"), 1);
}

#[tokio::test]
async fn what_does_not_exist_is_denied_after_one_live_read() {
    let world = world();
    world.platform.put_template(template("vscode"));
    assert!(matches!(world.environments.status(&identity("alice"), of("vscode")).await, Err(Error::NotFound(_))));
    assert_eq!(world.platform.calls("find"), 1);
}

#[tokio::test]
async fn a_replica_hides_what_it_released_while_its_cache_still_shows_it() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let alice = identity("alice");
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    let behind = replica(&world);
    assert_eq!(behind.list(&alice).len(), 1);
    behind.release(&alice, of("vscode")).await.unwrap();
    assert_eq!(behind.list(&alice), []);
    assert!(matches!(behind.status(&alice, of("vscode")).await, Err(Error::NotFound(_))));
    assert!(matches!(behind.release(&alice, of("vscode")).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn a_create_on_a_replica_that_is_behind_makes_no_second_environment() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let alice = identity("alice");
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    let behind = replica(&world);
    world.environments.release(&alice, of("vscode")).await.unwrap();
    let second = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    let answered = behind.status(&alice, of("vscode")).await.unwrap();
    assert_ne!(answered, second, "until its watch catches up it shows the former one");
    assert_eq!(world.platform.all_claims().len(), 1);
}

#[tokio::test]
async fn a_create_on_a_replica_that_is_behind_does_not_hand_out_what_was_released() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let alice = identity("alice");
    let first = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    let behind = replica(&world);
    world.environments.release(&alice, of("vscode")).await.unwrap();
    behind.run(&alice, "vscode", &anything()).await.unwrap();
    let now = world.environments.status(&alice, of("vscode")).await.unwrap();
    assert_ne!(now.uuid, first.uuid, "a new one was made");
}

#[tokio::test]
async fn a_release_on_a_replica_that_is_behind_ends_what_stands_now() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let alice = identity("alice");
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    let (behind, further_behind) = (replica(&world), replica(&world));
    world.environments.release(&alice, of("vscode")).await.unwrap();
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    behind.release(&alice, of("vscode")).await.unwrap();
    assert_eq!(world.platform.all_claims(), []);
    let again = further_behind.release(&alice, of("vscode")).await;
    assert!(matches!(again, Err(Error::NotFound(_))), "what is gone cannot be released: {again:?}");
}
