//! Tasks of the repository: `cargo xtask <task>`.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

mod bench;
mod conformance;
mod crds;
mod demo;
mod docs;
mod layers;
mod manifests;
mod openapi;
mod process;
mod rbac;
mod statements;
mod test;
mod testbed;
mod workspace;

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};

/// Tasks of the dploy repository.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure speed and memory.
    #[command(subcommand)]
    Bench(bench::Task),
    /// The real servers that tests and the demo run on.
    #[command(subcommand)]
    Testbed(testbed::Task),
    /// Write Go's answers into the case files of dploy-template.
    Conformance(conformance::Options),
    /// Write the custom resource definitions of the code to dploy-k8s/crds.
    Crds {
        /// Only tell which files differ from the code.
        #[arg(long)]
        check: bool,
    },
    /// Write the rights of the programs to deploy/rbac.
    Rbac {
        /// Only tell which files differ from the code.
        #[arg(long)]
        check: bool,
    },
    /// Write the description of the HTTP interface to bins/dploy-api/openapi.json.
    Openapi {
        /// Only tell whether the file differs from the code.
        #[arg(long)]
        check: bool,
    },
    /// Write the tables of the README that are made from the code.
    Docs {
        /// Only tell whether they are up to date.
        #[arg(long)]
        check: bool,
    },
    /// Prove the direction of dependencies and the size of files.
    Layers,
    /// Tell which tests show what the domains promise; fails where one has none.
    Statements,
    /// Show the main job on real servers: claim, extend and release environments.
    Demo(demo::Options),
    /// Build the testbed and run every test, doctests included.
    Test(test::Options),
}

fn main() -> ExitCode {
    let outcome: Result<(), Box<dyn Error>> = match Arguments::parse().task {
        Task::Bench(task) => bench::run(&task).map_err(Into::into),
        Task::Testbed(task) => testbed::run(&task).map_err(Into::into),
        Task::Conformance(options) => conformance::run(&workspace::root(), &options).map_err(Into::into),
        Task::Crds { check } => crds::run(&workspace::root(), check).map_err(Into::into),
        Task::Rbac { check } => rbac::run(&workspace::root(), check).map_err(Into::into),
        Task::Openapi { check } => openapi::run(&workspace::root(), check).map_err(Into::into),
        Task::Docs { check } => docs::run(&workspace::root(), check).map_err(Into::into),
        Task::Layers => layers::run().map_err(Into::into),
        Task::Statements => statements::run(&workspace::root()).map_err(Into::into),
        Task::Demo(options) => demo::run(&options).map_err(Into::into),
        Task::Test(options) => test::run(&options).map_err(Into::into),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

/// Writes an error and its causes, one a line.
fn report(error: &dyn Error) {
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
}
