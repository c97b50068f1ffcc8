//! The git program, deaf to the settings of whoever runs the tests.

use std::{path::Path, process::Command};

use crate::{Error, programs};

/// Variables that would point git at another repository than the one it is told.
const MISLEADING: [&str; 5] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"];

/// What every git of the tests is told.
pub(super) const ENVIRONMENT: [(&str, &str); 7] = [
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_AUTHOR_NAME", "Hand"),
    ("GIT_AUTHOR_EMAIL", "hand@example.org"),
    ("GIT_COMMITTER_NAME", "Hand"),
    ("GIT_COMMITTER_EMAIL", "hand@example.org"),
];

/// A git command in a folder.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).envs(ENVIRONMENT).args(arguments);
    for name in MISLEADING {
        command.env_remove(name);
    }
    command
}

/// Runs git and returns what it wrote to standard output, as text.
pub(super) fn run(folder: &Path, arguments: &[&str]) -> Result<String, Error> {
    let output = programs::output(&mut git(folder, arguments))?;
    Ok(String::from_utf8_lossy(&output).into_owned())
}
