//! The operator of dploy as a library: what the program `dploy-operator` does, for teams that embed it.
//!
//! [`run`] competes for leadership, watches the cluster, and runs the controllers while it leads.

mod config;
mod error;
mod probes;
mod run;

pub use self::{
    config::{Address, Config},
    error::Error,
    run::run,
};
