//! `cargo xtask conformance`: Go's answers in the case files of dploy-template.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use dploy_k8s::testing;

use crate::{process, testbed, workspace};

const PROGRAM: &str = "testbed-gotemplate";

/// What to do with the answers.
#[derive(Args)]
pub(crate) struct Options {
    /// Only tell which files differ from Go's answers.
    #[arg(long)]
    check: bool,
    /// Tell the text of Go's errors, instead of writing anything.
    #[arg(long, conflicts_with = "check")]
    messages: bool,
}

/// Why the files could not be answered, or are not Go's answers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The program could not be built.
    #[error("the testbed cannot be built")]
    Testbed(#[from] testbed::Error),
    /// It is nowhere, although it was built.
    #[error("{PROGRAM} not found: run `cargo xtask testbed build`")]
    Missing,
    /// The program or a file failed.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// A file that is checked in is not what Go says.
    #[error("not Go's answers: {}; run `cargo xtask conformance`", .0.join(", "))]
    Stale(Vec<String>),
}

/// Writes Go's answers into every case file, or compares.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Error> {
    let program = locate()?;
    let folder = root.join("dploy-template").join("tests").join("conformance");
    let mut stale = Vec::new();
    for path in workspace::files(&folder).map_err(process::Error::file(&folder))? {
        let answered = answer(&program, &path, options.messages)?;
        if options.messages {
            print!("{answered}");
        } else if answered != fs::read_to_string(&path).map_err(process::Error::file(&path))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !options.check {
                println!("{name}: written");
                fs::write(&path, answered).map_err(process::Error::file(&path))?;
                continue;
            }
            stale.push(name);
        }
    }
    if stale.is_empty() { Ok(()) } else { Err(Error::Stale(stale)) }
}

/// The program as its sources are now.
fn locate() -> Result<PathBuf, Error> {
    testbed::build_folder("gotemplate")?;
    testing::locate(PROGRAM).ok_or(Error::Missing)
}

fn answer(program: &Path, cases: &Path, messages: bool) -> Result<String, process::Error> {
    let mut command = Command::new(program);
    command.stdin(File::open(cases).map_err(process::Error::file(cases))?);
    if messages {
        command.arg("-messages");
    }
    process::output(&mut command)
}
