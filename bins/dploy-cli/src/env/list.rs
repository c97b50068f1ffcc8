//! `dploy env list`.

use clap::Args;
use dploy_core::identity::OwnerKey;

use crate::{cli::Global, env::record::COLUMNS, error::Error};

/// List your environments and those of your groups.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only those of this owner, by its readable name
    #[arg(long, value_name = "OWNER", value_parser = super::owner)]
    owner: Option<String>,
}

impl List {
    pub(super) async fn run(self, global: &Global) -> Result<(), Error> {
        let mut environments = global.client()?.environments().await?;
        if let Some(owner) = self.owner.as_deref().map(OwnerKey::derive) {
            environments
                .retain(|listed| listed.environment.owner.as_deref().map(OwnerKey::derive) == Some(owner.clone()));
        }
        global.output().list(&environments, COLUMNS)
    }
}
