//! `dploy template`: what can be asked for, and templates offline.

use clap::Subcommand;

use crate::{cli::Global, error::Error};

mod get;
mod list;
pub(crate) mod record;

/// Look at what can be asked for; check and render templates offline.
#[derive(Subcommand, Debug)]
pub(crate) enum Template {
    /// List what can be asked for
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Show one template of the catalog
    Get(get::Get),
}

impl Template {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Error> {
        match self {
            Self::List(list) => list.run(global).await,
            Self::Get(get) => get.run(global).await,
        }
    }
}
