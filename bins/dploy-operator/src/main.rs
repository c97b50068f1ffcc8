//! The program `dploy-operator`.

use std::process::ExitCode;

use dploy_k8s::controller::shutdown;
use dploy_operator::{Config, Error, run};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    match start().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = dploy_core::error::chain(&error), "the operator ended");
            ExitCode::FAILURE
        }
    }
}

async fn start() -> Result<(), Error> {
    let config = Config::from_process();
    let filter = EnvFilter::new(config.as_ref().map_or("info", Config::directives));
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(std::io::stderr).init();
    let config = config?;
    let client = kube::Client::try_default().await.map_err(|source| Error::Kubeconfig(Box::new(source)))?;
    run(config, client, shutdown()).await
}
