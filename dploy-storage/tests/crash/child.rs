//! This program as another process, which may end at any time.

use std::{
    env,
    ffi::OsString,
    process::{Child, Command, Stdio},
};

use serde::{Deserialize, Serialize};

use crate::{
    load::{fill, load},
    site::Site,
    steps::{Steps, Stop},
};

/// Tells a child what to do.
const TASK: &str = "DPLOY_TEST_TASK";
/// What a child says begins with it, so that it is told from the harness' own words.
const TOLD: &str = "told: ";

/// What a child is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) site: Site,
    pub(crate) role: Role,
    pub(crate) stop: Option<Stop>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Role {
    /// Publishes a version and deploys it to staging, as far as that was not done before.
    Release { app: String, version: String },
    /// Uses these applications all the time, and works on the queue.
    Load { apps: Vec<String>, name: String },
    /// Publishes and deploys until the disk is full.
    Fill { app: String },
}

/// What a child says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Word {
    /// At which effect it is about to end.
    Last(String),
    /// It begins to work.
    Ready,
    /// That deployment is queued.
    Queued(String),
    /// A publish was refused for want of space.
    Full,
    /// Something was refused that should not have been.
    Failed(String),
    /// That version is published.
    Published { app: String, version: String },
}

pub(crate) fn tell(word: &Word) {
    println!("{TOLD}{}", serde_json::to_string(word).unwrap());
}

/// What a line of a child's output says, if it says something.
pub(crate) fn told(line: &str) -> Option<Word> {
    let (_, text) = line.split_once(TOLD)?;
    // A child that was killed may have ended in the middle of a line.
    serde_json::from_str(text).ok()
}

impl Task {
    pub(crate) fn spawn(&self) -> Child {
        self.spawn_under(&[])
    }

    /// Starts it by another program.
    fn spawn_under(&self, program: &[&str]) -> Child {
        let this = env::current_exe().unwrap();
        let mut words = program.iter().map(|word| OsString::from(*word)).chain([this.into_os_string()]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words);
        command.args(["child::what_a_child_says_is_told_from_all_else", "--exact", "--nocapture"]);
        command.env(TASK, serde_json::to_string(self).unwrap());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
    }

    /// Runs it to its end: whether it came through, and what it said.
    pub(crate) fn run(&self) -> (bool, Vec<Word>) {
        self.run_under(&[])
    }

    /// The same, started by another program.
    pub(crate) fn run_under(&self, program: &[&str]) -> (bool, Vec<Word>) {
        let output = self.spawn_under(program).wait_with_output().unwrap();
        let words = String::from_utf8_lossy(&output.stdout).lines().filter_map(told).collect();
        if output.status.code().is_some_and(|code| code != 0) {
            panic!("a child failed: {}", String::from_utf8_lossy(&output.stdout));
        }
        (output.status.success(), words)
    }
}

/// The one test that children run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_child_says_is_told_from_all_else() {
    let Ok(task) = env::var(TASK) else {
        let word = Word::Queued("1".to_owned());
        let line = format!("test a ... {TOLD}{}", serde_json::to_string(&word).unwrap());
        assert_eq!(told(&line), Some(word));
        assert_eq!((told(&line[..line.len() - 1]), told("test a ... ok")), (None, None));
        return;
    };
    play(&task).await;
}

async fn play(task: &str) {
    let Task { site, role, stop } = serde_json::from_str(task).unwrap();
    let client = site.open_with(&Steps::new(stop)).await;
    match role {
        Role::Release { app, version } => {
            client.published_again(&app, &version).await;
            tell(&Word::Published { app: app.clone(), version: version.clone() });
            client.deployed_once(&app, &version, "staging").await;
            client.settle().await;
        }
        Role::Load { apps, name } => load(client, apps, name).await,
        Role::Fill { app } => fill(client, app).await,
    }
}
