//! The program `dploy-api`.

use std::process::ExitCode;

use clap::Parser;
use dploy_api::{Config, ServerError, config, run};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

#[derive(Parser)]
#[command(name = "dploy-api", version, about = "The API server of dploy", after_long_help = config::table())]
struct Arguments {}

#[tokio::main]
async fn main() -> ExitCode {
    Arguments::parse();
    match start().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = dploy_k8s::cluster::chain(&error), "the server ended");
            ExitCode::FAILURE
        }
    }
}

async fn start() -> Result<(), ServerError> {
    let config = Config::from_env();
    log(config.as_ref().is_ok_and(|config| config.debug));
    let config = config?;
    let client = kube::Client::try_default().await.map_err(|source| ServerError::Cluster(Box::new(source)))?;
    run(config, client, shutdown()).await
}

fn log(debug: bool) {
    let level = if debug { "debug,kube=info,hyper=info,tower=info" } else { "info" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Cancelled by SIGTERM and SIGINT.
fn shutdown() -> CancellationToken {
    let token = CancellationToken::new();
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let token = token.clone();
        let Ok(mut stream) = signal(kind) else { continue };
        tokio::spawn(async move {
            stream.recv().await;
            token.cancel();
        });
    }
    token
}
