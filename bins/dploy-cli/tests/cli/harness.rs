//! Runs the binary with an empty environment and a configuration folder of its own, against a scripted server.

use std::{path::PathBuf, process::Stdio, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, process::Command};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

/// The token that every test sends and none may see printed.
pub(crate) const TOKEN: &str = "e30.eyJzZWNyZXQiOnRydWV9.c2lnbmF0dXJl";

/// A user's machine: configuration folder and a server.
pub(crate) struct Machine {
    pub(crate) server: MockServer,
    pub(crate) home: TempDir,
}

/// What a run of the binary left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Machine {
    pub(crate) async fn new() -> Self {
        Self { server: MockServer::start().await, home: TempDir::new().unwrap() }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.home.path().join("dploy/config.json")
    }

    /// The binary with `DPLOY_SERVER` and `DPLOY_TOKEN` set.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bare(args);
        command.env("DPLOY_SERVER", self.server.uri()).env("DPLOY_TOKEN", TOKEN);
        command
    }

    /// The binary with nothing set but the configuration folder.
    pub(crate) fn bare(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dploy"));
        command.args(args).env_clear().env("XDG_CONFIG_HOME", self.home.path()).stdin(Stdio::null());
        command
    }

    pub(crate) async fn run(&self, args: &[&str]) -> Run {
        Run::of(self.command(args)).await
    }

    /// Answers `verb route` with `status` and `body`, always.
    pub(crate) async fn answer(&self, verb: &str, route: &str, status: u16, body: Value) {
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(method(verb)).and(path(route)).respond_with(answer).mount(&self.server).await;
    }

    /// Answers `verb route` with each of `answers` in turn, the last one for ever.
    pub(crate) async fn script(&self, verb: &str, route: &str, answers: &[(u16, Value)]) {
        for (at, (status, body)) in answers.iter().enumerate() {
            let answer = ResponseTemplate::new(*status).set_body_json(body);
            let mock = Mock::given(method(verb)).and(path(route)).respond_with(answer);
            let mock = if at + 1 < answers.len() { mock.up_to_n_times(1) } else { mock };
            mock.with_priority(u8::try_from(at + 1).unwrap()).mount(&self.server).await;
        }
    }

    /// What a healthy server with one environment answers.
    pub(crate) async fn healthy(&self) {
        self.answer("GET", "/api/me", 200, json!({"username": "bob", "owner": "bob", "admin": false})).await;
        self.answer("GET", "/api/environments/available", 200, catalog()).await;
        self.answer("GET", "/api/environments", 200, listed()).await;
        self.answer("POST", "/api/run/webshell", 200, environment("Healthy")).await;
        self.answer("GET", "/api/run/webshell/status", 200, environment("Healthy")).await;
        self.answer("POST", "/api/run/webshell/extend", 200, json!({"expiresAt": "2026-01-01T02:00:00Z"})).await;
        let gone = ResponseTemplate::new(204);
        Mock::given(method("DELETE")).and(path("/api/run/webshell")).respond_with(gone).mount(&self.server).await;
    }

    /// The requests received so far, as `METHOD path?query`.
    pub(crate) async fn requests(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        let line = |request: &wiremock::Request| {
            let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
            format!("{} {}{query}", request.method, request.url.path())
        };
        requests.iter().map(line).collect()
    }
}

impl Run {
    pub(crate) async fn of(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let child = command.spawn().unwrap();
        let limit = Duration::from_secs(120);
        Self::from(tokio::time::timeout(limit, child.wait_with_output()).await.expect("the command ends").unwrap())
    }

    /// The run of a command that reads `input`.
    pub(crate) async fn with_input(mut command: Command, input: &str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        Self::from(child.wait_with_output().await.unwrap())
    }

    /// Asserts that it ended well and said nothing on standard error.
    pub(crate) fn quiet(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}", self.stdout);
        self.stdout
    }

    /// Asserts the exit code, that standard output is empty and that standard error says `error:` exactly once;
    /// returns standard error.
    pub(crate) fn fails(self, code: i32) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{}", self.stderr);
        assert_eq!(self.stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{}", self.stderr);
        assert!(!self.stderr.contains('\u{1b}'), "no colour without a terminal: {}", self.stderr);
        self.stderr
    }
}

impl From<std::process::Output> for Run {
    fn from(output: std::process::Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

pub(crate) fn environment(status: &str) -> Value {
    let (uuid, url) =
        if status == "pending" { ("", "") } else { ("a1b2c3d4", "https://webshell-a1b2c3d4.example.org") };
    json!({
        "uuid": uuid, "status": status, "url": url, "expiresAt": "2026-01-01T01:00:00Z", "owner": "bob",
        "connectionType": "web",
    })
}

fn listed() -> Value {
    let group = json!({
        "name": "desktop", "description": "A desktop", "uuid": "0badcafe", "status": "Progressing", "url": "",
        "expiresAt": "", "icon": "default", "extendCount": 0, "isUnlimited": true, "owner": "team-a", "shared": true,
    });
    let mut own = environment("Healthy");
    let more = json!({
        "name": "webshell", "description": "A shell", "icon": "terminal", "extendCount": 1, "maxExtends": 3,
        "extendTTL": 3600, "isUnlimited": false,
    });
    own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"environments": [own, group], "count": 2, "limit": 5})
}

fn catalog() -> Value {
    json!([
        {"name": "webshell", "description": "A shell", "icon": "terminal", "category": "tools,shells", "ttl": 3600,
         "extendTTL": 3600, "maxExtends": 3, "isUnlimited": false},
        {"name": "desktop", "description": "", "icon": "default", "ttl": -1, "isUnlimited": true},
    ])
}
