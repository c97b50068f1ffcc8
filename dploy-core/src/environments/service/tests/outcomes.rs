use futures::future::join_all;

use super::*;
use crate::{
    environments::{
        claim::{ClaimPhase, reason},
        error::Error,
        instance::{Instance, InstancePhase},
    },
    error::Classify,
    testing::{
        Script,
        builders::{claim, identity, instance, template},
    },
};

fn rejecting(world: &World, reason: &'static str, message: &str) {
    world.platform.script(Script::Reject { reason, message: message.to_owned() });
}

#[tokio::test]
async fn every_rejection_is_told_by_its_reason_and_its_claim_is_removed() {
    let cases = [
        (reason::QUOTA_EXCEEDED, "quota_exceeded"),
        (reason::POOL_EXHAUSTED, "pool_exhausted"),
        (reason::TEMPLATE_NOT_FOUND, "environment_not_found"),
        (reason::TEMPLATE_DISABLED, "template_disabled"),
        (reason::TEMPLATE_NOT_ACCEPTED, "template_not_accepted"),
        (reason::INVALID_PARAMS, "claim_refused"),
        (reason::INSTANCE_NOT_ADOPTABLE, "claim_refused"),
    ];
    for (reason, code) in cases {
        let world = world();
        world.platform.put_template(template("vscode"));
        rejecting(&world, reason, "because");
        let error = world.environments.run(&identity("alice"), "vscode", &anything()).await.unwrap_err();
        assert_eq!(error.code(), code, "{reason}");
        assert_eq!(world.platform.all_claims(), [], "{reason}");
    }
}

#[tokio::test]
async fn every_waiter_of_one_claim_answers_the_outcome_it_saw() {
    let world = world_with(Options { claim_wait: Duration::from_secs(5), ..options() });
    world.platform.put_template(template("vscode"));
    world.platform.script(Script::Wait);
    let (alice, request) = (identity("alice"), anything());
    let waiters = join_all((0..10).map(|_| world.environments.run(&alice, "vscode", &request)));
    let decide = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        rejecting(&world, reason::POOL_EXHAUSTED, "");
        world.platform.decide(&world.platform.all_claims()[0].meta.key.name);
    };
    let (results, ()) = futures::future::join(waiters, decide).await;
    assert!(results.iter().all(|result| matches!(result, Err(Error::PoolExhausted))), "{results:?}");
    assert_eq!(world.platform.calls("create"), 1, "one made it, the others found it");
    assert_eq!(world.platform.all_claims(), []);
}

#[tokio::test]
async fn a_waiter_answers_as_soon_as_the_claim_is_bound() {
    let world = world_with(Options { claim_wait: Duration::from_secs(60), ..options() });
    world.platform.put_template(template("vscode"));
    world.platform.script(Script::Wait);
    let (alice, request) = (identity("alice"), anything());
    let decide = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        world.platform.script(Script::Decide(InstancePhase::Ready));
        world.platform.decide(&world.platform.all_claims()[0].meta.key.name);
    };
    let (result, ()) = futures::future::join(world.environments.run(&alice, "vscode", &request), decide).await;
    assert_eq!(result.unwrap().status(), "Healthy");
}

#[tokio::test]
async fn a_claim_that_has_ended_makes_room_for_a_new_one() {
    for phase in [ClaimPhase::Expired, ClaimPhase::Rejected] {
        let world = world();
        world.platform.put_template(template("vscode"));
        let alice = identity("alice");
        let mut tombstone = claim(&alice.personal, "vscode");
        tombstone.status.phase = phase;
        let former = tombstone.meta.uid.clone();
        world.platform.put_claim(tombstone);
        let environment = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
        assert_eq!(environment.status(), "Healthy");
        assert_ne!(world.platform.all_claims()[0].meta.uid, former);
    }
}

#[tokio::test]
async fn a_duplicate_answers_with_the_environment_that_exists() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let alice = identity("alice");
    let by_hand = Instance {
        owner: Some("alice".into()),
        owner_id: Some(alice.personal.id.clone()),
        ttl_seconds: Some(-1),
        ..instance("by-hand", "vscode", InstancePhase::Ready)
    };
    let uuid = by_hand.status.pin.clone().unwrap().uuid;
    world.platform.put_instance(by_hand);
    rejecting(&world, reason::DUPLICATE, "\"by-hand\" is the owner's environment of this template");
    let environment = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    assert_eq!((environment.uuid, environment.expires_at, environment.shared), (uuid, None, false));
    assert_eq!(world.platform.all_claims(), []);
}

#[tokio::test]
async fn a_duplicate_of_another_claim_answers_with_that_one() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let alice = identity("alice");
    world.platform.script(Script::Wait);
    let made_late = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let mut other = claim(&alice.personal, "vscode");
        other.meta.key.name = "by-hand".into();
        other.meta.uid = "other".into();
        world.platform.put_claim(other);
        world.platform.script(Script::Decide(InstancePhase::Provisioning));
        world.platform.decide("by-hand");
        let api = world.platform.all_claims().into_iter().find(|claim| claim.meta.key.name != "by-hand").unwrap();
        world.platform.decide(&api.meta.key.name);
    };
    let request = anything();
    let (result, ()) = futures::future::join(world.environments.run(&alice, "vscode", &request), made_late).await;
    assert_eq!(result.unwrap().status(), "Progressing");
    assert_eq!(world.platform.all_claims().len(), 1);
}

#[tokio::test]
async fn an_unreachable_store_is_unavailable() {
    let world = world();
    world.platform.put_template(template("vscode"));
    world.platform.set_reachable(false);
    let error = world.environments.run(&identity("alice"), "vscode", &anything()).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)));
    assert!(!world.environments.ready().await);
}

#[tokio::test]
async fn a_refused_claim_that_was_made_by_hand_is_left_to_be_read() {
    let world = world();
    world.platform.put_template(template("vscode"));
    world.platform.script(Script::Wait);
    let alice = identity("alice");
    let mut by_hand = claim(&alice.personal, "vscode");
    by_hand.meta.key.name = "by-hand".into();
    world.platform.put_claim(by_hand);
    let request = anything();
    let decide = async {
        rejecting(&world, reason::POOL_EXHAUSTED, "");
        world.platform.decide("by-hand");
    };
    let (result, ()) = futures::future::join(world.environments.run(&alice, "vscode", &request), decide).await;
    assert!(matches!(result, Err(Error::PoolExhausted)), "{result:?}");
    assert_eq!(world.platform.all_claims()[0].meta.key.name, "by-hand");
}
