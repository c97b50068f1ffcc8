//! `dploy releases`, and `smithctl`: applications, versions, deployments and what belongs to them.

use clap::{Args, Subcommand};

mod api;
mod app;
pub(crate) mod application;
mod audit;
mod configure;
pub(crate) mod context;
mod deploy;
mod deployment;
mod diff;
mod hold;
mod key;
mod policy;
mod question;
pub(crate) mod record;
mod rollback;
mod settings;
mod target;
mod version;
pub(crate) mod wait;

pub(crate) use api::{Artifact, DraftRequest, VersionFilter};
pub(crate) use configure::Configure;
use context::{Context, KeyArgs};

use crate::error::Error;

/// `dploy releases` with its options.
#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub(crate) struct Group {
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    #[command(subcommand)]
    pub(crate) command: Releases,
}

/// What can be done.
#[derive(Subcommand, Debug)]
pub(crate) enum Releases {
    /// Store the server and an API key for later commands
    Configure(configure::Configure),
    /// Register and look at applications
    #[command(subcommand, visible_alias = "apps")]
    App(app::App),
    /// Look at, reject and accept versions
    #[command(subcommand, visible_alias = "versions")]
    Version(version::Version),
    /// Deploy a version to a target
    Deploy(deploy::Deploy),
    /// Go back to an older version
    Rollback(rollback::Rollback),
    /// Deploy to one target what another runs
    Promote(deploy::Promote),
    /// Take an application off a target
    Remove(deploy::Remove),
    /// Show what a deployment would change
    Diff(diff::Diff),
    /// Look at deployments
    #[command(subcommand, visible_alias = "deployments")]
    Deployment(deployment::Deployment),
    /// Write the policies that deploy versions when they are published
    #[command(subcommand, visible_alias = "policies")]
    Policy(policy::Policy),
    /// Make policies leave a target alone
    Hold(hold::Hold),
    /// Let policies deploy to a target again
    Resume(hold::Resume),
    /// Declare the targets that versions are deployed to
    #[command(subcommand, visible_alias = "targets")]
    Target(target::Target),
    /// Make and revoke API keys
    #[command(subcommand, visible_alias = "keys")]
    Key(key::Key),
    /// List who did what
    Audit(audit::Audit),
}

impl Releases {
    /// Runs the command.
    ///
    /// # Errors
    /// Whatever ended it.
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Configure(configure) => configure.run(context),
            Self::App(app) => app.run(context).await,
            Self::Version(version) => version.run(context).await,
            Self::Deploy(deploy) => deploy.run(context).await,
            Self::Rollback(rollback) => rollback.run(context).await,
            Self::Promote(promote) => promote.run(context).await,
            Self::Remove(remove) => remove.run(context).await,
            Self::Diff(diff) => diff.run(context).await,
            Self::Deployment(deployment) => deployment.run(context).await,
            Self::Policy(policy) => policy.run(context).await,
            Self::Hold(hold) => hold.run(context).await,
            Self::Resume(resume) => resume.run(context).await,
            Self::Target(target) => target.run(context).await,
            Self::Key(key) => key.run(context).await,
            Self::Audit(audit) => audit.run(context).await,
        }
    }
}
