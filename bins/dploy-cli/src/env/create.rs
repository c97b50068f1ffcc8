//! `dploy env create`.

use std::collections::BTreeMap;

use clap::Args;
use dploy_k8s::api::DployInstanceClaimSpec;

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
    /// Wait in line where the template's pool is empty; =false does not, whatever the template says
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    wait_for_pool: Option<bool>,
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
            let claim = DployInstanceClaimSpec {
                params,
                wait_for_pool: self.wait_for_pool,
                ..DployInstanceClaimSpec::default()
            };
            let claim = manifest::claim(&self.target, claim, &self.owner, global)?;
            return global.output().or_yaml().value(&claim);
        }
        let (client, environment) = (global.client()?, self.target.into_ref());
        let mut created = client.run(&environment, &params, self.wait_for_pool).await?;
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
