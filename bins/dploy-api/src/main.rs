//! The program `dploy-api`.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use dploy_api::{Config, ServerError, config, run, shutdown};
use kube::Client;
use tracing_subscriber::EnvFilter;

#[derive(Parser)]
#[command(name = "dploy-api", version, about = "The API server of dploy", after_long_help = config::table())]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Write the values that count, without secrets; fails where the server would not start with them.
    Check,
}

#[tokio::main]
async fn main() -> ExitCode {
    if let Some(Command::Config(ConfigCommand::Check)) = Arguments::parse().command {
        return check();
    }
    match start().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = dploy_core::error::chain(&error), "the server ended");
            ExitCode::FAILURE
        }
    }
}

fn check() -> ExitCode {
    let written = match config::check() {
        Ok(text) => io::stdout().write_all(text.as_bytes()).map(|()| ExitCode::SUCCESS),
        Err(error) => writeln!(io::stderr(), "error: {error}").map(|()| ExitCode::FAILURE),
    };
    written.unwrap_or(ExitCode::FAILURE)
}

async fn start() -> Result<(), ServerError> {
    let config = Config::from_env();
    log(config.as_ref().map_or("info", Config::directives));
    let config = config?;
    let cluster = match config.environments {
        Some(_) => Some(Client::try_default().await.map_err(|source| ServerError::Cluster(Box::new(source)))?),
        None => None,
    };
    run(config, cluster, shutdown()).await
}

fn log(directives: &str) {
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(EnvFilter::new(directives));
    log.with_writer(std::io::stderr).init();
}
