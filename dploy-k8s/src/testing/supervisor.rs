use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Error, programs};

/// How long the supervisor may take for an answer.
const ANSWER: Duration = Duration::from_secs(20);

/// Lines of a server's log that an error shows.
const LOG_LINES: usize = 12;

/// One server to run: its name, program, arguments and environment.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) name: &'static str,
    pub(super) argv: Vec<String>,
    pub(super) env: Vec<(&'static str, String)>,
}

#[derive(Debug, Clone, Default)]
struct State {
    folder: Option<PathBuf>,
    keys: bool,
    /// How the servers are doing: `None` while running, else how they ended.
    servers: BTreeMap<String, Option<String>>,
    /// The process ids of the servers that were started last.
    pids: BTreeMap<String, u32>,
    failure: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    event: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    dir: PathBuf,
    #[serde(default)]
    pid: u32,
    #[serde(default)]
    detail: String,
}

/// The child process that owns all servers and ends them when this process ends.
///
/// Its standard input is the lifeline: the kernel closes our end however we end.
/// Its events are read by a thread, not a task, because a cluster outlives the
/// runtime of the test that started it.
#[derive(Debug)]
pub(super) struct Supervisor {
    child: Child,
    lifeline: Mutex<Option<ChildStdin>>,
    state: watch::Receiver<State>,
    folder: PathBuf,
}

impl Supervisor {
    /// Starts the supervisor, which makes the data folder, and has it write the cluster's keys.
    pub(super) async fn start() -> Result<Self, Error> {
        let mut child = command(&programs::path(programs::SUPERVISOR)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let lifeline = Mutex::new(child.stdin.take());
        let (sender, state) = watch::channel(State::default());
        if let Some(events) = child.stdout.take() {
            std::thread::spawn(move || follow(events, &sender));
        }
        let mut supervisor = Self { child, lifeline, state, folder: PathBuf::new() };
        supervisor.send(&json!({ "op": "keys" }))?;
        let state = supervisor.until("the supervisor's start", ANSWER, |state| state.keys).await?;
        supervisor.folder = state.folder.unwrap_or_default();
        Ok(supervisor)
    }

    /// The data folder: keys, logs and whatever the servers keep.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a server in the data folder, with its output in `<name>.log` there.
    pub(super) fn run(&self, server: &Server) -> Result<(), Error> {
        let env: BTreeMap<&str, &str> = server.env.iter().map(|(key, value)| (*key, value.as_str())).collect();
        self.send(&json!({ "op": "start", "name": server.name, "argv": server.argv, "env": env }))
    }

    /// Kills a server and waits for its end.
    pub(super) async fn stop(&self, name: &str) -> Result<(), Error> {
        self.send(&json!({ "op": "stop", "name": name }))?;
        let ended = |state: &State| !matches!(state.servers.get(name), Some(None));
        self.until("the end of a server", ANSWER, ended).await.map(drop)
    }

    /// Waits until a server that was told to run does.
    pub(super) async fn started(&self, name: &str) -> Result<(), Error> {
        let runs = |state: &State| matches!(state.servers.get(name), Some(None));
        self.until("the start of a server", ANSWER, runs).await.map(drop)
    }

    /// The process id of a running server.
    pub(super) fn pid(&self, name: &str) -> Option<u32> {
        let state = self.state.borrow();
        state.servers.get(name).filter(|ended| ended.is_none())?;
        state.pids.get(name).copied()
    }

    /// The error of the first server that has ended or could not be started, if any.
    pub(super) fn failure(&self) -> Option<Error> {
        let state = self.state.borrow();
        if let Some(detail) = &state.failure {
            return Some(Error::Refused { detail: detail.clone() });
        }
        let ended = state.servers.iter().find_map(|(name, status)| Some((name, status.as_ref()?)));
        ended.map(|(name, status)| Error::Exited {
            server: name.clone(),
            status: status.clone(),
            log: self.log_tail(name),
        })
    }

    fn log_tail(&self, name: &str) -> String {
        let log = std::fs::read(self.folder.join(format!("{name}.log"))).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
    }

    fn send(&self, request: &Value) -> Result<(), Error> {
        let mut lifeline = self.lifeline.lock().unwrap_or_else(PoisonError::into_inner);
        match lifeline.as_mut() {
            Some(lifeline) => lifeline.write_all(format!("{request}\n").as_bytes()).map_err(failed),
            None => Err(Error::Refused { detail: "it has been stopped".to_owned() }),
        }
    }

    async fn until(&self, what: &str, limit: Duration, reached: impl Fn(&State) -> bool) -> Result<State, Error> {
        let mut state = self.state.clone();
        let wait = state.wait_for(|state| state.failure.is_some() || reached(state));
        let state = tokio::time::timeout(limit, wait)
            .await
            .map_err(|_| Error::Timeout { what: what.to_owned(), after: limit })?
            .map_err(|_| Error::Refused { detail: "it has ended".to_owned() })?
            .clone();
        match state.failure {
            Some(detail) => Err(Error::Refused { detail }),
            None => Ok(state),
        }
    }
}

impl Drop for Supervisor {
    /// Cuts the lifeline and waits until every server and the data folder are gone.
    fn drop(&mut self) {
        drop(self.lifeline.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Err(error) = self.child.wait() {
            tracing::warn!(%error, "cannot wait for the supervisor of the test servers");
        }
    }
}

fn failed(source: std::io::Error) -> Error {
    Error::Supervisor { source }
}

/// The supervisor leads its own process group: an interrupt from the terminal
/// reaches the test process only, and the lifeline tells the supervisor.
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// Keeps the state in step with the supervisor's events until they end.
fn follow(events: ChildStdout, state: &watch::Sender<State>) {
    for line in BufReader::new(events).lines().map_while(Result::ok) {
        let Ok(event) = serde_json::from_str::<Event>(&line) else { continue };
        state.send_modify(|state| record(state, event));
    }
}

fn record(state: &mut State, event: Event) {
    match event.event.as_str() {
        "ready" => state.folder = Some(event.dir),
        "keys" => state.keys = true,
        "started" => {
            state.pids.insert(event.name.clone(), event.pid);
            state.servers.insert(event.name, None);
        }
        "exited" => drop(state.servers.insert(event.name, Some(event.detail))),
        _ => state.failure = Some(format!("{} {}", event.name, event.detail).trim().to_owned()),
    }
}
