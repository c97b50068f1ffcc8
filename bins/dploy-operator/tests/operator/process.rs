//! Operators as processes of their own.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use crate::harness::{LIMIT, World, eventually};

/// Lines of a process's log that are shown where a test fails.
const LOG_LINES: usize = 30;

/// An operator process; dropped, it is killed.
pub struct Process {
    child: Child,
    log: PathBuf,
    pub health: SocketAddr,
    pub metrics: SocketAddr,
}

impl Process {
    /// Starts the program `dploy-operator` as a user of the cluster, with these environment variables.
    pub fn start(world: &World, user: &str, env: &[(&str, &str)]) -> Self {
        Self::spawn(Command::new(env!("CARGO_BIN_EXE_dploy-operator")), world, user, env)
    }

    /// Starts the program alone in the world: without election.
    pub fn alone(world: &World) -> Self {
        Self::start(world, "operator", &[("LEADER_ELECT", "false")])
    }

    /// Starts a command that reads the operator's environment variables; nothing else is passed on.
    pub fn spawn(command: Command, world: &World, user: &str, env: &[(&str, &str)]) -> Self {
        Self::spawn_at(command, world, user, env, free_addresses())
    }

    /// As [`spawn`](Self::spawn), with the addresses that it is to serve health and metrics at.
    pub fn spawn_at(
        mut command: Command,
        world: &World,
        user: &str,
        env: &[(&str, &str)],
        [health, metrics]: [SocketAddr; 2],
    ) -> Self {
        let kubeconfig = world.cluster.folder().join(format!("{user}.kubeconfig"));
        let log = world.cluster.folder().join(format!("process-{}.log", health.port()));
        command
            .env_clear()
            .env("KUBECONFIG", kubeconfig)
            .env("DPLOY_NAMESPACE", &world.namespace)
            .env("HEALTH_PROBE_BIND_ADDRESS", health.to_string())
            .env("METRICS_BIND_ADDRESS", metrics.to_string())
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap());
        Self { child: command.spawn().unwrap(), log, health, metrics }
    }

    /// Waits until its caches are synced.
    pub async fn ready(self) -> Self {
        eventually("the operator is ready", || async {
            get(self.health, "/readyz").filter(|answer| answer.starts_with("HTTP/1.1 200"))
        })
        .await;
        self
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits for its end.
    pub async fn end(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(start.elapsed() < LIMIT, "the process does not end");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Sends it a signal, `TERM` or the like.
    pub fn signal(&self, name: &str) {
        let arguments = [format!("-{name}"), self.child.id().to_string()];
        assert!(Command::new("kill").args(arguments).status().unwrap().success());
    }

    /// Ends it without any cleanup.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}:\n{}", self.log.display(), self.log_tail());
        }
    }
}

/// The whole answer to a GET, if there is one.
pub fn get(address: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// Two addresses that nothing listens on.
pub fn free_addresses() -> [SocketAddr; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}
