//! `cargo xtask bench releases`: the release service under load, beside what stands for its limits on the same machine.
//!
//! The server is the release build of `dploy-api`, used over HTTP. Nothing here fails for being slow: a row that misses its
//! goal says so.

mod archive;
mod client;
mod corpus;
mod error;

mod remote;
mod rows;
mod server;

use std::path::PathBuf;

use clap::Args;

use super::goal::{self, Row};
use crate::process;

pub(crate) use error::Error;

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Only groups of rows whose name contains this: trip, storm, sizes, lists, drafts, hostile.
    #[arg(long, default_value = "")]
    row: String,
    /// How often something is measured; the median counts.
    #[arg(long, default_value_t = 7)]
    turns: usize,
    /// Measure this server instead of the release build, such as one of another revision.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// The groups of rows.
const GROUPS: [&str; 6] = ["trip", "storm", "sizes", "lists", "drafts", "hostile"];

/// What every group of rows is measured with.
struct Bench {
    program: PathBuf,
    turns: usize,
}

/// Builds the server and measures it.
pub(crate) fn run(options: &Options) -> Result<(), Error> {
    let program = match &options.program {
        Some(program) => program.canonicalize().map_err(process::Error::file(program))?,
        None => server::build()?,
    };
    let bench = Bench { program, turns: options.turns.max(1) };
    let runtime = tokio::runtime::Runtime::new().map_err(process::Error::file("the runtime"))?;
    println!("{}", goal::HEAD);
    let rows = runtime.block_on(all(&bench, &options.row))?;
    println!("\n{}", goal::verdict(&rows));
    Ok(())
}

async fn all(bench: &Bench, wanted: &str) -> Result<Vec<Row>, Error> {
    let mut table = Vec::new();
    for group in GROUPS.into_iter().filter(|group| group.contains(wanted)) {
        let rows = measure(bench, group).await?;
        rows.iter().for_each(|row| println!("{}", row.line()));
        table.extend(rows);
    }
    Ok(table)
}

async fn measure(bench: &Bench, group: &str) -> Result<Vec<Row>, Error> {
    match group {
        "trip" => rows::round_trip::measure(bench).await,
        "storm" => rows::storm::measure(bench).await,
        "sizes" => rows::sizes::measure(bench).await,
        "lists" => rows::lists::measure(bench).await,
        "drafts" => rows::drafts::measure(bench).await,
        _ => rows::hostile::measure(bench).await,
    }
}
