//! A process under load that is killed at any time and started again, while a human works on the same branch.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use dploy_core::releases::deployment::DeploymentState;
use dploy_servers::Error;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    agreement::{Installation as _, deployments, holds},
    hand::hand_at_work,
    site::{Kept, Site},
    user::{Answer, User},
};

const APPS: [&str; 5] = ["api", "cron", "mail", "shop", "web"];
/// How often the process is killed in a usual run.
const KILLS: u32 = 6;
/// How often in a long one.
const LONG_KILLS: u32 = 200;
/// How much it does at most between two kills.
const WORDS: usize = 12;
/// How long it goes on after that at most.
const SOON: Duration = Duration::from_millis(100);
/// How long some work may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(180);

/// What the process said that it has done.
#[derive(Debug)]
enum Word {
    Published {
        app: &'static str,
        version: String,
    },
    Queued(String),
    /// It refused what it should not have.
    Refused(String),
}

type Words = Arc<Mutex<Vec<Word>>>;

/// Publishes, deploys and rolls back an application until it is told to end, whoever serves.
async fn load(user: User, app: &'static str, words: Words, ends: Arc<AtomicBool>) {
    for number in 0.. {
        if ends.load(Ordering::SeqCst) {
            return;
        }
        // What fails with the process is not known to have been done.
        drop(release(&user, app, number, &words).await);
        sleep(Duration::from_millis(rand::random_range(0..40))).await;
    }
}

async fn release(user: &User, app: &'static str, number: u32, words: &Words) -> reqwest::Result<()> {
    let (version, tell) = (format!("{number}"), |word| words.lock().unwrap().push(word));
    let refused = |(status, body): Answer| Word::Refused(format!("{app} {number}: {status} {body}"));
    let queued = |answer: Answer| match answer {
        (202, body) => Word::Queued(body["deploymentId"].as_str().unwrap().to_owned()),
        other => refused(other),
    };
    match user.released(app, &version).await? {
        (200, _) => tell(Word::Published { app, version: version.clone() }),
        other => {
            tell(refused(other));
            return Ok(());
        }
    }
    tell(queued(user.deploy(app, &version).await?));
    if number % 4 == 3 {
        let back = json!({ "environment": "staging", "previous": true });
        match user.ask(Method::POST, &format!("/apps/{app}/rollback"), back).await? {
            // Nothing ran before.
            (409, _) => {}
            other => tell(queued(other)),
        }
    }
    Ok(())
}

async fn kills(count: u32) -> Result<(), Error> {
    let Some(site) = Site::new().await? else { return Ok(()) };
    let mut api = site.start("a").await;
    let user = api.user();
    for app in APPS {
        user.register(app).await;
        user.policy(app, "every", "production").await;
    }
    let (hand_ends, hand) = hand_at_work(&site.remote, Duration::from_millis(100));
    let (words, ends, mut users) = (Words::default(), Arc::new(AtomicBool::new(false)), JoinSet::new());
    for app in APPS {
        users.spawn(load(user.clone(), app, Arc::clone(&words), Arc::clone(&ends)));
    }
    for kill in 0..count {
        let (done, start) = (words.lock().unwrap().len() + rand::random_range(0..=WORDS), Instant::now());
        while words.lock().unwrap().len() < done {
            assert!(start.elapsed() < PATIENCE, "nothing is done after {kill} kills");
            sleep(Duration::from_millis(2)).await;
        }
        sleep(rand::random_range(Duration::ZERO..SOON)).await;
        api.kill().await;
        api = site.start("a").await;
        user.moves_to(api.url());
    }
    ends.store(true, Ordering::SeqCst);
    users.join_all().await;
    hand_ends.store(true, Ordering::SeqCst);
    let (human, kept) = (hand.join().unwrap(), site.kept().await);
    for app in APPS {
        goes_on(&user, app).await;
    }
    settled(&kept).await;
    let words = std::mem::take(&mut *words.lock().unwrap());
    check(&user, &words).await;
    holds(&kept, &site.remote, &human).await;
    Ok(())
}

/// What was begun can be ended, and the application is released as ever.
async fn goes_on(user: &User, app: &str) {
    let drafts = user.get(&format!("/apps/{app}/versions?status=draft&limit=100")).await;
    assert_eq!(drafts["total"].as_u64().unwrap(), drafts["versions"].as_array().unwrap().len() as u64);
    let drafts: Vec<&str> =
        drafts["versions"].as_array().unwrap().iter().map(|draft| draft["versionId"].as_str().unwrap()).collect();
    for version in drafts.into_iter().chain(["last"]) {
        let (status, body) = user.released(app, version).await.unwrap();
        assert_eq!(status, 200, "{app} {version}: {body}");
    }
    let (status, body) = user.deploy(app, "last").await.unwrap();
    assert_eq!(status, 202, "{app}: {body}");
}

/// Waits until no deployment is unfinished; none has failed.
async fn settled(kept: &Kept) {
    let start = Instant::now();
    loop {
        let all = deployments(kept.records()).await;
        let unfinished: Vec<_> = all.iter().filter(|one| !one.state.is_final()).collect();
        if unfinished.is_empty() {
            let failed: Vec<_> = all.iter().filter(|one| one.state == DeploymentState::Failed).collect();
            return assert!(failed.is_empty(), "{failed:#?}");
        }
        assert!(start.elapsed() < PATIENCE, "stuck: {unfinished:#?}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// What the process said that it has done is done.
async fn check(user: &User, words: &[Word]) {
    for word in words {
        match word {
            Word::Published { app, version } => {
                let found = user.get(&format!("/apps/{app}/versions/{version}")).await;
                assert_eq!(found["status"], "published", "{app} {version} is lost");
            }
            Word::Queued(id) => {
                let (status, _) = user.ask(Method::GET, &format!("/deployments/{id}"), Value::Null).await.unwrap();
                assert_eq!(status, 200, "deployment {id} is lost");
            }
            Word::Refused(text) => panic!("{text}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s41_s47_w16_a_server_killed_at_any_time_loses_and_doubles_nothing() -> Result<(), Error> {
    kills(KILLS).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 200 kills"]
async fn s41_s47_w16_a_server_killed_200_times_loses_and_doubles_nothing() -> Result<(), Error> {
    kills(LONG_KILLS).await
}
