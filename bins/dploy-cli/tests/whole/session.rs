//! `dploy dev` as a process of its own, and commands beside it.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// How long anything may take on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(120);

/// A running `dploy dev`; dropped, it is killed.
pub(crate) struct Dev {
    child: Child,
    errors: PathBuf,
    /// What it wrote until it was ready.
    pub(crate) told: String,
}

impl Dev {
    /// Starts it in `parent`, so that its folder is `.dploy` there, on a free port, and waits for what it has to tell.
    pub(crate) fn start(parent: &Path, variables: &[(&str, &str)], more: &[&str]) -> Self {
        let errors = parent.join("errors");
        let mut child = command(parent, &[&["dev", "--port", "0"], more].concat())
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors).unwrap())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut dev = Self { child, errors, told: String::new() };
        let (sender, lines) = mpsc::channel();
        // It is read to the end, so that the process never finds the pipe closed.
        thread::spawn(move || output.lines().for_each(|line| drop(sender.send(line.unwrap()))));
        while !dev.told.contains("Ctrl-C ends the service") {
            let Ok(line) = lines.recv_timeout(LIMIT) else { panic!("{}\n{}", dev.told, dev.errors()) };
            dev.told.push_str(&line);
            dev.told.push('\n');
        }
        dev
    }

    /// The address of the service.
    pub(crate) fn url(&self) -> &str {
        let after = self.told.split_once("the release service runs at ").unwrap().1;
        after.split(';').next().unwrap()
    }

    /// The five commands, as printed.
    pub(crate) fn commands(&self) -> Vec<&str> {
        let after = self.told.split_once("from draft to a commit:\n\n").unwrap().1;
        after.lines().take_while(|line| !line.is_empty()).collect()
    }

    /// What it wrote to standard error.
    pub(crate) fn errors(&self) -> String {
        fs::read_to_string(&self.errors).unwrap()
    }

    /// Sends it a signal, `TERM` or `INT`, and waits for its end.
    pub(crate) fn end(mut self, signal: &str) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
        let end = std::time::Instant::now() + LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(std::time::Instant::now() < end, "it does not end: {}", self.errors());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program in that folder with nothing in its environment but a home and a path.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dploy"));
    bare(&mut command, folder).args(arguments);
    command
}

/// That command in a folder, with nothing in its environment but a home and a path that begins with our program.
pub(crate) fn bare<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    let own = Path::new(env!("CARGO_BIN_EXE_dploy")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = [own].into_iter().chain(std::env::split_paths(&path)).collect();
    command.env_clear().env("PATH", std::env::join_paths(folders).unwrap()).env("HOME", folder);
    command.current_dir(folder).stdin(Stdio::null())
}

/// The lines as one script of the shell, in that folder, which ends with the first that fails.
pub(crate) fn shell(folder: &Path, lines: &[&str]) -> Output {
    let mut command = Command::new("sh");
    bare(&mut command, folder).args(["-eu", "-c", &lines.join("\n")]);
    command.output().unwrap()
}

/// What git writes, in that folder.
pub(crate) fn git<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a GET is answered with: the status and the body.
pub(crate) fn get(url: &str) -> (u16, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let answer = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    })
}
