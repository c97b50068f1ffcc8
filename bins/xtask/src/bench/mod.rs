//! `cargo xtask bench template`: dploy-template and Go's text/template side by side; `cargo xtask bench releases`: the
//! release service; `cargo xtask bench environments`: environments on a real API server.

mod environments;
mod figures;
mod goal;
mod program;
mod releases;
mod row;
mod side;
mod table;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::{Args, Subcommand};

use self::{row::Row, side::Side, table::Measured};
use crate::{process, workspace};

/// What to measure.
#[derive(Subcommand)]
pub(crate) enum Task {
    /// Rendering and parsing of templates, next to the same in Go.
    Template(Options),
    /// Environments: claims, storms, many instances, memory.
    Environments(environments::Options),
    /// The release service: deployments, lists, memory.
    Releases(releases::Options),
}

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Only rows whose name contains this.
    #[arg(long, default_value = "")]
    row: String,
    /// How often the two sides take turns; the median counts.
    #[arg(long, default_value_t = 5)]
    turns: usize,
    /// How long a turn is, in milliseconds.
    #[arg(long, default_value_t = 1000)]
    millis: u64,
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program could not be built or run, or a file not be written.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// One side ended or answered something else than asked.
    #[error("{side} failed at the row {row}: {problem}")]
    Side { side: &'static str, row: String, problem: String },
    /// The sides disagree, so comparing their speed means nothing.
    #[error("the sides render the row {row} differently\nours: {ours:?}\nGo's: {theirs:?}")]
    Differ { row: String, ours: String, theirs: String },
    /// cargo did not say where the program is.
    #[error("cargo built no program")]
    NoProgram,
    /// Environments could not be measured.
    #[error(transparent)]
    Environments(#[from] environments::Error),
    /// The release service could not be measured.
    #[error(transparent)]
    Releases(#[from] releases::Error),
}

/// How a row is worked on: the word that both programs understand, and what the table calls it.
const MODES: [(&str, &str); 2] = [("render", "render"), ("parse", "parse + render")];

/// Measures what is asked for.
///
/// Clients and stubs of a measurement take processor time themselves: those of servers run in the release build of this
/// program.
pub(crate) fn run(task: &Task) -> Result<(), Error> {
    if cfg!(debug_assertions) && !matches!(task, Task::Template(_)) {
        let program = program::build(&["--package", "xtask", "--bin", "xtask"])?.pop().ok_or(Error::NoProgram)?;
        return Ok(process::run(Command::new(program).args(std::env::args_os().skip(1)))?);
    }
    match task {
        Task::Template(options) => template(options),
        Task::Environments(options) => Ok(environments::run(options)?),
        Task::Releases(options) => Ok(releases::run(options)?),
    }
}

/// Builds both programs and compares them row by row.
fn template(options: &Options) -> Result<(), Error> {
    let folder = workspace::root().join("target/bench-template");
    fs::create_dir_all(&folder).map_err(process::Error::file(&folder))?;
    let programs = [ours()?, theirs(&folder)?];
    let mut table = Vec::new();
    println!("{}", table::HEAD);
    for row in row::all().iter().filter(|row| row.name.contains(&options.row)) {
        let rows = row.write(&folder)?;
        for mode in MODES {
            let measured = measure(&programs, row, &rows, mode, options)?;
            println!("{}", measured.line());
            table.push(measured);
        }
    }
    println!("\n{}", table::verdict(&table));
    Ok(())
}

/// Builds our program as users get it, and tells where it is.
fn ours() -> Result<PathBuf, Error> {
    let mut programs = program::build(&["--package", "dploy-template", "--bench", "renders"])?;
    programs.pop().ok_or(Error::NoProgram)
}

fn theirs(folder: &Path) -> Result<PathBuf, Error> {
    let program = folder.join("gotemplate");
    let mut go = Command::new("go");
    go.current_dir(workspace::root().join("testbed/gotemplate"));
    go.args(["build", "-trimpath", "-buildvcs=false", "-o"]).arg(&program).arg(".");
    process::output(&mut go)?;
    Ok(program)
}

/// Lets both sides work in turns: whatever else the machine does hits both.
fn measure(
    [ours, theirs]: &[PathBuf; 2],
    row: &Row,
    folder: &Path,
    (word, mode): (&str, &'static str),
    options: &Options,
) -> Result<Measured, Error> {
    let mut sides = [
        Side::start("dploy-template", Command::new(ours).arg(folder), row.name)?,
        Side::start("Go", Command::new(theirs).arg("bench").arg(folder), row.name)?,
    ];
    let [ours, theirs] = &mut sides;
    let (our_bytes, their_bytes) = (ours.print()?, theirs.print()?);
    if our_bytes != their_bytes {
        return Err(differ(row, &our_bytes, &their_bytes));
    }
    let mut turns = [Vec::new(), Vec::new()];
    for _ in 0..options.turns.max(1) {
        for (side, turns) in sides.iter_mut().zip(&mut turns) {
            turns.push(side.turn(word, options.millis)?);
        }
    }
    let [ours, theirs] = &mut sides;
    let memory = [ours.memory()?, theirs.memory()?];
    Ok(Measured { row: row.name, mode, bytes: our_bytes.len(), turns, memory })
}

/// The first lines that are not the same.
fn differ(row: &Row, ours: &[u8], theirs: &[u8]) -> Error {
    let line = |bytes: &[u8], at: usize| {
        let line = bytes.split(|byte| *byte == b'\n').nth(at).unwrap_or_default();
        String::from_utf8_lossy(line).into_owned()
    };
    let lines = ours.split(|byte| *byte == b'\n').zip(theirs.split(|byte| *byte == b'\n'));
    let same = lines.take_while(|(ours, theirs)| ours == theirs).count();
    Error::Differ { row: row.name.to_owned(), ours: line(ours, same), theirs: line(theirs, same) }
}
