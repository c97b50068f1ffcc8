use std::sync::Arc;

use proptest::prelude::*;
use rstest::rstest;

use crate::{
    environments::{
        UidRef,
        claim::{Claim, ClaimPhase},
        instance::{Connection, Instance, InstancePhase, Pin, reason},
        plan::{
            adoption::{Adoption, plan_adoption},
            instance::{
                Link, QUIET_SECONDS, Source, Step, TEARDOWN_DEADLINE_SECONDS, plan_instance, status_after,
                status_in_teardown,
            },
        },
        ports::{Readiness, ReadinessState},
        rendering::Rendered,
        settings::{Revision, Settings},
    },
    testing::builders::{CREATED, claim, instance, member, owner, template},
    time::Timestamp,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(CREATED + seconds)
}

fn found() -> Source {
    let revision = Revision { name: "shell-1".into(), template: template("shell"), settings: Settings::default() };
    let pin = Pin {
        uuid: "a1b2c3d4".into(),
        namespace: "alice-shell-a1b2c3d4".into(),
        revision: "shell-1".into(),
        engine_namespace: "ns".into(),
    };
    let connection = Connection { url: "https://x".into(), ..Connection::default() };
    Source::Found { revision: Arc::new(revision), pin, rendered: Ok(Arc::new(Rendered { connection, values: None })) }
}

fn fresh() -> Instance {
    let mut instance = instance("alice-shell", "shell", InstancePhase::Pending);
    instance.status.pin = None;
    Instance { owner: Some("alice".into()), render_seed: Some("00".repeat(32)), ..instance }
}

fn carrying(claim: &Claim) -> Instance {
    Instance { claim: Some(UidRef { name: claim.meta.key.name.clone(), uid: claim.meta.uid.clone() }), ..fresh() }
}

fn alices() -> Claim {
    claim(&owner("sub", "alice", "alice"), "shell")
}

#[test]
fn nothing_is_made_before_the_claim_names_the_instance() {
    let claim = Arc::new(alices());
    let instance = carrying(&claim);
    let link = Link::of(&instance, Some(&claim));
    assert_eq!(link, Link::Pending);
    assert!(matches!(plan_instance(&instance, &link, &found(), at(0)), Step::Wait));
}

#[test]
fn an_instance_that_its_claim_names_is_pinned_and_then_provisioned() {
    let mut claim = alices();
    let instance = carrying(&claim);
    claim.status.phase = ClaimPhase::Bound;
    claim.status.instance = Some(instance.reference());
    let link = Link::of(&instance, Some(&Arc::new(claim)));
    let Step::Provision(first) = plan_instance(&instance, &link, &found(), at(0)) else { panic!("not provisioned") };
    let written = first.before.expect("the pin is written before the first effect");
    let pinned = Instance { status: written, ..instance };
    let Step::Provision(second) = plan_instance(&pinned, &link, &found(), at(1)) else { panic!("not provisioned") };
    assert!(second.before.is_none());
}

#[rstest]
#[case::gone(None)]
#[case::another(Some(Claim { meta: crate::environments::Metadata { uid: "other".into(), ..alices().meta }, ..alices() }))]
#[case::rejected(Some(in_phase(ClaimPhase::Rejected)))]
#[case::expired(Some(in_phase(ClaimPhase::Expired)))]
#[case::elsewhere(Some(elsewhere()))]
fn an_instance_whose_claim_does_not_want_it_is_destroyed(#[case] claim: Option<Claim>) {
    let instance = carrying(&alices());
    let link = Link::of(&instance, claim.map(Arc::new).as_ref());
    assert_eq!(link, Link::Broken);
    assert!(matches!(plan_instance(&instance, &link, &found(), at(0)), Step::Destroy));
}

fn in_phase(phase: ClaimPhase) -> Claim {
    let mut claim = alices();
    claim.status.phase = phase;
    claim
}

fn elsewhere() -> Claim {
    let mut claim = in_phase(ClaimPhase::Bound);
    claim.status.instance = Some(UidRef { name: "other".into(), uid: "other".into() });
    claim
}

#[test]
fn s44_a_missing_template_fails_and_recovers() {
    let missing = Source::Missing(reason::TEMPLATE_NOT_FOUND, "template \"shell\" does not exist".into());
    let Step::Report(status) = plan_instance(&fresh(), &Link::Bare, &missing, at(0)) else { panic!("not reported") };
    assert_eq!(status.phase, InstancePhase::Failed);
    assert_eq!(status.ready.as_ref().map(|ready| ready.reason.as_str()), Some(reason::TEMPLATE_NOT_FOUND));
    let failed = Instance { status: *status, ..fresh() };
    assert!(matches!(plan_instance(&failed, &Link::Bare, &found(), at(1)), Step::Provision(_)));
}

#[test]
fn an_instance_written_by_hand_is_prepared_first() {
    for bare in [Instance { finalized: false, ..fresh() }, Instance { render_seed: None, ..fresh() }] {
        assert!(matches!(plan_instance(&bare, &Link::Bare, &found(), at(0)), Step::Prepare));
    }
}

#[rstest]
#[case(ReadinessState::Ready, false, InstancePhase::Ready, "Healthy")]
#[case(ReadinessState::Ready, true, InstancePhase::Available, "Healthy")]
#[case(ReadinessState::Progressing, false, InstancePhase::Provisioning, "Progressing")]
#[case(ReadinessState::Failed, false, InstancePhase::Failed, "Degraded")]
fn s43_the_engines_verdict_becomes_phase_and_health(
    #[case] state: ReadinessState,
    #[case] pooled: bool,
    #[case] phase: InstancePhase,
    #[case] health: &str,
) {
    let instance = if pooled { member("shell", 0) } else { fresh() };
    let readiness = Readiness { state, reason: "R".into(), message: String::new() };
    let status = status_after(&instance, &Link::Free, &Connection::default(), &readiness, at(5));
    assert_eq!((status.phase, status.health.as_str()), (phase, health));
    assert_eq!(status.ready_at.is_some(), state == ReadinessState::Ready);
}

#[test]
fn s55_a_teardown_that_takes_too_long_is_explained() {
    let mut going = fresh();
    going.meta.deleting_since = Some(at(0));
    let early = status_in_teardown(&going, "EngineRemovalPending", "waits", at(TEARDOWN_DEADLINE_SECONDS - 1));
    assert_eq!((early.phase, early.stuck), (InstancePhase::Expiring, None));
    let late = status_in_teardown(&going, "EngineRemovalPending", "waits", at(TEARDOWN_DEADLINE_SECONDS));
    assert_eq!(late.stuck.map(|stuck| stuck.reason), Some("EngineRemovalPending".to_owned()));
}

#[test]
fn s54_a_deleted_instance_is_torn_down_whatever_else_holds() {
    let mut going = carrying(&alices());
    going.meta.deleting_since = Some(at(0));
    for link in [Link::Broken, Link::Pending, Link::Free] {
        assert!(matches!(plan_instance(&going, &link, &found(), at(1)), Step::TearDown));
    }
    going.finalized = false;
    assert!(matches!(plan_instance(&going, &Link::Broken, &found(), at(1)), Step::Done));
}

#[test]
fn a_bare_instance_gets_a_claim_unless_a_live_one_has_its_name() {
    let bare = Instance { owner_id: Some(owner("sub", "alice", "alice").id), ..fresh() };
    let Adoption::Create(asked) = plan_adoption(&bare, None) else { panic!("no claim") };
    assert_eq!(asked.name, alices().meta.key.name, "it is named as the API names it");
    assert_eq!(plan_adoption(&bare, Some(&alices())), Adoption::Duplicate(asked.name.clone()));
    let ended = in_phase(ClaimPhase::Expired);
    assert_eq!(plan_adoption(&bare, Some(&ended)), Adoption::Clear(ended.reference()));
    let mut own = alices();
    own.adopts = Some(bare.reference());
    assert_eq!(plan_adoption(&bare, Some(&own)), Adoption::Waits);
    assert_eq!(plan_adoption(&carrying(&alices()), None), Adoption::None);
    assert_eq!(plan_adoption(&member("shell", 0), None), Adoption::None);
}

proptest! {
    #[test]
    fn a_status_that_was_written_is_not_written_again(
        verdicts in proptest::collection::vec(prop_oneof![Just(ReadinessState::Ready), Just(ReadinessState::Progressing), Just(ReadinessState::Failed)], 1..6),
        pooled: bool,
    ) {
        let Source::Found { pin, rendered: Ok(rendered), .. } = found() else { unreachable!() };
        let mut instance = Instance { pooled, status: crate::environments::instance::InstanceStatus { pin: Some(pin), ..fresh().status }, ..fresh() };
        let mut first_ready = None;
        for (second, state) in verdicts.into_iter().enumerate() {
            let now = at(i64::try_from(second).unwrap());
            let readiness = Readiness { state, reason: "R".into(), message: "m".into() };
            instance.status = status_after(&instance, &Link::Bare, &rendered.connection, &readiness, now);
            let later = status_after(&instance, &Link::Bare, &rendered.connection, &readiness, now.plus_seconds(60));
            prop_assert_eq!(&later, &instance.status, "time alone changes nothing");
            first_ready = first_ready.or(instance.status.ready_at);
            prop_assert_eq!(instance.status.ready_at, first_ready, "it was first ready once");
            let Step::Provision(next) = plan_instance(&instance, &Link::Bare, &found(), now) else { panic!("not provisioned") };
            prop_assert!(next.before.is_none(), "it is pinned once");
        }
    }
}

#[test]
fn the_first_steps_of_an_installation_that_goes_well_are_not_told_one_by_one() {
    let mut claim = alices();
    let instance = carrying(&claim);
    claim.status.phase = ClaimPhase::Bound;
    claim.status.instance = Some(instance.reference());
    let link = Link::of(&instance, Some(&Arc::new(claim)));
    let Step::Provision(first) = plan_instance(&instance, &link, &found(), at(0)) else { panic!("not provisioned") };
    let written = first.before.expect("the pin is written before the first effect");
    let pinned = Instance { status: written.clone(), ..instance };
    let progress = |reason: &str, state| Readiness { state, reason: reason.into(), message: "m".into() };
    let after = |readiness: &Readiness, now| status_after(&pinned, &link, &written.connection, readiness, now);
    let waits = progress("SourceNotReady", ReadinessState::Progressing);
    assert_eq!(after(&waits, at(QUIET_SECONDS - 1)), written);
    assert_eq!(after(&waits, at(QUIET_SECONDS)).ready.map(|ready| ready.reason), Some("SourceNotReady".to_owned()));
    let failed = progress("InstallFailed", ReadinessState::Failed);
    assert_eq!(after(&failed, at(1)).ready.map(|ready| ready.reason), Some("InstallFailed".to_owned()));
}
