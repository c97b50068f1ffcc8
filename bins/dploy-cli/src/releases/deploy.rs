//! `deploy`, `promote` and `remove`.

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::{
    application::{self, AppArgs},
    context::Context,
    question,
    record::columns,
    version::Which,
    wait::{self, WaitArgs},
};
use crate::{completion, error::Error};

/// Deploy a version to a target.
///
/// Asks before it does so, unless --confirm is given.
#[derive(Args, Debug)]
#[command(allow_missing_positional = true)]
pub(crate) struct Deploy {
    #[command(flatten)]
    which: Which,
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

impl Deploy {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (client, app) = (context.client()?, self.which.app.resolve()?);
        let version = self.which.version;
        if !self.confirm {
            question::confirm(&format!("Deploy {version} of {app} to {}?", self.env))?;
        }
        let deployment = client.deploy(&app, &version, &self.env).await?;
        let deployment = wait::outcome(context, &client, deployment, self.wait.limit(context)).await?;
        context.output.one(&deployment, columns::DEPLOYMENT)
    }
}

impl Promote {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (client, app) = (context.client()?, self.app.resolve()?);
        if !self.confirm {
            question::confirm(&format!("Deploy to {} what {} runs of {app}?", self.to, self.from))?;
        }
        let deployment = client.promote(&app, &self.from, &self.to).await?;
        let deployment = wait::outcome(context, &client, deployment, self.wait.limit(context)).await?;
        context.output.one(&deployment, columns::DEPLOYMENT)
    }
}

impl Remove {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (client, app) = (context.client()?, self.app.resolve()?);
        if !self.confirm {
            question::confirm(&format!("Remove {app} from {}?", self.env))?;
        }
        let removal = client.remove(&app, &self.env).await?;
        let removal = wait::outcome(context, &client, removal, self.wait.limit(context)).await?;
        context.output.one(&removal, columns::DEPLOYMENT)
    }
}
