//! The client of `testbed/supervisor`, which ends every server when this process ends.
//!
//! The same program is spoken to in the same way by `dploy_k8s::testing`, which
//! cannot share this file: a published crate depends on no unpublished one.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    io::{BufRead as _, BufReader, Write as _},
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{OnceCell, watch};

use crate::{Error, programs};

/// How long the supervisor may take for an answer.
const ANSWER: Duration = Duration::from_secs(20);

/// Lines of a server's log that an error shows.
const LOG_LINES: usize = 12;

/// How one server is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Status {
    /// The supervisor has been asked to start it.
    Asked,
    /// It runs; the value is its process id, which is its group's too.
    Running(u32),
    /// It has ended, or could not be started; the value says how.
    Ended(String),
}

#[derive(Debug, Clone, Default)]
struct State {
    folder: Option<PathBuf>,
    servers: BTreeMap<String, Status>,
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

/// The child process that owns all servers of this process and ends them when it ends.
///
/// Its standard input is the lifeline: the kernel closes our end however we end.
/// Its events are read by a thread, not a task, because servers outlive the
/// runtime of the test that started them.
#[derive(Debug)]
pub(crate) struct Supervisor {
    /// Kept so that its pipes stay open.
    _child: Child,
    lifeline: Mutex<ChildStdin>,
    state: watch::Sender<State>,
    folder: PathBuf,
}

static SHARED: OnceCell<Supervisor> = OnceCell::const_new();
static NUMBER: AtomicU32 = AtomicU32::new(1);

impl Supervisor {
    /// The one supervisor of this process, started by the first who asks.
    pub(crate) async fn shared() -> Result<&'static Self, Error> {
        SHARED.get_or_try_init(Self::start).await
    }

    async fn start() -> Result<Self, Error> {
        // It leads its own process group: an interrupt from the terminal
        // reaches the test process only, and the lifeline tells the supervisor.
        let mut command = Command::new(programs::built(programs::SUPERVISOR)?);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        let mut child = command.spawn().map_err(failed)?;
        let (Some(lifeline), Some(events)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::Refused { detail: "it has no pipes".to_owned() });
        };
        let (state, _) = watch::channel(State::default());
        let sender = state.clone();
        std::thread::spawn(move || follow(events, &sender));
        let mut supervisor = Self { _child: child, lifeline: Mutex::new(lifeline), state, folder: PathBuf::new() };
        let state = supervisor.until("the supervisor's start", ANSWER, |state| state.folder.is_some()).await?;
        supervisor.folder = state.folder.unwrap_or_default();
        // Servers of other users than ours must reach their folders in it.
        fs::set_permissions(&supervisor.folder, Permissions::from_mode(0o711))
            .map_err(Error::file(&supervisor.folder))?;
        Ok(supervisor)
    }

    /// A name that no other server of this process has, and a folder of that name for its files.
    pub(crate) fn folder(&self, kind: &str) -> Result<(String, PathBuf), Error> {
        let name = format!("{kind}-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = self.folder.join(&name);
        fs::create_dir(&folder).map_err(Error::file(&folder))?;
        Ok((name, folder))
    }

    /// Starts a program with its output in `<name>.log` in the supervisor's folder; returns its process id.
    pub(crate) async fn run(&self, name: &str, argv: &[String], env: &[(&str, &str)]) -> Result<u32, Error> {
        let env: BTreeMap<&str, &str> = env.iter().copied().collect();
        self.state.send_modify(|state| drop(state.servers.insert(name.to_owned(), Status::Asked)));
        self.send(&json!({ "op": "start", "name": name, "argv": argv, "env": env }))?;
        self.until("the start of a server", ANSWER, |state| state.servers.get(name) != Some(&Status::Asked)).await?;
        match self.status(name) {
            Some(Status::Running(pid)) => Ok(pid),
            _ => self.check(name).map(|()| 0),
        }
    }

    /// Kills a server with its whole group and waits until it is gone.
    pub(crate) async fn kill(&self, name: &str) -> Result<(), Error> {
        self.ask_to_kill(name)?;
        self.ended(name, ANSWER).await.map(drop)
    }

    /// Has a server killed without waiting for it, for use where nothing can be awaited.
    pub(crate) fn ask_to_kill(&self, name: &str) -> Result<(), Error> {
        self.send(&json!({ "op": "stop", "name": name }))
    }

    /// Waits until a server has ended by itself; returns how.
    pub(crate) async fn ended(&self, name: &str, limit: Duration) -> Result<String, Error> {
        let gone = |state: &State| !matches!(state.servers.get(name), Some(Status::Asked | Status::Running(_)));
        let state = self.until(&format!("the end of {name}"), limit, gone).await?;
        match state.servers.get(name) {
            Some(Status::Ended(how)) => Ok(how.clone()),
            _ => Ok("never started".to_owned()),
        }
    }

    /// The error of a server that does not run.
    pub(crate) fn check(&self, name: &str) -> Result<(), Error> {
        let status = match self.status(name) {
            Some(Status::Asked | Status::Running(_)) => return Ok(()),
            Some(Status::Ended(status)) => status,
            None => "never started".to_owned(),
        };
        Err(Error::Exited { server: name.to_owned(), status, log: self.log_tail(name) })
    }

    /// The last lines that a server wrote.
    pub(crate) fn log_tail(&self, name: &str) -> String {
        let log = self.log(name);
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
    }

    /// Everything that a server wrote since its last start.
    pub(crate) fn log(&self, name: &str) -> String {
        let log = fs::read(self.log_path(name)).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    fn log_path(&self, name: &str) -> PathBuf {
        Path::new(&self.folder).join(format!("{name}.log"))
    }

    fn status(&self, name: &str) -> Option<Status> {
        self.state.borrow().servers.get(name).cloned()
    }

    fn send(&self, request: &Value) -> Result<(), Error> {
        let mut lifeline = self.lifeline.lock().unwrap_or_else(PoisonError::into_inner);
        lifeline.write_all(format!("{request}\n").as_bytes()).map_err(failed)
    }

    async fn until(&self, what: &str, limit: Duration, reached: impl Fn(&State) -> bool) -> Result<State, Error> {
        let mut state = self.state.subscribe();
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

fn failed(source: std::io::Error) -> Error {
    Error::Supervisor { source }
}

/// Keeps the state in step with the supervisor's events until they end.
fn follow(events: ChildStdout, state: &watch::Sender<State>) {
    for line in BufReader::new(events).lines().map_while(Result::ok) {
        let Ok(event) = serde_json::from_str::<Event>(&line) else { continue };
        state.send_modify(|state| record(state, event));
    }
    state.send_modify(|state| state.failure = Some("it has ended".to_owned()));
}

fn record(state: &mut State, event: Event) {
    match event.event.as_str() {
        "ready" => state.folder = Some(event.dir),
        "started" => drop(state.servers.insert(event.name, Status::Running(event.pid))),
        "exited" => drop(state.servers.insert(event.name, Status::Ended(event.detail))),
        "failed" if !event.name.is_empty() => drop(state.servers.insert(event.name, Status::Ended(event.detail))),
        "failed" => state.failure = Some(event.detail),
        _ => {}
    }
}
