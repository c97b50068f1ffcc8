//! `deploy`, `promote` and `remove`.

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::{
    application::{self, AppArgs},
    context::Context,
    question,
    version::Which,
    wait::WaitArgs,
};
use crate::{completion, error::Error};

/// What `deploy` and `remove` change, and how.
#[derive(Args, Debug)]
struct Change {
    /// The target
    #[arg(long, visible_alias = "environment", value_name = "TARGET", value_parser = application::target)]
    #[arg(add = ArgValueCompleter::new(completion::targets))]
    env: String,
    /// Do not ask
    #[arg(long, visible_alias = "yes", short = 'y')]
    confirm: bool,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Deploy a version to a target.
///
/// Asks before it does so, unless --confirm is given.
#[derive(Args, Debug)]
#[command(allow_missing_positional = true)]
pub(crate) struct Deploy {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    change: Change,
}

/// Deploy to one target what another runs.
#[derive(Args, Debug)]
pub(crate) struct Promote {
    #[command(flatten)]
    app: AppArgs,
    /// The target that runs the version
    #[arg(long, value_name = "TARGET", value_parser = application::target)]
    #[arg(add = ArgValueCompleter::new(completion::targets))]
    from: String,
    /// The target that it is deployed to
    #[arg(long, value_name = "TARGET", value_parser = application::target)]
    #[arg(add = ArgValueCompleter::new(completion::targets))]
    to: String,
    /// Do not ask
    #[arg(long, visible_alias = "yes", short = 'y')]
    confirm: bool,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Take an application off a target.
///
/// Removes its folder from the gitops repository, and its line in the list beside it. Policies leave the target alone
/// afterwards until `resume` or a deployment by hand. Asks before it does so, unless --confirm is given.
#[derive(Args, Debug)]
pub(crate) struct Remove {
    #[command(flatten)]
    app: AppArgs,
    #[command(flatten)]
    change: Change,
}

impl Deploy {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (client, app) = (context.client()?, self.which.app.resolve()?);
        let (version, Change { env, confirm, wait }) = (self.which.version, self.change);
        if !confirm {
            question::confirm(&format!("Deploy {version} of {app} to {env}?"))?;
        }
        let deployment = client.deploy(&app, &version, &env).await?;
        wait.finish(context, &client, deployment).await
    }
}

impl Promote {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (client, app) = (context.client()?, self.app.resolve()?);
        if !self.confirm {
            question::confirm(&format!("Deploy to {} what {} runs of {app}?", self.to, self.from))?;
        }
        let deployment = client.promote(&app, &self.from, &self.to).await?;
        self.wait.finish(context, &client, deployment).await
    }
}

impl Remove {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (client, app) = (context.client()?, self.app.resolve()?);
        let Change { env, confirm, wait } = self.change;
        if !confirm {
            question::confirm(&format!("Remove {app} from {env}?"))?;
        }
        let removal = client.remove(&app, &env).await?;
        wait.finish(context, &client, removal).await
    }
}
