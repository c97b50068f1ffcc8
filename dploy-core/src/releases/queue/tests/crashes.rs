use crate::{
    releases::{
        deployment::{Deployment, DeploymentState},
        plan::{message::CommitMessage, outcome::DOUBT_SECONDS},
        ports::{Lease, LeaseRecords, QueueRecords},
    },
    testing::{MemoryCommit, Vanishes},
};

use super::stand::{Stand, settle, worker};

#[tokio::test]
async fn s47_w16_a_push_whose_answer_was_lost_is_found_by_its_trailer() {
    let stand = Stand::new().await;
    stand.git.lose_replies(1);
    let done = stand.deployed("1.0.0").await;
    assert_eq!(done.state, DeploymentState::Succeeded);
    let commits = stand.git.log("main");
    assert_eq!(commits.iter().filter(|commit| commit.message.contains(&done.id)).count(), 1, "it was not pushed again");
    assert_eq!(
        done.commit.as_ref(),
        commits.iter().find(|commit| commit.message.contains(&done.id)).map(|commit| &commit.id)
    );
}

#[tokio::test]
async fn s47_what_a_dead_worker_left_running_is_carried_out_by_the_next() {
    let stand = Stand::new().await;
    stand.world.published("1.0.0").await;
    let queued = stand.world.deploy("1.0.0", "staging").await.unwrap();
    let dead = Lease { name: "gitops:".to_owned(), holder: "dead".to_owned() };
    let minute = std::time::Duration::from_secs(60);
    assert!(stand.world.records.acquire(&dead, minute).await.unwrap());
    let now = crate::time::Clock::now(&*stand.world.clock);
    stand.world.records.start(std::slice::from_ref(&queued.id), now, &dead).await.unwrap();
    let work = stand.worker.work(None).await.unwrap();
    assert!(work.elsewhere, "not before the dead one's lease has ended");
    stand.world.clock.advance(61);
    stand.settle().await;
    let done = stand.state(&queued).await;
    assert_eq!((done.state, done.attempts), (DeploymentState::Succeeded, 2));
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_records_nothing() {
    let stand = Stand::new().await;
    stand.world.published("1.0.0").await;
    let queued = stand.world.deploy("1.0.0", "staging").await.unwrap();
    let thief = Lease { name: "gitops:".to_owned(), holder: "thief".to_owned() };
    assert!(stand.world.records.acquire(&thief, std::time::Duration::from_secs(60)).await.unwrap());
    assert!(stand.worker.work(None).await.unwrap().elsewhere);
    assert_eq!(stand.state(&queued).await.state, DeploymentState::Queued);
    stand.world.records.release(&thief).await.unwrap();
    settle(&stand.world, &worker(&stand.world, &stand.git, "other")).await;
    assert_eq!(stand.state(&queued).await.state, DeploymentState::Succeeded);
}

/// Passes for that long, on a clock that goes ten seconds further each time.
async fn for_seconds(stand: &Stand, seconds: i64) {
    for _ in 0..seconds / 10 {
        stand.world.clock.advance(10);
        stand.worker.work(None).await.unwrap();
    }
}

fn told(stand: &Stand, deployment: &Deployment) -> usize {
    let of = |commit: &MemoryCommit| CommitMessage::deployment(&commit.message) == Some(&deployment.id);
    stand.git.log("main").iter().filter(|commit| of(commit)).count()
}

/// A deployment whose push was not answered, and whose remote is away.
async fn in_doubt(stand: &Stand, when: Vanishes) -> Deployment {
    stand.world.published("1.0.0").await;
    stand.git.vanish(when);
    let queued = stand.world.deploy("1.0.0", "staging").await.unwrap();
    for_seconds(stand, 3_600).await;
    let doubt = stand.state(&queued).await;
    assert_eq!((doubt.state, doubt.attempts), (DeploymentState::Running, 1));
    assert!(doubt.reason.as_ref().unwrap().contains("out of reach"), "{doubt:?}");
    doubt
}

#[tokio::test]
async fn s44_s47_a_push_that_arrived_has_succeeded_however_long_the_remote_is_away_afterwards() {
    let stand = Stand::new().await;
    let doubt = in_doubt(&stand, Vanishes::AfterPush).await;
    stand.git.set_unavailable(false);
    for_seconds(&stand, 60).await;
    let done = stand.state(&doubt).await;
    assert_eq!((done.state, done.reason), (DeploymentState::Succeeded, None));
    assert_eq!((told(&stand, &doubt), stand.git.pushes()), (1, 1));
}

#[tokio::test]
async fn s44_s47_a_push_that_did_not_arrive_is_tried_again_when_the_remote_is_back() {
    let stand = Stand::new().await;
    let doubt = in_doubt(&stand, Vanishes::BeforePush).await;
    stand.git.set_unavailable(false);
    for_seconds(&stand, 60).await;
    let done = stand.state(&doubt).await;
    assert_eq!((done.state, done.attempts, told(&stand, &doubt)), (DeploymentState::Succeeded, 2, 1));
}

#[tokio::test]
async fn s44_a_remote_that_never_comes_back_ends_in_failed() {
    let stand = Stand::new().await;
    let doubt = in_doubt(&stand, Vanishes::AfterPush).await;
    for_seconds(&stand, DOUBT_SECONDS).await;
    let failed = stand.state(&doubt).await;
    assert_eq!(failed.state, DeploymentState::Failed);
    assert!(failed.reason.unwrap().contains("out of reach"));
}

#[tokio::test]
async fn s44_pushes_that_never_arrive_and_are_never_answered_end_in_failed() {
    let stand = Stand::new().await;
    stand.world.published("1.0.0").await;
    let queued = stand.world.deploy("1.0.0", "staging").await.unwrap();
    for attempt in 1..=3 {
        stand.git.vanish(Vanishes::BeforePush);
        stand.git.set_unavailable(false);
        for_seconds(&stand, 120).await;
        assert_eq!(stand.state(&queued).await.attempts, attempt);
    }
    stand.git.set_unavailable(false);
    for_seconds(&stand, 120).await;
    let failed = stand.state(&queued).await;
    assert_eq!((failed.state, failed.attempts, told(&stand, &failed)), (DeploymentState::Failed, 3, 0));
    assert!(failed.reason.unwrap().contains("out of reach"));
}

#[tokio::test]
async fn what_comes_after_a_deployment_in_doubt_waits_for_it() {
    for when in [Vanishes::BeforePush, Vanishes::AfterPush] {
        let stand = Stand::new().await;
        let doubt = in_doubt(&stand, when).await;
        stand.world.published("2.0.0").await;
        let next = stand.world.deploy("2.0.0", "staging").await.unwrap();
        for_seconds(&stand, 300).await;
        let waiting = stand.state(&next).await;
        assert_eq!((waiting.state, waiting.attempts), (DeploymentState::Queued, 0), "it would only fail");
        stand.git.set_unavailable(false);
        for_seconds(&stand, 120).await;
        assert_eq!(stand.state(&next).await.state, DeploymentState::Succeeded);
        assert!(stand.state(&doubt).await.state.is_final());
        assert!(stand.git.log("main")[0].message.contains(&next.id), "{when:?}: the later one is the last");
        assert!(stand.file("environments/staging/apps/web/web.yaml").is_some());
    }
}

const FILE: &str = "environments/staging/apps/web/web.yaml";

/// Version 1.0.0 runs, and the push of a deployment of 2.0.0 is on its way.
async fn held_up(stand: &Stand) -> Deployment {
    stand.deployed("1.0.0").await;
    stand.world.published("2.0.0").await;
    stand.git.hold_up();
    let late = stand.world.deploy("2.0.0", "staging").await.unwrap();
    stand.worker.work(None).await.unwrap();
    late
}

fn fences(stand: &Stand, deployment: &Deployment) -> usize {
    let trailer = format!("\nDploy-Fenced: {}\n", deployment.id);
    stand.git.log("main").iter().filter(|commit| commit.message.contains(&trailer)).count()
}

#[tokio::test]
async fn s47_a_push_that_is_late_finds_the_branch_moved_where_another_took_its_place() {
    let stand = Stand::new().await;
    let late = held_up(&stand).await;
    let next = stand.world.deploy("1.0.0", "staging").await.unwrap();
    stand.settle().await;
    assert_eq!(stand.state(&late).await.state, DeploymentState::Superseded);
    assert_eq!(stand.state(&next).await.state, DeploymentState::Unchanged);
    assert!(!stand.git.arrive() && stand.file(FILE).unwrap().contains("1.0.0"));
    assert_eq!((fences(&stand, &late), told(&stand, &late)), (1, 0));
}

#[tokio::test]
async fn s47_a_push_that_arrives_before_another_takes_its_place_has_succeeded() {
    let stand = Stand::new().await;
    let late = held_up(&stand).await;
    assert!(stand.git.arrive());
    let next = stand.world.deploy("1.0.0", "staging").await.unwrap();
    stand.settle().await;
    let states = [stand.state(&late).await.state, stand.state(&next).await.state];
    assert_eq!(states, [DeploymentState::Succeeded; 2]);
    assert_eq!((fences(&stand, &late), told(&stand, &late)), (0, 1));
    assert!(stand.file(FILE).unwrap().contains("1.0.0"));
}

#[tokio::test]
async fn s47_what_is_given_up_does_not_arrive_later() {
    let stand = Stand::new().await;
    let late = held_up(&stand).await;
    let (world, version) = (&stand.world, late.version.clone());
    world.releases.reject(&world.caller, &world.app, &version, Some("broken")).await.unwrap();
    stand.settle().await;
    assert_eq!(stand.state(&late).await.state, DeploymentState::Failed);
    assert!(!stand.git.arrive() && stand.file(FILE).unwrap().contains("1.0.0"));
    assert_eq!(fences(&stand, &late), 1);
}

#[tokio::test]
async fn s44_s47_nothing_takes_the_place_of_a_push_on_its_way_while_the_remote_is_away() {
    let stand = Stand::new().await;
    let late = held_up(&stand).await;
    let next = stand.world.deploy("1.0.0", "staging").await.unwrap();
    stand.git.set_unavailable(true);
    for_seconds(&stand, 600).await;
    let doubt = stand.state(&late).await;
    assert_eq!((doubt.state, stand.state(&next).await.state), (DeploymentState::Running, DeploymentState::Queued));
    assert!(doubt.reason.unwrap().contains("out of reach"));
    stand.git.set_unavailable(false);
    for_seconds(&stand, 120).await;
    assert_eq!(stand.state(&late).await.state, DeploymentState::Superseded);
    assert_eq!(stand.state(&next).await.state, DeploymentState::Unchanged);
    assert!(!stand.git.arrive());
}
