//! A whole release service in this process, and the clients under each of their names.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use dploy_api::{Config, Server};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{runtime::Runtime, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::session::{bare, git};

/// The key that may do everything.
pub(crate) const KEY: &str = "dpk_0123456789abcdef0123456789abcdef";

/// What the commands are called.
#[derive(Clone, Copy)]
pub(crate) enum Names {
    /// `dploy forge`, `dploy releases`.
    Own,
    /// `forge`, `smithctl`.
    Original,
}

/// A server with its data, and a folder to work in.
pub(crate) struct Service {
    folder: TempDir,
    names: Names,
    pub(crate) url: String,
    pub(crate) runtime: Runtime,
    stop: CancellationToken,
    served: Option<JoinHandle<()>>,
}

/// What a command left.
pub(crate) struct Run {
    words: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Service {
    pub(crate) fn start(names: Names) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        for name in ["bin", "work"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        for name in ["forge", "smithctl"] {
            symlink(env!("CARGO_BIN_EXE_dploy"), folder.path().join("bin").join(name)).unwrap();
        }
        git(folder.path(), &["init", "-q", "--bare", "-b", "main", "gitops.git"]);
        let variables = BTreeMap::from([
            ("API_KEYS", KEY.to_owned()),
            ("DB_PATH", own("dploy.db")),
            ("ARTIFACT_STORE", "folder".to_owned()),
            ("ARTIFACT_FOLDER", own("artifacts")),
            ("GITOPS_REPO", own("gitops.git")),
            ("GITOPS_DATA_FOLDER", own("clones")),
            ("SERVER_HOST", "localhost".to_owned()),
            ("PORT", "0".to_owned()),
        ]);
        let runtime = Runtime::new().unwrap();
        let config = Config::read(|name| variables.get(name).cloned()).unwrap();
        let server = runtime.block_on(Server::bind(config, None)).unwrap();
        let (url, stop) = (format!("http://{}", server.address()), CancellationToken::new());
        let served = Some(runtime.spawn(server.serve(stop.clone())));
        Self { folder, names, url, runtime, stop, served }
    }

    /// The bare gitops repository.
    pub(crate) fn gitops(&self) -> PathBuf {
        self.folder.path().join("gitops.git")
    }

    /// The folder that commands run in.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Writes a file below the working folder.
    pub(crate) fn file(&self, path: &str, text: &str) {
        let path = self.work().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A command line that begins with `forge` or `releases`, under the name that it has here.
    pub(crate) fn command(&self, words: &str) -> Command {
        let (program, words): (PathBuf, _) = match (self.names, words.split_once(' ').unwrap()) {
            (Names::Own, _) => (env!("CARGO_BIN_EXE_dploy").into(), words),
            (Names::Original, ("forge", rest)) => (self.folder.path().join("bin/forge"), rest),
            (Names::Original, (_, rest)) => (self.folder.path().join("bin/smithctl"), rest),
        };
        let mut command = Command::new(program);
        bare(&mut command, &self.work()).args(words.split(' ')).env("USER", "ann");
        command
    }

    /// Runs it, with what `configure` stored.
    pub(crate) fn run(&self, words: &str) -> Run {
        Run::of(words, self.command(words))
    }

    /// Runs it with that key.
    pub(crate) fn run_with(&self, key: &str, words: &str) -> Run {
        let mut command = self.command(words);
        command.env("SMITHD_API_KEY", key);
        Run::of(words, command)
    }

    /// What the command writes as JSON.
    pub(crate) fn json(&self, words: &str) -> Value {
        let text = self.run(&format!("{words} -o json")).ok();
        serde_json::from_str(&text).unwrap()
    }

    /// The files of the branch and what the newest commit says.
    pub(crate) fn branch(&self) -> (Vec<String>, String) {
        let files = git(&self.gitops(), &["ls-tree", "-r", "--name-only", "main"]);
        let message = git(&self.gitops(), &["show", "-s", "--format=%B", "main"]);
        (files.lines().map(str::to_owned).collect(), message)
    }

    /// Refuses every push from now on, or no longer.
    pub(crate) fn refuse_pushes(&self, refuse: bool) {
        let hook = self.gitops().join("hooks/pre-receive");
        if !refuse {
            return fs::remove_file(hook).unwrap();
        }
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::write(&hook, "#!/bin/sh\necho the branch is frozen >&2\nexit 1\n").unwrap();
        executable(&hook);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(served) = self.served.take() {
            let _ = self.runtime.block_on(served);
        }
    }
}

impl Run {
    fn of(words: &str, mut command: Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            words: words.to_owned(),
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Asserts that it succeeded; returns what it wrote.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}\n{}\n{}", self.words, self.stdout, self.stderr);
        self.stdout
    }

    /// Asserts the exit code and one error; returns standard error.
    pub(crate) fn fails(self, code: i32) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{}\n{}", self.words, self.stderr);
        assert_eq!(self.stderr.matches("error: ").count(), 1, "{}", self.stderr);
        self.stderr
    }
}

fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
