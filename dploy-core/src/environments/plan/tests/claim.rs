use proptest::prelude::*;

use crate::{
    condition::{Observed, Truth},
    environments::{
        claim::{Claim, ClaimPhase, reason},
        instance::{Instance, InstancePhase, InstanceStatus},
        lifetime::Terms,
        plan::{
            binding::bound_status,
            claim::{Action, Observation, TOMBSTONE_SECONDS, plan_claim},
        },
    },
    plan::Plan,
    testing::builders::{CREATED, claim, instance, owner},
    time::Timestamp,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(CREATED + seconds)
}

/// A claim bound at second 0 to an instance that is at `phase`, with a ttl of 60 s and two extensions of 30 s.
fn bound(phase: InstancePhase) -> (Claim, Instance) {
    let mut instance = instance("alice-shell", "shell", phase);
    instance.status.ready_at = phase.is_usable().then(|| at(0));
    let mut claim = claim(&owner("sub", "alice", "alice"), "shell");
    let terms = Terms { ttl: Some(60), extend_seconds: 30, max_extends: Some(2), ..Terms::default() };
    claim.status = bound_status(&claim, &instance, terms, at(0));
    (claim, instance)
}

fn plan(claim: &Claim, instance: Option<&Instance>, now: i64) -> Plan<Action> {
    plan_claim(Observation { claim, instance, provision_timeout: 3600 }, at(now))
}

/// Carries the reports of a plan out.
fn settle(claim: &mut Claim, instance: &Instance, now: i64) -> Option<Timestamp> {
    let plan = plan(claim, Some(instance), now);
    for action in &plan.actions {
        if let Action::Report(status) | Action::End(status) = action {
            claim.status = (**status).clone();
        }
    }
    plan.wake_at
}

#[test]
fn s51_the_clock_starts_when_bound_and_ready_and_the_wake_up_is_exact() {
    let (mut claim, instance) = bound(InstancePhase::Ready);
    assert_eq!(settle(&mut claim, &instance, 1), Some(at(60)));
    assert_eq!(claim.status.expires_at, Some(at(60)));
    assert_eq!(plan(&claim, Some(&instance), 59), Plan { wake_at: Some(at(60)), ..Plan::default() });
    let Some(Action::End(ended)) = plan(&claim, Some(&instance), 60).actions.pop() else { panic!("still alive") };
    assert_eq!((ended.phase, ended.reason.as_str()), (ClaimPhase::Expired, reason::EXPIRED));
}

#[test]
fn s51_an_unlimited_environment_never_expires() {
    let (mut claim, instance) = bound(InstancePhase::Ready);
    claim.status.terms = Some(Terms { ttl: None, extend_seconds: 30, ..Terms::default() });
    assert_eq!(settle(&mut claim, &instance, 1), None);
    assert!(plan(&claim, Some(&instance), 1_000_000_000).actions.is_empty());
}

#[test]
fn s52_an_extension_moves_the_deadline_and_is_clamped() {
    let (mut claim, instance) = bound(InstancePhase::Ready);
    settle(&mut claim, &instance, 1);
    claim.extensions = 1;
    assert_eq!(settle(&mut claim, &instance, 59), Some(at(90)));
    claim.extensions = 9;
    assert_eq!(settle(&mut claim, &instance, 80), Some(at(120)));
    assert_eq!(claim.status.extend_count, 2);
}

#[test]
fn s53_d19_a_failed_environment_expires_too() {
    let (mut claim, mut instance) = bound(InstancePhase::Failed);
    instance.status.ready = Some(Observed {
        status: Truth::False,
        reason: "InstallFailed".into(),
        message: String::new(),
        since: Some(at(10)),
    });
    assert_eq!(settle(&mut claim, &instance, 11), Some(at(70)));
}

#[test]
fn an_environment_that_never_becomes_ready_expires_after_its_timeout() {
    let (mut claim, instance) = bound(InstancePhase::Provisioning);
    assert_eq!(settle(&mut claim, &instance, 1), Some(at(3600)));
    assert_eq!(settle(&mut claim, &instance, 3600), Some(at(3660)));
}

#[test]
fn an_instance_deleted_by_hand_ends_its_claim() {
    let (claim, mut instance) = bound(InstancePhase::Ready);
    instance.meta.deleting_since = Some(at(5));
    for gone in [None, Some(&instance)] {
        let Some(Action::End(ended)) = plan(&claim, gone, 6).actions.pop() else { panic!("still alive") };
        assert_eq!((ended.phase, ended.reason.as_str()), (ClaimPhase::Expired, reason::INSTANCE_DELETED));
    }
}

#[test]
fn a_tombstone_goes_after_ten_minutes() {
    let (mut claim, _) = bound(InstancePhase::Ready);
    let Some(Action::End(ended)) = plan(&claim, None, 6).actions.pop() else { panic!("still alive") };
    claim.status = *ended;
    assert_eq!(plan(&claim, None, 7).wake_at, Some(at(6 + TOMBSTONE_SECONDS)));
    assert_eq!(plan(&claim, None, 6 + TOMBSTONE_SECONDS).actions, [Action::Remove]);
}

#[test]
fn the_plan_after_its_report_is_empty() {
    for phase in [InstancePhase::Pending, InstancePhase::Provisioning, InstancePhase::Ready, InstancePhase::Failed] {
        let (mut claim, instance) = bound(phase);
        settle(&mut claim, &instance, 2);
        assert!(plan(&claim, Some(&instance), 3).is_empty(), "{phase:?}");
    }
}

#[test]
fn an_adopted_instance_that_says_when_it_ends_is_believed() {
    let (mut claim, mut instance) = bound(InstancePhase::Provisioning);
    instance.expires_at = Some(at(500));
    claim.adopts = Some(instance.reference());
    assert_eq!(settle(&mut claim, &instance, 1), Some(at(500)));
    claim.extensions = 1;
    assert_eq!(settle(&mut claim, &instance, 2), Some(at(530)));
}

proptest! {
    #[test]
    fn what_was_planned_and_written_is_not_planned_again(
        phase in prop_oneof![Just(InstancePhase::Pending), Just(InstancePhase::Provisioning), Just(InstancePhase::Ready), Just(InstancePhase::Failed)],
        ttl in proptest::option::of(1i64..5_000), extend in 0u32..100, max in proptest::option::of(1u32..4), extensions in 0u32..6,
        there: bool, steps in proptest::collection::vec(0i64..3_000, 1..6),
    ) {
        let (mut claim, instance) = bound(phase);
        claim.status.terms = Some(Terms { ttl, extend_seconds: extend, max_extends: max, ..Terms::default() });
        claim.extensions = extensions;
        let (seen, mut now, mut deadline) = (there.then_some(&instance), 0, None);
        for step in steps {
            now += step;
            for action in plan(&claim, seen, now).actions {
                if let Action::Report(status) | Action::End(status) = action {
                    claim.status = *status;
                }
            }
            let again = plan(&claim, seen, now);
            prop_assert!(again.actions.iter().all(|action| *action == Action::Remove), "{again:?}");
            prop_assert!(again.wake_at.is_none_or(|wake| wake > at(now)), "it would wake at once, again and again");
            prop_assert!(deadline.is_none() || claim.status.expires_at == deadline, "the deadline moved without an extension");
            deadline = claim.status.expires_at;
        }
    }
}

fn idle(idle_seconds: u32) -> (Claim, Instance) {
    let (mut claim, instance) = bound(InstancePhase::Ready);
    claim.status.terms = Some(Terms { idle_seconds: Some(idle_seconds), ..Terms::default() });
    (claim, instance)
}

#[test]
fn an_environment_without_activity_ends_as_idle_also_where_it_is_unlimited() {
    let (mut claim, instance) = idle(20);
    assert_eq!(settle(&mut claim, &instance, 0), Some(at(22)), "binding counts as first activity");
    assert_eq!(claim.status.expires_at, None);
    let ended = plan(&claim, Some(&instance), 22);
    let [Action::End(status)] = ended.actions.as_slice() else { panic!("{ended:?}") };
    assert_eq!((status.phase, status.reason.as_str()), (ClaimPhase::Expired, reason::IDLE));
}

#[test]
fn activity_moves_the_end_and_writes_nothing() {
    let (mut claim, instance) = idle(20);
    settle(&mut claim, &instance, 0);
    claim.last_activity = Some(at(15));
    let moved = plan(&claim, Some(&instance), 22);
    assert_eq!((moved.actions.as_slice(), moved.wake_at), ([].as_slice(), Some(at(37))));
}

#[test]
fn an_environment_that_is_not_ready_yet_is_not_idle() {
    let (mut claim, instance) = bound(InstancePhase::Provisioning);
    claim.status.terms = Some(Terms { idle_seconds: Some(20), ..Terms::default() });
    assert_eq!(settle(&mut claim, &instance, 600), Some(at(3600)));
    assert_eq!(claim.status.phase, ClaimPhase::Bound);
}

#[test]
fn the_earlier_of_deadline_and_idleness_ends_an_environment() {
    let (mut claim, instance) = bound(InstancePhase::Ready);
    claim.status.terms = Some(Terms { ttl: Some(60), idle_seconds: Some(100), ..Terms::default() });
    assert_eq!(settle(&mut claim, &instance, 0), Some(at(60)));
    let ended = plan(&claim, Some(&instance), 60);
    let [Action::End(status)] = ended.actions.as_slice() else { panic!("{ended:?}") };
    assert_eq!(status.reason, reason::EXPIRED);
}

#[test]
fn a_claim_of_a_ready_member_is_bound_and_started_in_one_status() {
    let claim = claim(&owner("sub", "alice", "alice"), "shell");
    let ready = instance("alice-shell", "shell", InstancePhase::Available);
    let ready = Instance { status: InstanceStatus { ready_at: Some(at(-60)), ..ready.status.clone() }, ..ready };
    let terms = Terms { ttl: Some(600), extend_seconds: 60, ..Terms::default() };
    let status = crate::environments::plan::claim::bound(&claim, &ready, terms, at(0));
    assert_eq!((status.phase, status.started_at), (ClaimPhase::Bound, Some(at(0))));
    assert_eq!(status.expires_at, Some(at(600)));
    let bound = Claim { status, ..claim };
    let seen = Observation { claim: &bound, instance: Some(&ready), provision_timeout: 60 };
    assert!(plan_claim(seen, at(1)).actions.is_empty());
}
