//! A testbed that outlives the command: a background process, asked over a socket.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    os::unix::{
        net::{UnixListener, UnixStream},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use dploy_k8s::testing::{self, Cluster};
use serde::{Deserialize, Serialize};

use super::Error;
use crate::process::Error as ProcessError;

/// What `up` and `status` tell.
#[derive(Serialize, Deserialize)]
struct Session {
    pid: u32,
    url: String,
    kubeconfig: PathBuf,
    folder: PathBuf,
    chart_repository: String,
    git_repository: String,
    oci_registry: String,
}

impl Session {
    fn print(&self) {
        println!("API server      {}", self.url);
        println!("charts          {}", self.chart_repository);
        println!("git             {}", self.git_repository);
        println!("OCI             {}", self.oci_registry);
        println!("logs            {}", self.folder.display());
        println!("export KUBECONFIG={}", self.kubeconfig.display());
    }
}

fn folder() -> Result<PathBuf, Error> {
    let assets = testing::assets_folder().ok_or(Error::NoCache)?;
    let folder = assets.with_file_name("session");
    fs::create_dir_all(&folder).map_err(ProcessError::file(&folder))?;
    Ok(folder)
}

fn socket() -> Result<PathBuf, Error> {
    Ok(folder()?.join("control.sock"))
}

/// Sends one word to the background process and returns its answer; `None` if none runs.
fn ask(word: &str) -> Result<Option<String>, Error> {
    let path = socket()?;
    let Ok(mut stream) = UnixStream::connect(&path) else { return Ok(None) };
    let mut answer = String::new();
    let asked = writeln!(stream, "{word}").and_then(|()| BufReader::new(stream).read_line(&mut answer));
    asked.map_err(ProcessError::file(&path))?;
    Ok(Some(answer))
}

/// Starts the background process, unless one runs, and prints how to reach the cluster.
pub(super) fn up() -> Result<(), Error> {
    if let Some(answer) = ask("status")? {
        println!("already running");
        serde_json::from_str::<Session>(&answer)?.print();
        return Ok(());
    }
    let start = Instant::now();
    let log = folder()?.join("log");
    let errors = File::create(&log).map_err(ProcessError::file(&log))?;
    let program = std::env::current_exe().map_err(ProcessError::file("xtask"))?;
    let mut child = Command::new(program)
        .args(["testbed", "serve"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map_err(|source| ProcessError::Start { program: "xtask".to_owned(), source })?;
    let mut line = String::new();
    if let Some(output) = child.stdout.take() {
        BufReader::new(output).read_line(&mut line).map_err(ProcessError::file(&log))?;
    }
    if line.is_empty() {
        return Err(Error::Background { log: fs::read_to_string(&log).unwrap_or_default() });
    }
    println!("testbed ready in {} s", start.elapsed().as_secs());
    serde_json::from_str::<Session>(&line)?.print();
    Ok(())
}

/// Stops the background process and waits until its servers and data are gone.
pub(super) fn down() -> Result<(), Error> {
    match ask("stop")? {
        Some(_) => println!("stopped"),
        None => println!("not running"),
    }
    Ok(())
}

/// Says what runs.
pub(super) fn status() -> Result<(), Error> {
    match ask("status")? {
        Some(answer) => serde_json::from_str::<Session>(&answer)?.print(),
        None => println!("not running"),
    }
    Ok(())
}

/// The background process: holds the cluster until it is told to stop.
pub(super) fn serve() -> Result<(), Error> {
    let runtime = tokio::runtime::Runtime::new().map_err(ProcessError::file("the runtime"))?;
    let cluster = runtime.block_on(Cluster::builder().flux().start())?;
    let session = describe(&cluster)?;
    let path = socket()?;
    // Nobody answered on it, or `up` would not have started us.
    drop(fs::remove_file(&path));
    let listener = UnixListener::bind(&path).map_err(ProcessError::file(&path))?;
    println!("{}", serde_json::to_string(&session)?);
    for stream in listener.incoming() {
        let mut stream = stream.map_err(ProcessError::file(&path))?;
        let mut word = String::new();
        if BufReader::new(&stream).read_line(&mut word).is_err() {
            continue;
        }
        if word.trim() == "stop" {
            drop(fs::remove_file(&path));
            drop(cluster);
            drop(writeln!(stream, "stopped"));
            return Ok(());
        }
        drop(writeln!(stream, "{}", serde_json::to_string(&session)?));
    }
    Ok(())
}

/// The kubeconfig is copied to a path that stays the same from one session to the next.
fn describe(cluster: &Cluster) -> Result<Session, Error> {
    let artifacts = cluster.artifacts()?;
    let kubeconfig = folder()?.join("kubeconfig");
    copy(cluster.kubeconfig(), &kubeconfig)?;
    Ok(Session {
        pid: std::process::id(),
        url: cluster.url().to_owned(),
        kubeconfig,
        folder: cluster.folder().to_owned(),
        chart_repository: artifacts.chart_repository.clone(),
        git_repository: artifacts.git_repository.clone(),
        oci_registry: artifacts.oci_registry.clone(),
    })
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::copy(from, to).map(drop).map_err(ProcessError::file(from)).map_err(Into::into)
}
