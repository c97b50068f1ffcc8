//! `dploy env list`.

use clap::Args;

use crate::{cli::Global, env::record::COLUMNS, error::Error};

/// List your environments and those of your groups.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only those of this owner
    #[arg(long, value_name = "OWNER", value_parser = super::owner)]
    owner: Option<String>,
}

impl List {
    pub(super) async fn run(self, global: &Global) -> Result<(), Error> {
        let mut environments = global.client()?.environments().await?;
        if let Some(owner) = &self.owner {
            environments.retain(|listed| listed.environment.owner.as_ref() == Some(owner));
        }
        global.output().list(&environments, COLUMNS)
    }
}
