use std::sync::Mutex;

use async_trait::async_trait;
use futures::future::join_all;
use rstest::rstest;

use super::*;
use crate::{
    environments::{
        UidRef,
        claim::{Claim, ClaimPhase},
        error::Error,
        instance::InstancePhase,
        ports::{NewClaim, StoreError},
        template::{Template, TtlSpec},
    },
    testing::{
        Script,
        builders::{identity, template},
    },
    time::Timestamp,
};

fn limited(name: &str) -> Template {
    let ttl = TtlSpec { seconds: Some(60), extend_seconds: Some(10), max_extends: Some(2) };
    Template { ttl, ..template(name) }
}

#[tokio::test]
async fn s28_each_extension_moves_the_end_and_the_one_after_the_last_is_refused() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let alice = identity("alice");
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    let first = world.environments.extend(&alice, of("vscode")).await.unwrap();
    assert_eq!((first.expires_at, first.extensions), (at(70), 1));
    let second = world.environments.extend(&alice, of("vscode")).await.unwrap();
    assert_eq!(second.expires_at, at(80));
    let error = world.environments.extend(&alice, of("vscode")).await.unwrap_err();
    assert_eq!(error.to_string(), "maximum extensions reached (2)");
    assert_eq!(world.environments.status(&alice, of("vscode")).await.unwrap().expires_at, at(80));
}

#[tokio::test]
async fn s28_an_unlimited_environment_cannot_be_extended_and_none_is_not_found() {
    let world = world();
    world
        .platform
        .put_template(Template { ttl: TtlSpec { seconds: Some(-1), ..TtlSpec::default() }, ..template("vscode") });
    let alice = identity("alice");
    assert!(matches!(world.environments.extend(&alice, of("vscode")).await, Err(Error::NotFound(_))));
    let made = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    assert_eq!(made.expires_at, None);
    assert!(matches!(world.environments.extend(&alice, of("vscode")).await, Err(Error::Unlimited)));
}

#[tokio::test]
async fn s28_of_parallel_extensions_at_the_last_step_one_is_granted() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let alice = identity("alice");
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    world.environments.extend(&alice, of("vscode")).await.unwrap();
    // Each reads before any writes: the stale observer shows all of them the same version.
    let environments =
        service(Arc::new(world.platform.stale()), world.platform.clone(), world.clock.clone(), options());
    let results = join_all((0..5).map(|_| environments.extend(&alice, of("vscode")))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let refused = results.iter().filter(|result| matches!(result, Err(Error::ExtensionsExhausted(2)))).count();
    assert_eq!(refused, 4);
}

#[tokio::test]
async fn an_extension_of_an_ended_environment_is_not_found() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let alice = identity("alice");
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    let stale = service(Arc::new(world.platform.stale()), world.platform.clone(), world.clock.clone(), options());
    let name = world.platform.all_claims()[0].meta.key.name.clone();
    world.platform.update_claim(&name, |claim| claim.status.phase = ClaimPhase::Expired);
    assert!(matches!(stale.extend(&alice, of("vscode")).await, Err(Error::NotFound(_))));
}

/// A store where somebody else always writes first.
#[derive(Debug)]
struct Contended(Arc<MemoryPlatform>, Mutex<usize>);

#[async_trait]
impl ClaimStore for Contended {
    async fn find(&self, name: &str) -> Result<Option<Claim>, StoreError> {
        self.0.find(name).await
    }
    async fn create(&self, claim: &NewClaim) -> Result<Claim, StoreError> {
        self.0.create(claim).await
    }
    async fn extend(&self, _claim: &Claim, _extensions: u32) -> Result<Claim, StoreError> {
        *self.1.lock().unwrap() += 1;
        Err(StoreError::Conflict)
    }
    async fn note_activity(&self, _claim: &Claim, _at: Timestamp) -> Result<Claim, StoreError> {
        *self.1.lock().unwrap() += 1;
        Err(StoreError::Conflict)
    }
    async fn delete(&self, claim: &UidRef) -> Result<bool, StoreError> {
        self.0.delete(claim).await
    }
}

#[tokio::test]
async fn a_claim_that_keeps_changing_is_a_conflict_after_a_bounded_number_of_tries() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let store = Arc::new(Contended(world.platform.clone(), Mutex::default()));
    let environments = service(world.platform.clone(), store.clone(), world.clock.clone(), options());
    let alice = identity("alice");
    environments.run(&alice, "vscode", &anything()).await.unwrap();
    assert!(matches!(environments.extend(&alice, of("vscode")).await, Err(Error::Conflict)));
    assert!(*store.1.lock().unwrap() <= 8);
}

#[tokio::test]
async fn before_its_lifetime_starts_the_end_is_a_lower_bound_that_counts_extensions() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    world.platform.script(Script::Decide(InstancePhase::Provisioning));
    let alice = identity("alice");
    let made = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    assert_eq!(made.expires_at, at(60));
    world.clock.advance(30);
    let extended = world.environments.extend(&alice, of("vscode")).await.unwrap();
    assert_eq!(extended.expires_at, at(70));
    let name = world.platform.all_claims()[0].meta.key.name.clone();
    world.platform.update_claim(&name, |claim| claim.status.started_at = at(30));
    assert_eq!(world.environments.status(&alice, of("vscode")).await.unwrap().expires_at, at(100));
}

#[tokio::test]
async fn s29_a_released_environment_is_not_found_and_neither_is_a_second_release() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let alice = identity("alice");
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    world.environments.release(&alice, of("vscode")).await.unwrap();
    assert!(matches!(world.environments.status(&alice, of("vscode")).await, Err(Error::NotFound(_))));
    assert!(matches!(world.environments.release(&alice, of("vscode")).await, Err(Error::NotFound(_))));
    assert_eq!(world.platform.all_claims(), []);
}

#[rstest]
#[case(InstancePhase::Pending, "", "pending")]
#[case(InstancePhase::Provisioning, "Progressing", "Progressing")]
#[case(InstancePhase::Ready, "", "Healthy")]
#[case(InstancePhase::Ready, "Degraded", "Degraded")]
#[case(InstancePhase::Claimed, "Healthy", "Healthy")]
#[case(InstancePhase::Available, "Healthy", "Healthy")]
#[case(InstancePhase::Failed, "Healthy", "Degraded")]
#[case(InstancePhase::Expiring, "Healthy", "Deleting")]
#[tokio::test]
async fn s27_the_status_follows_the_phase_of_the_instance(
    #[case] phase: InstancePhase,
    #[case] health: &str,
    #[case] status: &str,
) {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let alice = identity("alice");
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    let mut instance = world.platform.instances()[0].as_ref().clone();
    (instance.status.phase, instance.status.health) = (phase, health.to_owned());
    world.platform.put_instance(instance);
    assert_eq!(world.environments.status(&alice, of("vscode")).await.unwrap().status(), status);
}

#[tokio::test]
async fn s28_an_environment_that_lives_as_long_as_it_may_is_not_extended() {
    let world = world();
    world.platform.put_template(Template { max_lifetime_seconds: Some(65), ..limited("vscode") });
    let alice = identity("alice");
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    assert_eq!(world.environments.extend(&alice, of("vscode")).await.unwrap().expires_at, at(65));
    let refused = world.environments.extend(&alice, of("vscode")).await.unwrap_err();
    assert!(matches!(refused, Error::LifetimeExhausted(65)), "{refused}");
}

#[tokio::test]
async fn activity_is_written_at_most_once_in_a_tenth_of_the_idle_time() {
    let world = world();
    world.platform.put_template(Template { idle_seconds: Some(100), ..limited("vscode") });
    let alice = identity("alice");
    let made = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    assert_eq!(made.idle_at, at(110));
    for _ in 0..100 {
        world.clock.advance(1);
        world.environments.note_activity(&alice, of("vscode")).await.unwrap();
    }
    assert_eq!(world.platform.calls("note_activity"), 10);
    assert_eq!(world.environments.status(&alice, of("vscode")).await.unwrap().idle_at, at(210));
}

#[tokio::test]
async fn activity_of_parallel_requests_is_written_once_and_of_strangers_not_found() {
    let world = world();
    world.platform.put_template(Template { idle_seconds: Some(100), ..limited("vscode") });
    let alice = identity("alice");
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    world.clock.advance(50);
    let environments =
        service(Arc::new(world.platform.stale()), world.platform.clone(), world.clock.clone(), options());
    let results = join_all((0..5).map(|_| environments.note_activity(&alice, of("vscode")))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(world.platform.all_claims()[0].last_activity, at(50));
    let stranger = environments.note_activity(&identity("bob"), of("vscode")).await;
    assert!(matches!(stranger, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn where_use_does_not_matter_activity_writes_nothing() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let alice = identity("alice");
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    world.clock.advance(50);
    world.environments.note_activity(&alice, of("vscode")).await.unwrap();
    assert_eq!(world.platform.calls("note_activity"), 0);
}
