use std::{
    ffi::{OsStr, OsString},
    io::{self, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    fs::{Access, access},
    process::{Pid, Signal, kill_process_group},
};

/// So much of what a command writes is kept; the rest is read and dropped.
const OUTPUT_MAX: u64 = 1 << 20;
/// How often it is asked whether the command is still wanted.
const SLICE: Duration = Duration::from_millis(20);
/// Variables that a git command takes over from ours; all others would let somebody's settings in.
const INHERITED: [&str; 9] = [
    "PATH",
    "https_proxy",
    "HTTPS_PROXY",
    "no_proxy",
    "NO_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// What a command wrote and how it ended.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) ok: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Why there is no output.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    #[error("the program could not be started")]
    Start(#[source] io::Error),
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    #[error("the command is not wanted any more")]
    Stopped,
}

/// A program with an environment that holds nothing of ours but what it needs, in a process group of its own.
pub(super) fn clean(program: &str, home: &Path) -> Command {
    let mut command = Command::new(located(program));
    let inherited = INHERITED.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
    command.env_clear().envs(inherited).env("HOME", home).env("LC_ALL", "C").current_dir(home);
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The first of that name in `PATH`. A path lets the standard library start it by `posix_spawn`; a name beside an
/// environment of its own would have it fork, which copies the page tables of a process of any size and has it fault on
/// every page it writes to afterwards.
fn located(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let runs = |file: &PathBuf| file.is_file() && access(file, Access::EXEC_OK).is_ok();
    // The command runs in another folder than ours.
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(program)).find(runs).unwrap_or_else(|| program.into())
}

/// A git command on a repository, run in the folder `home`, deaf to the settings of the machine and of its user.
///
/// What `config` holds goes by the environment: arguments are seen by everybody on the machine.
pub(super) fn git(
    home: &Path,
    repository: &Path,
    protocols: &str,
    config: &[(String, String)],
    ssh: Option<&OsStr>,
) -> Command {
    let mut command = clean("git", home);
    let none = "/dev/null";
    for (name, value) in [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_SYSTEM", none),
        ("GIT_CONFIG_GLOBAL", none),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_ALLOW_PROTOCOL", protocols),
        ("GIT_SSH_VARIANT", "ssh"),
    ] {
        command.env(name, value);
    }
    command.env("GIT_SSH_COMMAND", ssh.unwrap_or(OsStr::new("false")));
    command.env("GIT_CONFIG_COUNT", config.len().to_string());
    for (at, (key, value)) in config.iter().enumerate() {
        command.env(format!("GIT_CONFIG_KEY_{at}"), key).env(format!("GIT_CONFIG_VALUE_{at}"), value);
    }
    let mut directory = OsString::from("--git-dir=");
    directory.push(repository);
    command.arg(directory);
    for setting in [
        "core.hooksPath=/dev/null",
        "core.askPass=",
        "credential.helper=",
        "gc.auto=0",
        "maintenance.auto=false",
        "http.followRedirects=false",
        "pack.threads=1",
        "safe.directory=*",
    ] {
        command.args(["-c", setting]);
    }
    command
}

/// Runs a command to its end; at the deadline, or when it is not `wanted` any more, its whole group is killed.
pub(super) fn run(mut command: Command, timeout: Duration, wanted: &dyn Fn() -> bool) -> Result<Output, RunError> {
    let deadline = Instant::now() + timeout;
    let mut child = command.spawn().map_err(RunError::Start)?;
    let (told, end) = mpsc::channel();
    let out = child.stdout.take().map(|pipe| reader(pipe, told.clone()));
    let err = child.stderr.take().map(|pipe| reader(pipe, told));
    let status = loop {
        match ended(&mut child, &end) {
            Some(status) => break status,
            None if !wanted() => return Err(stop(child, RunError::Stopped)),
            None if Instant::now() >= deadline => return Err(stop(child, RunError::Timeout(timeout))),
            None => {}
        }
    };
    let text = |reader: Option<thread::JoinHandle<Vec<u8>>>| {
        let bytes = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Ok(Output { ok: status.success(), stdout: text(out), stderr: text(err) })
}

/// How the command ended, once both its pipes have; waits for a slice of time.
fn ended(child: &mut Child, end: &mpsc::Receiver<()>) -> Option<ExitStatus> {
    match end.recv_timeout(SLICE) {
        Ok(()) | Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => {
            let status = child.try_wait().ok().flatten();
            if status.is_none() {
                thread::sleep(Duration::from_millis(1));
            }
            status
        }
    }
}

/// Kills the group and waits for its leader.
fn stop(mut child: Child, error: RunError) -> RunError {
    // The leader is not reaped yet, so that the number still is its group's.
    if let Err(error) = kill_process_group(Pid::from_child(&child), Signal::KILL) {
        tracing::warn!(process.id = child.id(), error = %error, "a process group could not be killed");
    }
    if let Err(error) = child.wait() {
        tracing::warn!(process.id = child.id(), error = %error, "a process could not be awaited");
    }
    error
}

/// Reads a pipe to its end in a thread of its own; `told` is dropped then.
fn reader(mut pipe: impl Read + Send + 'static, told: mpsc::Sender<()>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut kept = Vec::new();
        let read = pipe.by_ref().take(OUTPUT_MAX).read_to_end(&mut kept);
        if read.is_ok() {
            // A full pipe would stop the program.
            io::copy(&mut pipe, &mut io::sink()).ok();
        }
        drop(told);
        kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(arguments: &[&str]) -> Command {
        let mut command = clean("sh", Path::new("/"));
        command.arg("-c").args(arguments);
        command
    }

    #[test]
    fn output_is_bounded_and_the_program_ends() {
        let output =
            run(program(&["head -c 3000000 /dev/zero; echo why >&2; exit 3"]), Duration::from_secs(30), &|| true);
        let output = output.unwrap();
        assert_eq!((output.ok, output.stdout.len(), output.stderr.as_str()), (false, 1 << 20, "why\n"));
    }

    #[test]
    fn s44_a_program_that_hangs_is_killed_with_all_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("alive");
        let script = format!("(while :; do touch {0}; sleep 0.05; done) & sleep 60", mark.display());
        let error = run(program(&[&script]), Duration::from_millis(300), &|| true).unwrap_err();
        assert!(matches!(error, RunError::Timeout(_)), "{error}");
        std::fs::remove_file(&mark).unwrap();
        thread::sleep(Duration::from_millis(300));
        assert!(!mark.exists(), "no process of the group is left");
    }

    #[test]
    fn a_program_that_is_not_wanted_is_stopped() {
        let error = run(program(&["sleep 60"]), Duration::from_secs(60), &|| false).unwrap_err();
        assert!(matches!(error, RunError::Stopped), "{error}");
    }
}
