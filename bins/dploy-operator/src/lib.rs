//! The operator of dploy as a library: what the program `dploy-operator` does, for teams that embed it.
//!
//! [`run`] competes for leadership, watches the cluster, and runs the controllers while it leads.
//!
//! ```no_run
//! use dploy_operator::{Config, run};
//! use tokio_util::sync::CancellationToken;
//!
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! // The flags and variables of the program; `shutdown` lets running work finish and gives the lease back.
//! let config = Config::from_process()?;
//! let shutdown = CancellationToken::new();
//! run(config, kube::Client::try_default().await?, shutdown).await?;
//! # Ok(())
//! # }
//! ```

mod config;
mod error;
mod probes;
mod run;

pub use self::{
    config::{Address, Config},
    error::Error,
    run::run,
};
