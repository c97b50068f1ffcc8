//! `cargo xtask bench environments`: claims and instances on a real API server with a stub of helm-controller, beside a
//! bare client that issues the same writes.
//!
//! The programs are the release builds. Nothing here fails for being slow: a row that misses its goal says so.

mod client;
mod error;
mod lists;
mod platform;
mod scale;
mod storm;
mod warm;

use std::path::PathBuf;

use clap::Args;

use super::goal::{self, Row};
use crate::process;

pub(crate) use error::Error;

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Only groups of rows whose name contains this: warm, storm, scale, lists.
    #[arg(long, default_value = "")]
    row: String,
    /// How often each group is measured; the median of the runs counts.
    #[arg(long, default_value_t = 3)]
    turns: usize,
    /// How many instances stand in the group scale.
    #[arg(long, default_value_t = 1_000)]
    instances: usize,
    /// The Pod Security level of the template, with quota, limits and network policy; the original had none.
    #[arg(long, default_value = "none", value_parser = ["none", "privileged", "baseline", "restricted"])]
    isolation: String,
    /// Measure the programs in this folder instead of the release builds, such as those of another revision.
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
}

/// What every group of rows is measured with.
struct Bench {
    programs: platform::Programs,
    isolation: String,
    instances: usize,
}

/// The groups of rows.
const GROUPS: [&str; 4] = ["warm", "storm", "scale", "lists"];

/// Builds the programs and measures them.
pub(crate) fn run(options: &Options) -> Result<(), Error> {
    let programs = match &options.programs {
        Some(folder) => platform::found(folder)?,
        None => platform::build()?,
    };
    let runtime = tokio::runtime::Runtime::new().map_err(process::Error::file("the runtime"))?;
    println!("{}", goal::HEAD);
    let bench = Bench { programs, isolation: options.isolation.clone(), instances: options.instances };
    let rows = runtime.block_on(all(&bench, options))?;
    println!("\n{}", goal::verdict(&rows));
    Ok(())
}

async fn all(bench: &Bench, options: &Options) -> Result<Vec<Row>, Error> {
    let mut table = Vec::new();
    for group in GROUPS.into_iter().filter(|group| group.contains(&options.row)) {
        let mut turns = Vec::new();
        for _ in 0..options.turns.max(1) {
            turns.push(measure(bench, group).await?);
        }
        let rows = goal::medians(turns);
        rows.iter().for_each(|row| println!("{}", row.line()));
        table.extend(rows);
    }
    Ok(table)
}

/// One run of a group, on a cluster of its own.
async fn measure(bench: &Bench, group: &str) -> Result<Vec<Row>, Error> {
    match group {
        "warm" => warm::measure(bench).await,
        "storm" => storm::measure(bench).await,
        "scale" => scale::measure(bench).await,
        _ => lists::measure(bench).await,
    }
}
