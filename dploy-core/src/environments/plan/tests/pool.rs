use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use proptest::prelude::*;

use crate::{
    condition::{Observed, Truth},
    environments::{
        UidRef,
        instance::{Instance, InstancePhase},
        naming::member_name,
        plan::pool::{Action, Observation, count, plan_pool},
        template::{Method, Pool, Template, WhenEmpty},
    },
    plan::Plan,
    testing::builders::{CREATED, member, pool_template},
    time::Timestamp,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(CREATED + seconds)
}

fn plan(template: Option<&Template>, members: &[Arc<Instance>], now: i64) -> Plan<Action> {
    plan_with(template, members, &[], now)
}

fn plan_with(template: Option<&Template>, members: &[Arc<Instance>], outdated: &[&str], now: i64) -> Plan<Action> {
    let outdated = outdated.iter().map(|uid| (*uid).to_owned()).collect();
    let (names, failures) = (BTreeSet::new(), BTreeMap::new());
    let seen =
        Observation { template, members, names: &names, failures: &failures, outdated: &outdated, drained: false };
    plan_pool(&seen, at(now))
}

#[test]
fn s48_ready_members_of_an_older_revision_are_replaced_a_quarter_at_a_time_and_others_at_once() {
    let template = pool_template("shell", 8);
    let mut members: Vec<_> = (0..8).map(|slot| Arc::new(member("shell", slot))).collect();
    let uids: Vec<_> = members.iter().map(|member| member.meta.uid.clone()).collect();
    let uids: Vec<_> = uids.iter().map(String::as_str).collect();
    assert_eq!(plan_with(Some(&template), &members, &uids, 0).actions.len(), 2);
    Arc::make_mut(&mut members[0]).status.phase = InstancePhase::Provisioning;
    let plan = plan_with(Some(&template), &members, &uids, 0);
    assert_eq!(plan.actions.len(), 2, "one that is ready, and the one that nobody could be given");
    assert!(plan.actions.contains(&Action::Remove(members[0].reference())));
    Arc::make_mut(&mut members[1]).status.phase = InstancePhase::Provisioning;
    let fresh = &uids[2..];
    assert!(plan_with(Some(&template), &members, fresh, 0).actions.is_empty(), "two are on their way already");
    let one = [Arc::new(member("shell", 0))];
    let small = pool_template("shell", 1);
    assert_eq!(plan_with(Some(&small), &one, &[one[0].meta.uid.as_str()], 0).actions.len(), 1);
}

fn sized(size: u32, max: Option<u32>, recycle: bool) -> Template {
    Template {
        method: Method::Pool(Pool { size, max_size: max, recycle, when_empty: WhenEmpty::Reject }),
        ..pool_template("shell", size)
    }
}

fn claimed(slot: u32) -> Instance {
    Instance {
        owner: Some("alice".into()),
        claim: Some(UidRef { name: "c".into(), uid: format!("c{slot}") }),
        ..member("shell", slot)
    }
}

fn in_phase(slot: u32, phase: InstancePhase, age: i64) -> Instance {
    let mut member = member("shell", slot);
    member.status.phase = phase;
    member.status.ready =
        Some(Observed { status: Truth::False, reason: "x".into(), message: String::new(), since: Some(at(0)) });
    member.meta.created = at(-age);
    member
}

fn arcs(members: impl IntoIterator<Item = Instance>) -> Vec<Arc<Instance>> {
    members.into_iter().map(Arc::new).collect()
}

fn created(plan: &Plan<Action>) -> Vec<&str> {
    plan.actions
        .iter()
        .filter_map(|action| if let Action::Create { name, .. } = action { Some(name.as_str()) } else { None })
        .collect()
}

fn removed(plan: &Plan<Action>) -> Vec<&str> {
    plan.actions
        .iter()
        .filter_map(|action| if let Action::Remove(member) = action { Some(member.name.as_str()) } else { None })
        .collect()
}

#[test]
fn s32_an_empty_pool_fills_its_lowest_slots() {
    let template = sized(3, None, true);
    let names: Vec<_> = (0..3).map(|slot| member_name("shell", &template.uid, slot)).collect();
    assert_eq!(created(&plan(Some(&template), &[], 0)), names);
    let counters = count(&arcs((0..3).map(|slot| member("shell", slot))));
    assert_eq!((counters.available, counters.claimed, counters.total), (3, 0, 3));
}

#[test]
fn s33_a_claimed_member_is_replaced_at_once_within_the_bound() {
    let members = arcs([claimed(0), member("shell", 1), member("shell", 2)]);
    assert_eq!(created(&plan(Some(&sized(3, None, true)), &members, 0)).len(), 1);
    assert_eq!(created(&plan(Some(&sized(3, Some(4), true)), &members, 0)).len(), 1);
    assert!(plan(Some(&sized(3, Some(3), true)), &members, 0).is_empty());
}

#[test]
fn without_recycle_a_claimed_member_is_replaced_only_when_it_is_gone() {
    let mut leaving = claimed(0);
    leaving.meta.deleting_since = Some(at(0));
    for first in [claimed(0), leaving] {
        assert!(plan(Some(&sized(2, None, false)), &arcs([first, member("shell", 1)]), 0).is_empty());
    }
    assert_eq!(created(&plan(Some(&sized(2, None, false)), &arcs([member("shell", 1)]), 0)).len(), 1);
}

#[test]
fn s37_d18_a_shrinking_pool_gives_up_failed_ones_first_then_the_newest_and_never_a_claimed_one() {
    let members = arcs([
        claimed(0),
        in_phase(1, InstancePhase::Available, 50),
        in_phase(2, InstancePhase::Available, 10),
        in_phase(3, InstancePhase::Failed, 90),
        in_phase(4, InstancePhase::Provisioning, 99),
    ]);
    let order: Vec<_> = [3, 4, 2].map(|slot| member("shell", slot).meta.key.name).to_vec();
    assert_eq!(removed(&plan(Some(&sized(1, None, true)), &members, 0)), order);
    for gone in [
        None,
        Some(&Template { enabled: false, ..sized(3, None, true) }),
        Some(&Template { method: Method::OnDemand, ..sized(3, None, true) }),
    ] {
        let plan = plan(gone, &members, 0);
        assert_eq!(removed(&plan).len(), 4);
        assert!(!removed(&plan).contains(&claimed(0).meta.key.name.as_str()));
    }
}

#[test]
fn s37_a_failed_member_is_replaced_after_a_delay_that_doubles_up_to_a_cap() {
    let template = sized(1, None, true);
    for (attempt, delay) in [(0, 10), (1, 20), (3, 80), (9, 600), (4_000_000_000, 600)] {
        let members = arcs([Instance { attempt, ..in_phase(0, InstancePhase::Failed, 5) }]);
        assert_eq!(
            plan(Some(&template), &members, delay - 1),
            Plan { wake_at: Some(at(delay)), ..Plan::default() },
            "{attempt}"
        );
        assert_eq!(removed(&plan(Some(&template), &members, delay)).len(), 1, "{attempt}");
    }
}

#[test]
fn a_slot_whose_name_is_held_is_passed_over() {
    let template = sized(1, None, true);
    let mut leaving = member("shell", 0);
    leaving.meta.deleting_since = Some(at(0));
    assert_eq!(created(&plan(Some(&template), &arcs([leaving]), 0)), [member_name("shell", &template.uid, 1)]);
}

#[test]
fn the_next_member_of_a_slot_remembers_its_failures() {
    let template = sized(1, None, true);
    let name = member_name("shell", &template.uid, 0);
    let failures = BTreeMap::from([(name.clone(), 3)]);
    let seen = Observation {
        template: Some(&template),
        members: &[],
        names: &BTreeSet::new(),
        failures: &failures,
        outdated: &BTreeSet::new(),
        drained: false,
    };
    assert_eq!(plan_pool(&seen, at(0)).actions, [Action::Create { name, attempt: 3 }]);
}

#[test]
fn a_drained_pool_loses_its_free_members_and_keeps_claimed_ones() {
    let template = sized(2, None, true);
    let members = [Arc::new(claimed(0)), Arc::new(member("shell", 1))];
    let seen = Observation {
        template: Some(&template),
        members: &members,
        names: &BTreeSet::new(),
        failures: &BTreeMap::new(),
        outdated: &BTreeSet::new(),
        drained: true,
    };
    assert_eq!(plan_pool(&seen, at(0)).actions, [Action::Remove(members[1].reference())]);
}

prop_compose! {
    fn any_member()(slot in 0u32..12, kind in 0u8..5, age in 0i64..100) -> Instance {
        match kind {
            0 => claimed(slot),
            1 => Instance { meta: crate::environments::Metadata { deleting_since: Some(at(0)), ..claimed(slot).meta }, ..claimed(slot) },
            2 => in_phase(slot, InstancePhase::Available, age),
            3 => in_phase(slot, InstancePhase::Provisioning, age),
            _ => in_phase(slot, InstancePhase::Failed, age),
        }
    }
}

proptest! {
    #[test]
    fn any_pool_converges_within_its_bounds(
        members in proptest::collection::vec(any_member(), 0..12), size in 0u32..8, spare in proptest::option::of(0u32..5), recycle: bool, present: bool,
    ) {
        let mut seen = BTreeSet::new();
        let mut members: Vec<_> = arcs(members.into_iter().filter(|member| seen.insert(member.meta.key.name.clone())));
        let template = sized(size, spare.map(|spare| size + spare), recycle);
        let template = present.then_some(&template);
        let claimed_before: Vec<_> = members.iter().filter(|member| !member.is_free()).map(|member| member.meta.key.name.clone()).collect();
        let mut rounds = 0;
        loop {
            let plan = plan(template, &members, 10_000);
            if plan.is_empty() { break }
            rounds += 1;
            prop_assert!(rounds < 20, "does not converge");
            for action in plan.actions {
                match action {
                    Action::Remove(gone) => members.retain(|member| member.meta.key.name != gone.name),
                    Action::Create { name, .. } => {
                        let mut fresh = member("shell", 0);
                        fresh.meta.key.name = name;
                        members.push(Arc::new(fresh));
                    }
                }
            }
        }
        let free = members.iter().filter(|member| member.is_free()).count();
        prop_assert!(free <= size as usize);
        if let Some(max) = template.and_then(Template::pool).and_then(|pool| pool.max_size) {
            prop_assert!(free == 0 || members.len() <= (max as usize).max(claimed_before.len()));
        }
        for name in claimed_before {
            prop_assert!(members.iter().any(|member| member.meta.key.name == name), "a claimed member was removed");
        }
    }
}
