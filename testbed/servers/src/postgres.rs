//! PostgreSQL from the Debian package, with data in a temporary folder.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, chown},
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::{
    Error,
    loopback::free_port,
    programs::{self, POSTGRES, text},
    skip::Shared,
    supervisor::Supervisor,
    users,
};

/// How long a start may take; a machine that runs other builds is slow.
const READY: Duration = Duration::from_secs(90);

/// How often a start is tried when ports get lost to other processes.
const ATTEMPTS: usize = 5;

/// The superuser of the server.
const USER: &str = "postgres";

static SHARED: Shared<Postgres> = Shared::new();

/// A PostgreSQL server on loopback, over TCP only, with a random password (SCRAM).
///
/// Run by root, the server and its files belong to the system's user `postgres`
/// or else `nobody`, because PostgreSQL refuses to serve as root.
#[derive(Debug)]
pub struct Postgres {
    supervisor: &'static Supervisor,
    programs: Programs,
    name: String,
    folder: PathBuf,
    port: u16,
    password: String,
    durable: bool,
}

#[derive(Debug)]
struct Programs {
    initdb: PathBuf,
    postgres: PathBuf,
    pg_ctl: PathBuf,
    pg_isready: PathBuf,
    psql: PathBuf,
    /// What to put before a command so that it runs as [`Postgres`] says.
    unprivileged: Vec<String>,
    owner: Option<(u32, u32)>,
}

impl Postgres {
    /// The server that all tests of this process share; `None` when PostgreSQL is
    /// missing, the test has been reported as skipped, and should return.
    ///
    /// # Errors
    /// When the server does not start; with `CI=true` also when it is missing.
    pub async fn shared() -> Result<Option<&'static Self>, Error> {
        SHARED.get(Self::start).await
    }

    /// A server of the caller's own, to be stopped and killed at will.
    ///
    /// It never waits for the disk (`fsync=off`): what is committed survives the
    /// end of the server, however it ends, but not that of the machine.
    ///
    /// # Errors
    /// [`Error::Missing`] names every program that is not found; else why the server did not start.
    pub async fn start() -> Result<Self, Error> {
        Self::start_with(false).await
    }

    /// Like [`start`](Self::start), but commits wait for the disk as they do in production; for measurements.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_durable() -> Result<Self, Error> {
        Self::start_with(true).await
    }

    async fn start_with(durable: bool) -> Result<Self, Error> {
        let programs = Programs::find()?;
        let supervisor = Supervisor::shared().await?;
        let (name, folder) = supervisor.folder("postgres")?;
        let password = Uuid::new_v4().simple().to_string();
        let mut postgres = Self { supervisor, programs, name, folder, port: 0, password, durable };
        postgres.initialise().await?;
        for _ in 1..ATTEMPTS {
            postgres.port = free_port()?;
            match postgres.restart().await {
                Err(error) if error.is_port_taken() => {}
                outcome => return outcome.map(|()| postgres),
            }
        }
        postgres.port = free_port()?;
        postgres.restart().await.map(|()| postgres)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a database, with the superuser's name and password.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// Creates an empty database of its own for a test and returns its URL.
    ///
    /// # Errors
    /// When the server refuses or does not run.
    pub async fn database(&self) -> Result<String, Error> {
        let name = format!("test_{}", Uuid::new_v4().simple());
        self.query("postgres", &format!("CREATE DATABASE {name}")).await?;
        Ok(self.url(&name))
    }

    /// Runs statements by `psql` in a database, named by its name or its URL, and returns
    /// what it prints: a line for each row, columns parted by `|`.
    ///
    /// # Errors
    /// When a statement fails or the server does not run.
    pub async fn query(&self, database: &str, sql: &str) -> Result<String, Error> {
        let name = database.rsplit('/').next().unwrap_or(database);
        let mut command = Command::new(&self.programs.psql);
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        command.args(["-c", sql, "--", &self.url(name)]).stdin(Stdio::null());
        let run = tokio::task::spawn_blocking(move || programs::output(&mut command)).await;
        let output = run.map_err(|error| Error::Setup { what: "psql", reason: error.to_string() })??;
        Ok(String::from_utf8_lossy(&output).trim_end().to_owned())
    }

    /// Shuts the server down in good order: connections are closed, a checkpoint is written.
    ///
    /// # Errors
    /// When it does not run or does not end.
    pub async fn stop(&self) -> Result<(), Error> {
        let mut argv = self.programs.unprivileged.clone();
        argv.extend([text(&self.programs.pg_ctl), "stop".into(), "--mode=fast".into(), "--wait".into()]);
        argv.extend(["-D".into(), text(&self.data())]);
        self.step("stop", &argv).await?;
        self.supervisor.ended(&self.name, READY).await.map(drop)
    }

    /// Kills the server by SIGKILL; what clients are told is a broken connection.
    ///
    /// # Errors
    /// When the supervisor does not answer.
    pub async fn kill(&self) -> Result<(), Error> {
        self.supervisor.kill(&self.name).await
    }

    /// Starts the server on its port and its data again, after killing it if it still runs, and waits until it serves.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&self) -> Result<(), Error> {
        self.kill().await?;
        let start = Instant::now();
        loop {
            self.supervisor.run(&self.name, &self.command(), &[("LC_ALL", "C"), ("TZ", "UTC")]).await?;
            match self.ready(start).await {
                // Sessions of a killed server end a moment after it.
                Err(Error::Exited { log, .. }) if is_held(&log) && start.elapsed() < READY => {
                    sleep(Duration::from_millis(100)).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// What the server has logged since its last start.
    #[must_use]
    pub fn log(&self) -> String {
        self.supervisor.log(&self.name)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    async fn initialise(&self) -> Result<(), Error> {
        let password = self.folder.join("password");
        fs::write(&password, &self.password).map_err(Error::file(&password))?;
        for path in [&self.folder, &password] {
            if let Some((user, group)) = self.programs.owner {
                chown(path, Some(user), Some(group)).map_err(Error::file(path))?;
            }
        }
        fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).map_err(Error::file(&password))?;
        let mut argv = self.programs.unprivileged.clone();
        argv.extend([text(&self.programs.initdb), format!("--username={USER}"), "--auth=scram-sha-256".into()]);
        argv.extend([format!("--pwfile={}", text(&password)), "--encoding=UTF8".into(), "--locale=C".into()]);
        argv.extend(["--no-sync".into(), "-D".into(), text(&self.data())]);
        self.step("initdb", &argv).await
    }

    /// Runs a program under the supervisor, so that it ends with this process too, and waits for its end.
    async fn step(&self, step: &str, argv: &[String]) -> Result<(), Error> {
        let name = format!("{}-{step}", self.name);
        self.supervisor.run(&name, argv, &[("LC_ALL", "C"), ("TZ", "UTC")]).await.or_else(ended_already)?;
        let status = self.supervisor.ended(&name, READY).await?;
        if status == "exit status 0" {
            return Ok(());
        }
        Err(Error::Exited { log: self.supervisor.log_tail(&name), server: name, status })
    }

    fn command(&self) -> Vec<String> {
        let mut argv = self.programs.unprivileged.clone();
        argv.extend([text(&self.programs.postgres), "-D".into(), text(&self.data())]);
        argv.extend(["-p".into(), self.port.to_string()]);
        let speed: &[&str] = if self.durable { &[] } else { &["fsync=off", "full_page_writes=off"] };
        let always = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300"];
        argv.extend(always.iter().chain(speed).flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]));
        argv
    }

    async fn ready(&self, start: Instant) -> Result<(), Error> {
        loop {
            self.supervisor.check(&self.name)?;
            let mut command = tokio::process::Command::new(&self.programs.pg_isready);
            command.args(["--quiet", "--host=127.0.0.1", &format!("--port={}", self.port)]).stdin(Stdio::null());
            let status = command.status().await.map_err(Error::file(&self.programs.pg_isready))?;
            if status.success() {
                return self.supervisor.check(&self.name);
            }
            if start.elapsed() > READY {
                return Err(Error::Timeout { what: "the start of PostgreSQL".to_owned(), after: READY });
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The supervisor ends it anyway, a little later.
        drop(self.supervisor.ask_to_kill(&self.name));
    }
}

/// A program may have ended before its start was seen; its end tells how it went.
fn ended_already(error: Error) -> Result<u32, Error> {
    match error {
        Error::Exited { .. } => Ok(0),
        error => Err(error),
    }
}

/// Whether what is left of a killed server keeps a new one from its data.
fn is_held(log: &str) -> bool {
    log.contains("pre-existing shared memory block") || log.contains("lock file \"postmaster.pid\" already exists")
}

impl Programs {
    fn find() -> Result<Self, Error> {
        let [initdb, postgres, pg_ctl, pg_isready, psql] = programs::installed(POSTGRES)?;
        let owner = if users::is_root() { Some(unprivileged_user()?) } else { None };
        let mut unprivileged = Vec::new();
        if let Some((user, group)) = owner {
            // A change of user clears the signal by which a child learns of the supervisor's death.
            unprivileged.extend(["setpriv".to_owned(), format!("--reuid={user}"), format!("--regid={group}")]);
            unprivileged.extend(["--clear-groups", "--pdeathsig=KILL", "--"].map(str::to_owned));
        }
        Ok(Self { initdb, postgres, pg_ctl, pg_isready, psql, unprivileged, owner })
    }
}

/// The ids of the first of `postgres` and `nobody` that the system knows.
fn unprivileged_user() -> Result<(u32, u32), Error> {
    let known = users::all()?;
    let found = ["postgres", "nobody"].iter().find_map(|name| known.iter().find(|user| user.name == *name));
    found.map(|user| (user.id, user.group)).ok_or_else(|| Error::Missing {
        names: vec!["an unprivileged user".to_owned()],
        remedy: "PostgreSQL refuses to run as root; add a user named postgres or nobody".to_owned(),
    })
}
