use crate::releases::{
    deployment::DeploymentState,
    ports::{Lease, LeaseRecords, QueueRecords},
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
