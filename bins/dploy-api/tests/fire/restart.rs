//! What a process takes over from one that was killed.

use std::{path::Path, time::Duration};

use dploy_servers::{Error, Postgres};
use tokio::time::{Instant, sleep};

use crate::{
    agreement::{Installation as _, deployments, holds},
    site::Site,
};

/// A process is killed in the middle of a push, and another one comes; whether that one ended the deployment before the
/// first one's lease did.
async fn ended_within_the_lease(next: &str) -> Result<Option<bool>, Error> {
    let Some(site) = Site::new().await? else { return Ok(None) };
    let Some(postgres) = Postgres::shared().await? else { return Ok(None) };
    let first = site.start("a").await;
    let user = first.user();
    user.register("web").await;
    assert_eq!(user.released("web", "1.0.0").await.unwrap().0, 200);
    site.remote.delay_pushes(Duration::from_secs(2))?;
    let (status, queued) = user.deploy("web", "1.0.0").await.unwrap();
    assert_eq!(status, 202, "{queued}");
    pushing(&site.remote.path()).await;
    first.kill().await;
    let lease = postgres.query(&site.database, "SELECT max(expires_at) FROM leases").await?;
    let second = site.start(next).await;
    let done = second.user().finished(queued["deploymentId"].as_str().unwrap()).await;
    assert_eq!(done["state"], "succeeded", "{done}");
    let kept = site.kept().await;
    let finished = deployments(kept.records()).await[0].finished_at.unwrap();
    holds(&kept, &site.remote, &[]).await;
    Ok(Some(finished.unix_micros() < lease.parse().unwrap()))
}

/// Waits until something is being pushed: it lies in a folder of its own while the hook runs.
async fn pushing(repository: &Path) {
    let incoming = || {
        let entries = std::fs::read_dir(repository.join("objects")).unwrap().flatten();
        entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().contains("incoming"))
    };
    let start = Instant::now();
    while !incoming() {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing is pushed");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s47_w16_a_server_that_was_killed_goes_on_as_soon_as_it_is_back() -> Result<(), Error> {
    let Some(within) = ended_within_the_lease("a").await? else { return Ok(()) };
    assert!(within, "it waited for its own lease");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: a minute's lease"]
async fn s47_another_server_waits_for_the_lease_of_a_killed_one() -> Result<(), Error> {
    let Some(within) = ended_within_the_lease("b").await? else { return Ok(()) };
    assert!(!within, "it did not wait for the lease");
    Ok(())
}
