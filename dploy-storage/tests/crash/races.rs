//! Many at once: publishes of one version, and deploys to one repository while a human works on it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use dploy_core::{
    error::{Classify as _, ErrorKind},
    releases::deployment::DeploymentState,
};
use dploy_servers::{Error, GitRepository, Postgres, required};
use futures::future::join_all;
use tempfile::TempDir;

use crate::{agreement::holds, client::Client, hand::hand_at_work, site::Site};

/// How many applications are deployed at once in a usual run.
const DEPLOYS: usize = 50;
/// How many in a long one.
const LONG_DEPLOYS: usize = 200;
const POLICIES: [(&str, &str); 4] = [("a", "staging"), ("b", "production"), ("c", "staging"), ("d", "production")];

/// An installation of two processes' worth on one database.
struct Two {
    remote: Arc<GitRepository>,
    clients: [Client; 2],
    _folder: TempDir,
}

impl Two {
    async fn new(database: Option<String>) -> Result<Option<Self>, Error> {
        let Some(remote) = required(GitRepository::start())? else { return Ok(None) };
        let (remote, folder) = (Arc::new(remote), tempfile::tempdir().unwrap());
        let site = Site::new(&folder, &remote);
        let site = Site { database: database.unwrap_or(site.database.clone()), lease: 20_000, ..site };
        let clients = [site.on("a").open().await, site.on("b").open().await];
        Ok(Some(Self { remote, clients, _folder: folder }))
    }

    async fn publishes_race(self) {
        let [a, b] = &self.clients;
        a.register("web").await;
        for (name, target) in POLICIES {
            a.policy("web", name, target).await;
        }
        a.upload("web", "1.0.0").await.unwrap();
        let calls = (0..10).map(|number| {
            let client = if number % 2 == 0 { a.clone() } else { b.clone() };
            tokio::spawn(async move { client.publish("web", "1.0.0").await })
        });
        let results: Vec<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
        let winners: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
        assert_eq!(winners.len(), 1, "{results:#?}");
        assert_eq!(winners[0].deployments.len(), POLICIES.len());
        for loser in results.iter().filter_map(|result| result.as_ref().err()) {
            assert_eq!(loser.kind(), ErrorKind::Conflict, "{loser:?}");
        }
        assert_eq!(a.deployments().await.len(), POLICIES.len(), "one set of policy deployments");
        a.settle().await;
        holds(b, &self.remote, &[]).await;
    }

    async fn deploys_race(self, count: usize) {
        let [a, b] = &self.clients;
        let apps: Vec<String> = (0..count).map(|number| format!("app-{number}")).collect();
        for app in &apps {
            a.register(app).await;
            a.published(app, "1.0.0").await.unwrap();
        }
        let (ends, hand) = hand_at_work(&self.remote, Duration::from_millis(100));
        let moved = Arc::new(AtomicUsize::new(0));
        let workers = [a, b].map(|client| {
            let (client, moved) = (client.clone(), Arc::clone(&moved));
            tokio::spawn(async move {
                loop {
                    let work = client.pass().await.unwrap();
                    moved.fetch_add(work.moved, Ordering::SeqCst);
                }
            })
        });
        let deploys = apps.iter().enumerate().map(|(number, app)| {
            let (client, app) = (self.clients[number % 2].clone(), app.clone());
            tokio::spawn(async move { client.deploy(&app, "1.0.0", "staging").await.unwrap() })
        });
        join_all(deploys).await.into_iter().for_each(|done| drop(done.unwrap()));
        let mut reasons = BTreeSet::new();
        loop {
            let deployments = a.deployments().await;
            reasons.extend(deployments.iter().filter_map(|one| one.reason.clone()));
            if deployments.iter().all(|one| one.state.is_final()) {
                break;
            }
            assert!(workers.iter().all(|worker| !worker.is_finished()), "a worker gave up");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // A worker counts a pass when it is over.
        tokio::time::sleep(Duration::from_millis(200)).await;
        workers.iter().for_each(tokio::task::JoinHandle::abort);
        ends.store(true, Ordering::SeqCst);
        let human = hand.join().unwrap();
        let deployments = a.deployments().await;
        assert_eq!(deployments.len(), count);
        for one in &deployments {
            assert_eq!(one.state, DeploymentState::Succeeded, "{one:?} {reasons:?}");
        }
        // A deployment that one of them had begun and the other took up would count once more.
        let attempts: u32 = deployments.iter().map(|one| one.attempts).sum();
        assert_eq!(moved.load(Ordering::SeqCst), attempts as usize, "{reasons:?}");
        holds(a, &self.remote, &human).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s30_of_ten_publishes_one_wins_on_sqlite() -> Result<(), Error> {
    let Some(two) = Two::new(None).await? else { return Ok(()) };
    two.publishes_race().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s30_of_ten_publishes_one_wins_on_postgresql() -> Result<(), Error> {
    let Some(postgres) = Postgres::shared().await? else { return Ok(()) };
    let Some(two) = Two::new(Some(postgres.database().await?)).await? else { return Ok(()) };
    two.publishes_race().await;
    Ok(())
}

async fn deploys_on_postgresql(count: usize) -> Result<(), Error> {
    let Some(postgres) = Postgres::shared().await? else { return Ok(()) };
    let Some(two) = Two::new(Some(postgres.database().await?)).await? else { return Ok(()) };
    two.deploys_race(count).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s40_s41_w01_w02_many_deploys_to_one_repository_beside_a_human_all_succeed_on_sqlite() -> Result<(), Error> {
    let Some(two) = Two::new(None).await? else { return Ok(()) };
    two.deploys_race(DEPLOYS).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s40_s41_w01_w02_two_replicas_do_no_double_work_on_postgresql() -> Result<(), Error> {
    deploys_on_postgresql(DEPLOYS).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "long: 200 deployments"]
async fn s40_s41_w01_w02_two_replicas_do_no_double_work_for_long() -> Result<(), Error> {
    deploys_on_postgresql(LONG_DEPLOYS).await
}
