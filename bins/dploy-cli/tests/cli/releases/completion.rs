//! Completion scripts, and what they complete.

use std::process::Stdio;

use serde_json::json;
use tokio::process::Command;

use super::desk::{Desk, application};
use crate::harness::Run;

#[tokio::test]
async fn s68_every_name_has_a_script_for_each_shell() {
    let desk = Desk::new().await;
    for program in ["dploy", "forge", "smithctl"] {
        for shell in ["bash", "zsh", "fish", "powershell"] {
            let script = Run::of(desk.bare(&format!("{program} completion {shell}"))).await.quiet();
            assert!(script.contains(program), "{program} {shell}");
            parses(shell, &script).await;
        }
    }
}

/// Asserts that the shell can read the script, where the shell is installed; bash is everywhere.
async fn parses(shell: &str, script: &str) {
    let mut command = Command::new(shell);
    match shell {
        "bash" | "zsh" | "fish" => command.arg("-n"),
        _ => return,
    };
    match command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(mut child) => {
            use tokio::io::AsyncWriteExt as _;
            child.stdin.take().unwrap().write_all(script.as_bytes()).await.unwrap();
            let output = child.wait_with_output().await.unwrap();
            assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Err(_) => assert_ne!(shell, "bash", "bash is there"),
    }
}

#[tokio::test]
async fn s68_application_names_are_completed() {
    let desk = Desk::new().await;
    let named = |name: &str| {
        let mut app = application();
        app["name"] = name.into();
        app
    };
    let apps = json!({"apps": [named("web"), named("worker"), named("api")], "total": 3});
    desk.machine.answer("GET", "/api/v1/apps", 200, apps).await;
    for (words, expected) in [
        ("smithctl app show w", vec!["web", "worker"]),
        ("smithctl deploy a", vec!["api"]),
        ("dploy releases app show w", vec!["web", "worker"]),
        ("forge init --app w", vec!["web", "worker"]),
    ] {
        assert_eq!(completed(&desk, words).await, expected, "{words}");
    }
}

#[tokio::test]
async fn completion_without_a_server_says_nothing() {
    let desk = Desk::new().await;
    let mut command = asking(&desk, "smithctl app show w");
    command.env_remove("SMITHD_URL");
    let run = Run::of(command).await;
    assert_eq!((run.code, run.stdout.trim(), run.stderr.as_str()), (0, "", ""));
}

fn asking(desk: &Desk, words: &str) -> Command {
    let last = words.split(' ').count() - 1;
    let program = words.split(' ').next().unwrap();
    let mut command = desk.command(&format!("{program} -- {words}"));
    command.env("DPLOY_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", last.to_string());
    command.env("_CLAP_IFS", "\n").env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "true");
    command
}

async fn completed(desk: &Desk, words: &str) -> Vec<String> {
    let stdout = Run::of(asking(desk, words)).await.quiet();
    stdout.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}
