//! The programs that are measured, built as users get them.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{process, workspace};

/// The release build of what is selected, and where the programs are, in cargo's order.
///
/// # Errors
/// cargo cannot be run, or it does not compile.
pub(super) fn build(selection: &[&str]) -> Result<Vec<PathBuf>, process::Error> {
    let mut cargo = Command::new(workspace::cargo());
    cargo.current_dir(workspace::root()).args(["build", "--release"]).args(selection);
    cargo.args(["--message-format", "json-render-diagnostics"]).stderr(Stdio::inherit());
    let output = process::output(&mut cargo)?;
    let messages = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(messages.filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from)).collect())
}
