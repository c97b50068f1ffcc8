use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::releases::{
    deployment::{Deployment, DeploymentState, Trigger},
    plan::batch::{Batch, batch},
};

use super::{at, queued};

fn plan(unfinished: &[Deployment]) -> Batch {
    batch(unfinished, &BTreeSet::new(), at(100), 50)
}

fn ids<'a>(deployments: impl IntoIterator<Item = &'a Deployment>) -> Vec<&'a str> {
    deployments.into_iter().map(|deployment| deployment.id.as_str()).collect()
}

fn superseded(batch: &Batch) -> Vec<&str> {
    batch.superseded.iter().map(|transition| transition.id.as_str()).collect()
}

fn policy(deployment: Deployment) -> Deployment {
    Deployment { trigger: Trigger::Policy { id: "p".to_owned(), name: "main".to_owned() }, ..deployment }
}

#[test]
fn a_later_version_takes_the_place_of_a_queued_one() {
    let batch = plan(&[queued(1, "web", "1"), queued(2, "api", "1"), queued(3, "web", "2")]);
    assert_eq!((ids(&batch.run), superseded(&batch)), (vec!["d2", "d3"], vec!["d1"]));
    assert_eq!(batch.superseded[0].reason.as_deref(), Some("deployment d3 of version 2 took its place"));
}

#[test]
fn a_removal_takes_the_place_of_a_deployment_and_a_deployment_that_of_a_removal() {
    let removal = |sequence| Deployment { trigger: Trigger::Removal, ..queued(sequence, "web", "1") };
    let batch = plan(&[queued(1, "web", "1"), removal(2), removal(3)]);
    assert_eq!((ids(&batch.run), superseded(&batch)), (vec!["d2", "d3"], vec!["d1"]));
    let reason = batch.superseded[0].reason.as_deref();
    assert_eq!(reason, Some("deployment d3 took its place, which removes the application"));
    let batch = plan(&[removal(1), queued(2, "web", "1")]);
    assert_eq!((ids(&batch.run), superseded(&batch)), (vec!["d2"], vec!["d1"]));
}

#[test]
fn s53_the_same_version_twice_runs_twice() {
    let batch = plan(&[queued(1, "web", "1"), queued(2, "web", "1")]);
    assert_eq!((ids(&batch.run).len(), batch.superseded.len()), (2, 0));
}

#[test]
fn s47_what_was_running_is_never_superseded() {
    let running = Deployment { state: DeploymentState::Running, ..queued(1, "web", "1") };
    let batch = plan(&[running, queued(2, "web", "2")]);
    assert_eq!((ids(&batch.interrupted), ids(&batch.run)), (vec!["d1"], vec!["d2"]));
}

#[test]
fn s55_a_policy_never_overwrites_a_target_on_hold_however_early_it_was_queued() {
    let (by_policy, by_hand) = (policy(queued(1, "web", "1")), queued(2, "api", "1"));
    let held = [&by_policy, &by_hand].map(|one| (one.app_id.clone(), one.target.clone())).into_iter().collect();
    let batch = batch(&[by_policy, by_hand], &held, at(100), 50);
    assert_eq!((superseded(&batch), ids(&batch.run)), (vec!["d1"], vec!["d2"]));
}

#[test]
fn what_is_to_be_tried_later_waits_and_says_until_when() {
    let later = Deployment { not_before: Some(at(130)), ..queued(1, "web", "1") };
    let batch = plan(&[later, queued(2, "api", "1")]);
    assert_eq!((ids(&batch.run), batch.wake_at), (vec!["d2"], Some(at(130))));
}

#[test]
fn what_does_not_fit_into_a_batch_comes_next() {
    let many: Vec<_> = (0..60).map(|n| queued(n, &format!("app-{n}"), "1")).collect();
    let batch = plan(&many);
    assert_eq!((batch.run.len(), batch.wake_at), (50, Some(at(100))));
}

#[test]
fn s47_a_place_in_doubt_waits_and_others_go_on() {
    let doubt = Deployment { state: DeploymentState::Running, not_before: Some(at(130)), ..queued(1, "web", "1") };
    let unfinished = [doubt, queued(2, "web", "2"), queued(3, "api", "1")];
    let waits = plan(&unfinished);
    assert_eq!((ids(&waits.interrupted), ids(&waits.run), superseded(&waits)), (vec![], vec!["d3"], vec![]));
    assert_eq!(waits.wake_at, Some(at(130)));
    let due = batch(&unfinished, &BTreeSet::new(), at(130), 50);
    assert_eq!(ids(&due.interrupted), vec!["d1"]);
}

fn any_deployment() -> impl Strategy<Value = Deployment> {
    (0u8..3, 0u8..3, any::<bool>(), any::<bool>(), prop::option::of(0i64..200)).prop_map(
        |(app, version, running, by_policy, later)| {
            let mut one = queued(0, &format!("app-{app}"), &format!("v{version}"));
            if running {
                one.state = DeploymentState::Running;
            }
            one.not_before = later.map(at);
            if by_policy { policy(one) } else { one }
        },
    )
}

proptest! {
    #[test]
    fn every_deployment_has_one_fate_and_the_last_one_of_a_place_is_never_superseded_by_another(
        deployments in prop::collection::vec(any_deployment(), 0..12),
    ) {
        let numbered: Vec<_> = deployments.into_iter().enumerate().map(|(at, one)| {
            Deployment { id: format!("d{at}"), sequence: at as u64, ..one }
        }).collect();
        let batch = plan(&numbered);
        let put_off = |one: &Deployment| one.not_before.is_some_and(|until| until > at(100));
        let doubt = |one: &Deployment| put_off(one) && one.state == DeploymentState::Running;
        let behind = |one: &Deployment| numbered.iter().any(|other| doubt(other) && other.app_id == one.app_id);
        let waiting = numbered.iter().filter(|one| put_off(one) || behind(one)).count();
        let decided = batch.interrupted.len() + batch.run.len() + batch.superseded.len();
        prop_assert!(decided <= numbered.len() && decided + waiting >= numbered.len());
        let order: Vec<_> = batch.run.iter().map(|one| one.sequence).collect();
        prop_assert!(order.is_sorted(), "they run in their order");
        if let Some(last) = numbered.last() {
            prop_assert!(!superseded(&batch).contains(&last.id.as_str()));
        }
    }
}
