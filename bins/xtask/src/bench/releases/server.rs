//! The server that is measured: the program as users get it, with everything in a folder of its own.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{client::Client, error::Error};
use crate::{bench::program, process};

/// The key that may do everything.
const KEY: &str = "bench-0123456789abcdef0123456789abcdef";
const READY: Duration = Duration::from_secs(60);
/// What the server's log is asked for: where it serves, and how long each push took.
const LOG: &str = "warn,dploy_api::serve=info,dploy_storage::git=debug";

/// Builds the server as users get it, and tells where it is.
pub(super) fn build() -> Result<PathBuf, Error> {
    let mut programs = program::build(&["--package", "dploy-api", "--bin", "dploy-api"])?;
    programs.pop().ok_or_else(|| Error::NotReady { log: "cargo built no program".to_owned() })
}

/// A running server. It ends with this.
pub(super) struct Server {
    child: Child,
    folder: TempDir,
    address: String,
    pushes: Arc<Mutex<Vec<f64>>>,
}

/// Resident memory in MiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub(super) now: f64,
    pub(super) peak: f64,
}

impl Server {
    /// Starts the program on a gitops repository; records are in SQLite unless a database is named.
    pub(super) fn start(program: &Path, repository: &str, database: Option<&str>) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("dploy-bench-").tempdir();
        let folder = folder.map_err(process::Error::file("a folder"))?;
        let mut command = Command::new(program);
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        for (name, value) in [
            ("DPLOY_DOMAINS", "releases"),
            ("SERVER_HOST", "127.0.0.1"),
            ("SERVER_PORT", "0"),
            ("API_KEYS", KEY),
            ("ARTIFACT_STORE", "folder"),
            ("ARTIFACT_FOLDER", "artifacts"),
            ("GITOPS_DATA_FOLDER", "clones"),
            ("GITOPS_REPO", repository),
            ("DB_PATH", "dploy.db"),
            ("RUST_LOG", LOG),
        ] {
            command.env(name, value);
        }
        command.envs(database.map(|url| ("DATABASE_URL", url))).current_dir(folder.path());
        let failed = |source| process::Error::Start { program: "dploy-api".to_owned(), source };
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(failed)?;
        let pushes = Arc::default();
        let log = child.stderr.take().ok_or_else(|| failed(std::io::Error::other("no log")))?;
        let (told, serving) = mpsc::channel();
        let follower = Follower { pushes: Arc::clone(&pushes), told, rest: Vec::new() };
        let mut server = Self { child, folder, address: String::new(), pushes };
        thread::spawn(move || follower.follow(log));
        let address = serving.recv_timeout(READY).unwrap_or_else(|_| Err("it says nothing".to_owned()));
        server.address = address.map_err(|log| Error::NotReady { log })?;
        Ok(server)
    }

    pub(super) fn client(&self) -> Client {
        Client::new(&self.address, KEY)
    }

    /// The file of its records.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.path().join("dploy.db")
    }

    /// Of each push since this was asked last, how long it took to know what the remote has and to make all commits, in
    /// milliseconds.
    pub(super) fn pushes(&self) -> Vec<f64> {
        std::mem::take(&mut *self.pushes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The memory that is resident, and the most that was since the start or since [`forget_peak`](Self::forget_peak).
    pub(super) fn memory(&self) -> Result<Memory, Error> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).map_err(process::Error::file(&path))?;
        let mib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")).and_then(|text| text.trim().parse().ok());
            kib.map_or(f64::NAN, |kib: f64| kib / 1024.0)
        };
        Ok(Memory { now: mib("VmRSS:"), peak: mib("VmHWM:") })
    }

    /// Lets the peak begin at what is resident now (proc_pid_clear_refs(5)).
    pub(super) fn forget_peak(&self) -> Result<(), Error> {
        let path = format!("/proc/{}/clear_refs", self.child.id());
        Ok(fs::write(&path, "5").map_err(process::Error::file(&path))?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads the server's log to its end.
struct Follower {
    pushes: Arc<Mutex<Vec<f64>>>,
    told: mpsc::Sender<Result<String, String>>,
    rest: Vec<String>,
}

impl Follower {
    fn follow(mut self, log: ChildStderr) {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            let text = |name: &str| event.get(name).and_then(Value::as_str);
            if let Some(address) = text("server.address") {
                // Nobody listens after the first.
                drop(self.told.send(Ok(format!("http://{address}"))));
            } else if let Some(micros) = event.get("git.commit_us").and_then(Value::as_f64) {
                self.pushes.lock().unwrap_or_else(PoisonError::into_inner).push(micros / 1e3);
            } else if matches!(text("level"), Some("WARN" | "ERROR") | None) {
                eprintln!("dploy-api: {line}");
                self.rest.push(line);
            }
        }
        drop(self.told.send(Err(self.rest.join("\n"))));
    }
}
