//! Processes under load that are killed at any time, while a human works on the same branch.

use std::{
    io::{BufRead as _, BufReader},
    process::Child,
    sync::{Arc, Mutex, atomic::Ordering},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use dploy_servers::{Error, GitRepository, Postgres, required};
use tempfile::TempDir;

use crate::{
    agreement::holds,
    child::{Role, Task, Word, told},
    client::Client,
    hand::{ByHand, hand_at_work},
    site::Site,
};

const APPS: [&str; 5] = ["api", "cron", "mail", "shop", "web"];
/// How often processes are killed in a usual run.
const KILLS: u32 = 20;
/// How often in a long one.
const LONG_KILLS: u32 = 200;
/// How much a process says at most before it is killed; beginning is the first.
const WORDS: usize = 12;
/// How long it goes on after that at most.
const SOON: Duration = Duration::from_millis(100);
/// How long a start and some work may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process under load, and what it said so far.
struct Loaded {
    child: Child,
    words: Arc<Mutex<Vec<Word>>>,
    reader: JoinHandle<()>,
}

impl Loaded {
    fn start(site: &Site, name: &str) -> Self {
        let apps = APPS.map(str::to_owned).to_vec();
        let role = Role::Load { apps, name: name.to_owned() };
        let mut child = Task { site: site.clone(), role, stop: None }.spawn();
        let output = BufReader::new(child.stdout.take().unwrap());
        let words = Arc::<Mutex<Vec<Word>>>::default();
        let heard = Arc::clone(&words);
        let reader = thread::spawn(move || {
            // The last line may be cut anywhere.
            for line in output.split(b'\n').map_while(Result::ok) {
                heard.lock().unwrap().extend(told(&String::from_utf8_lossy(&line)));
            }
        });
        Self { child, words, reader }
    }

    /// Kills it at any time after it began to work; what it had said. When that is depends on what it has done, not on how
    /// fast it is: on a machine that does much else it would be killed before it did anything.
    fn killed(mut self) -> Vec<Word> {
        let (start, done) = (Instant::now(), rand::random_range(1..=WORDS));
        while self.words.lock().unwrap().len() < done {
            assert!(start.elapsed() < PATIENCE && self.child.try_wait().unwrap().is_none(), "a child does nothing");
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(rand::random_range(Duration::ZERO..SOON));
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.reader.join().unwrap();
        Arc::into_inner(self.words).unwrap().into_inner().unwrap()
    }
}

async fn prepare(client: &Client) {
    for app in APPS {
        client.register(app).await;
        client.policy(app, "every", "production").await;
    }
}

/// What processes were told to have done is there, what they had begun can be ended, and everything agrees.
async fn settled(client: &Client, remote: &GitRepository, words: &[Word], human: &[ByHand]) {
    client.settle().await;
    for word in words {
        match word {
            Word::Published { app, version } => {
                assert!(client.version(app, version).await.published.is_some(), "{app} {version} is lost");
            }
            Word::Queued(id) => {
                assert!(client.records.find_deployment(id).await.unwrap().is_some(), "deployment {id} is lost");
            }
            Word::Failed(text) => panic!("{text}"),
            Word::Ready | Word::Last(_) | Word::Full => {}
        }
    }
    for app in APPS {
        for draft in client.drafts(app).await {
            assert!(client.published_again(app, draft.version.as_str()).await.published.is_some());
        }
        client.deployed_once(app, "last", "staging").await;
    }
    client.settle().await;
    holds(client, remote, human).await;
    let failed: Vec<_> = client.deployments().await.into_iter().filter(|one| !succeeds(one.state.as_str())).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

fn succeeds(state: &str) -> bool {
    ["succeeded", "unchanged", "superseded"].contains(&state)
}

async fn one_process(kills: u32) -> Result<(), Error> {
    let Some(remote) = required(GitRepository::start())? else { return Ok(()) };
    let (remote, folder) = (Arc::new(remote), tempfile::tempdir().unwrap());
    let site = Site::new(&folder, &remote);
    prepare(&site.open().await).await;
    let (ends, hand) = hand_at_work(&remote, Duration::from_millis(100));
    let mut words = Vec::new();
    for kill in 0..kills {
        words.extend(Loaded::start(&site, &format!("{kill}")).killed());
    }
    ends.store(true, Ordering::SeqCst);
    let human = hand.join().unwrap();
    finished(&site, &remote, words, human, kills).await;
    Ok(())
}

async fn finished(site: &Site, remote: &GitRepository, words: Vec<Word>, human: Vec<ByHand>, kills: u32) {
    let published = words.iter().filter(|word| matches!(word, Word::Published { .. })).count();
    assert!(published > kills as usize, "only {published} versions were published, that was no load");
    let client = site.open().await;
    for app in APPS {
        client.published(app, "last").await.unwrap();
    }
    settled(&client, remote, &words, &human).await;
}

/// Two processes on one database, each with a clone of its own; one of them is killed each time.
async fn two_processes(kills: u32) -> Result<(), Error> {
    let Some(remote) = required(GitRepository::start())? else { return Ok(()) };
    let Some(postgres) = Postgres::shared().await? else { return Ok(()) };
    let (remote, folder): (_, TempDir) = (Arc::new(remote), tempfile::tempdir().unwrap());
    let site = Site { database: postgres.database().await?, lease: 1_500, ..Site::new(&folder, &remote) };
    prepare(&site.open().await).await;
    let (ends, hand) = hand_at_work(&remote, Duration::from_millis(100));
    let (mut words, mut lives) = (Vec::new(), ["a", "b"].map(|name| Some(Loaded::start(&site.on(name), name))));
    for kill in 0..kills {
        let (at, machine) = if rand::random() { (0, "a") } else { (1, "b") };
        words.extend(lives[at].take().unwrap().killed());
        // A process that comes after another one is not the same.
        let next = Site { holder: format!("{machine}-{kill}"), ..site.on(machine) };
        lives[at] = Some(Loaded::start(&next, &format!("{machine}{kill}")));
    }
    for last in lives {
        words.extend(last.unwrap().killed());
    }
    ends.store(true, Ordering::SeqCst);
    let human = hand.join().unwrap();
    finished(&site, &remote, words, human, kills).await;
    Ok(())
}

#[tokio::test]
async fn s41_s47_w16_a_process_killed_at_any_time_loses_and_doubles_nothing() -> Result<(), Error> {
    one_process(KILLS).await
}

#[tokio::test]
async fn s47_w16_two_replicas_killed_at_any_time_lose_and_double_nothing() -> Result<(), Error> {
    two_processes(KILLS).await
}

#[tokio::test]
#[ignore = "long: 200 kills"]
async fn s41_s47_w16_a_process_killed_at_any_time_loses_and_doubles_nothing_for_long() -> Result<(), Error> {
    one_process(LONG_KILLS).await
}

#[tokio::test]
#[ignore = "long: 200 kills"]
async fn s47_w16_two_replicas_killed_at_any_time_lose_and_double_nothing_for_long() -> Result<(), Error> {
    two_processes(LONG_KILLS).await
}
