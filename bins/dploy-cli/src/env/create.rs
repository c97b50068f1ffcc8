//! `dploy env create`.

use std::collections::BTreeMap;

use clap::Args;

use crate::{
    cli::Global,
    env::{
        Target,
        manifest::{self, OwnerArgs},
        show,
        wait::{self, WaitArgs},
    },
    error::Error,
};

/// Ask for an environment; one that is there already is shown.
#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    target: Target,
    /// Parameter of the template; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = super::assignment)]
    params: Vec<(String, String)>,
    #[command(flatten)]
    wait: WaitArgs,
    /// Print the claim for `kubectl create` instead of asking the server
    #[arg(long, conflicts_with = "wait")]
    dry_run: bool,
    #[command(flatten)]
    owner: OwnerArgs,
}

impl Create {
    pub(super) async fn run(self, global: &Global) -> Result<(), Error> {
        let params = params(self.params)?;
        if self.dry_run {
            let claim = manifest::claim(&self.target, params, &self.owner, global)?;
            return global.output().or_yaml().value(&claim);
        }
        let (client, environment) = (global.client()?, self.target.into_ref());
        let mut created = client.run(&environment, &params).await?;
        if let Some(limit) = self.wait.limit() {
            created = wait::until_healthy(&client, &environment, created, limit).await?;
        }
        show(global.output(), &created)
    }
}

/// The parameters by name.
///
/// # Errors
/// One is given twice.
fn params(given: Vec<(String, String)>) -> Result<BTreeMap<String, String>, Error> {
    let mut params = BTreeMap::new();
    for (name, value) in given {
        if params.insert(name.clone(), value).is_some() {
            return Err(Error::usage(format!("parameter \"{name}\" is given twice")));
        }
    }
    Ok(params)
}
