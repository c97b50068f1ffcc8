//! `rollback`: goes back to an older version, which is asked for where it is not named.

use std::io::{self, Write as _};

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::{
    api::{DeploymentFilter, RollbackTo},
    application::{self, AppArgs},
    context::Context,
    question,
    record::Deployment,
    wait::WaitArgs,
};
use crate::{client::Client, completion, error::Error, terminal::one_line};

/// The most versions to choose from.
const CHOICES_MAX: usize = 5;

/// How many deployments are looked through for them.
const HISTORY_MAX: usize = 100;

/// Go back to an older version.
///
/// Where neither --to nor --previous is given, it shows what ran on the target before and asks. Policies leave the
/// target alone afterwards until `resume` or a newer deployment by hand.
#[derive(Args, Debug)]
pub(crate) struct Rollback {
    #[command(flatten)]
    app: AppArgs,
    /// The target
    #[arg(long, visible_alias = "environment", value_name = "TARGET", value_parser = application::target)]
    #[arg(add = ArgValueCompleter::new(completion::targets))]
    env: String,
    /// The version to go back to
    #[arg(long, value_name = "VERSION", value_parser = application::version, conflicts_with = "previous")]
    to: Option<String>,
    /// Go back to what ran before
    #[arg(long)]
    previous: bool,
    /// Do not ask whether to do it
    #[arg(long, visible_alias = "yes", short = 'y')]
    confirm: bool,
    #[command(flatten)]
    wait: WaitArgs,
}

impl Rollback {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (client, app) = (context.client()?, self.app.resolve()?);
        let to = match self.to {
            Some(version) => RollbackTo::Version(version),
            None if self.previous => RollbackTo::Previous,
            None => RollbackTo::Version(choose(&client, &app, &self.env).await?),
        };
        if !self.confirm {
            let what = match &to {
                RollbackTo::Version(version) => version.clone(),
                RollbackTo::Previous => "what ran before".to_owned(),
            };
            question::confirm(&format!("Roll {app} on {} back to {what}?", self.env))?;
        }
        let deployment = client.rollback(&app, &self.env, &to).await?;
        self.wait.finish(context, &client, deployment).await
    }
}

/// Shows what ran on the target before and asks for one of it.
async fn choose(client: &Client, app: &str, target: &str) -> Result<String, Error> {
    let filter = DeploymentFilter {
        app: Some(app.to_owned()),
        environment: Some(target.to_owned()),
        status: Some("success".to_owned()),
        limit: Some(HISTORY_MAX),
    };
    let deployments = client.deployments(&filter).await?;
    let former = former(&deployments);
    if former.is_empty() {
        return Err(Error::usage(format!("no other version of {app} ran on {target} before")));
    }
    let mut list = String::new();
    for (at, deployment) in former.iter().enumerate() {
        let when = deployment.completed_at.as_deref().or(deployment.started_at.as_deref()).unwrap_or("-");
        list.push_str(&one_line(&format!("{}) {} {when}", at + 1, deployment.version_id)));
        list.push('\n');
    }
    // What cannot be shown may still be chosen from.
    let _ = io::stderr().write_all(list.as_bytes());
    let what = format!("Version of {app} to go back to on {target}");
    let chosen = question::choice(&what, former.len())?;
    former.get(chosen - 1).map(|deployment| deployment.version_id.clone()).ok_or(Error::Unconfirmed(what))
}

/// The newest deployment of each version but the one that runs, newest first; after a removal none runs.
fn former(deployments: &[Deployment]) -> Vec<&Deployment> {
    let mut former: Vec<&Deployment> = Vec::new();
    let mut seen = Vec::new();
    for deployment in deployments.iter().filter(|deployment| deployment.is_success() && !deployment.is_removal()) {
        if !seen.contains(&&deployment.version_id) {
            seen.push(&deployment.version_id);
            former.push(deployment);
        }
    }
    let newest = deployments.iter().find(|deployment| deployment.is_success());
    let running = usize::from(newest.is_some_and(|newest| !newest.is_removal()));
    former.into_iter().skip(running).take(CHOICES_MAX).collect()
}
