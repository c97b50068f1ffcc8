//! A database that refuses writes, is locked, killed or stopped.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use dploy_core::releases::{
    deployment::{DeploymentState, Trigger},
    error,
    ports::RecordError,
};
use dploy_servers::{Error, Postgres, required};
use sqlx::{Connection as _, SqliteConnection};
use tokio::time::{Instant, sleep, timeout};

use super::Stand;
use crate::{agreement::holds, site::Site};

/// No call of the records takes longer, whatever the database does; twice the limit that they promise.
const BOUND: Duration = Duration::from_secs(20);

/// Runs statements on the database behind the installation's back.
async fn meddle(site: &Site, statements: &'static str) {
    let mut connection = SqliteConnection::connect(&site.database).await.unwrap();
    sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn s31_w06_a_publish_whose_record_fails_after_the_archive_was_stored_can_be_repeated() -> Result<(), Error> {
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    stand.client.policy("web", "every", "production").await;
    stand.client.upload("web", "1.0.0").await.unwrap();
    // The deployments that policies ask for are stored last, after the version was made published.
    let full = "CREATE TRIGGER full BEFORE INSERT ON deployments BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    meddle(&stand.site, full).await;
    let refused = stand.client.publish("web", "1.0.0").await.unwrap_err();
    assert!(matches!(refused, error::Error::Records(RecordError::Unavailable(_))), "{refused:?}");
    assert!(stand.client.version("web", "1.0.0").await.published.is_none(), "nothing is half done");
    meddle(&stand.site, "DROP TRIGGER full").await;
    assert_eq!(stand.client.publish("web", "1.0.0").await.unwrap().deployments.len(), 1);
    stand.client.settle().await;
    let deployments = stand.client.deployments().await;
    assert!(deployments.len() == 1 && matches!(deployments[0].trigger, Trigger::Policy { .. }));
    stand.goes_on().await;
    Ok(())
}

#[tokio::test]
async fn s47_w03_a_push_that_could_not_be_recorded_is_found_by_its_trailer() -> Result<(), Error> {
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    stand.client.published("web", "1.0.0").await.unwrap();
    let queued = stand.client.deploy("web", "1.0.0", "staging").await.unwrap();
    let full = "CREATE TRIGGER full BEFORE UPDATE OF state ON deployments WHEN NEW.state = 'succeeded' \
                BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    meddle(&stand.site, full).await;
    for _ in 0..5 {
        assert!(stand.client.pass().await.is_err());
    }
    assert_eq!(stand.client.deployment(&queued).await.state, DeploymentState::Running);
    meddle(&stand.site, "DROP TRIGGER full").await;
    stand.client.settle().await;
    let done = stand.client.deployment(&queued).await;
    assert_eq!((done.state, done.attempts), (DeploymentState::Succeeded, 1), "{done:?}");
    stand.goes_on().await;
    Ok(())
}

#[tokio::test]
async fn a_database_that_another_program_locks_is_waited_for_in_bounded_time() -> Result<(), Error> {
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    stand.client.upload("web", "1.0.0").await.unwrap();
    let mut other = SqliteConnection::connect(&stand.site.database).await.unwrap();
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let refused = timeout(BOUND, stand.client.publish("web", "1.0.0")).await.unwrap().unwrap_err();
    assert!(matches!(refused, error::Error::Records(RecordError::Unavailable(_))), "{refused:?}");
    lock.rollback().await.unwrap();
    stand.client.publish("web", "1.0.0").await.unwrap();
    stand.goes_on().await;
    Ok(())
}

/// PostgreSQL ends in the middle of publishes and deploys, once as `kill -9` does and once in good order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s31_s47_a_database_that_ends_under_load_costs_errors_only() -> Result<(), Error> {
    let Some(postgres) = required(Postgres::start().await)? else { return Ok(()) };
    let database = postgres.database().await?;
    let Some(stand) = Stand::new(|site| site.database = database).await? else { return Ok(()) };
    stand.client.policy("web", "every", "production").await;
    let worker = tokio::spawn({
        let client = stand.client.clone();
        async move {
            loop {
                if client.pass().await.is_err() {
                    sleep(Duration::from_millis(20)).await;
                }
            }
        }
    });
    let done = Arc::new(AtomicU32::new(0));
    let user = tokio::spawn({
        let (client, done) = (stand.client.clone(), Arc::clone(&done));
        async move {
            for number in 0.. {
                let version = format!("1.{number}.0");
                let start = Instant::now();
                if client.published("web", &version).await.is_ok() {
                    let queued = client.deploy("web", &version, "staging").await;
                    done.fetch_add(u32::from(queued.is_ok()), Ordering::SeqCst);
                }
                assert!(start.elapsed() < 5 * BOUND);
                sleep(Duration::from_millis(5)).await;
            }
        }
    });
    let more = async |count: u32| {
        let before = done.load(Ordering::SeqCst);
        while done.load(Ordering::SeqCst) < before + count {
            assert!(!user.is_finished() && !worker.is_finished());
            sleep(Duration::from_millis(5)).await;
        }
    };
    for graceful in [false, true] {
        more(3).await;
        sleep(Duration::from_millis(rand::random_range(0..50))).await;
        if graceful {
            postgres.stop().await?
        } else {
            postgres.kill().await?
        }
        sleep(Duration::from_millis(300)).await;
        postgres.restart().await?;
    }
    more(3).await;
    user.abort();
    worker.abort();
    // What was dropped in the middle of a call is no step of a process that goes on.
    let _ = (user.await, worker.await);
    let client = stand.site.open().await;
    for draft in client.drafts("web").await {
        client.published_again("web", draft.version.as_str()).await;
    }
    client.settle().await;
    let states: Vec<_> = client.deployments().await.into_iter().map(|one| one.state).collect();
    assert!(states.len() >= 18 && !states.contains(&DeploymentState::Failed), "{states:?}");
    holds(&client, &stand.remote, &[]).await;
    Ok(())
}
