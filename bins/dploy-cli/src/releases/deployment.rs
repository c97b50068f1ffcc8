//! `deployment`: shows deployments.

use clap::Subcommand;

use super::{
    api::DeploymentFilter,
    application,
    context::Context,
    record::columns,
    wait::{self, WaitArgs},
};
use crate::error::Error;

/// Look at deployments.
#[derive(Subcommand, Debug)]
pub(crate) enum Deployment {
    /// List deployments, newest first
    #[command(visible_alias = "ls")]
    List {
        /// Only those of this application
        #[arg(long, value_name = "APP", value_parser = application::app)]
        app: Option<String>,
        /// Only those to this target
        #[arg(long, visible_alias = "environment", value_name = "TARGET", value_parser = application::target)]
        env: Option<String>,
        /// Only those in this state, e.g. `failed`
        #[arg(long, value_name = "STATE", value_parser = application::id)]
        status: Option<String>,
        /// The most deployments that are listed; 0 lists all
        #[arg(long, default_value_t = 20, value_name = "NUMBER")]
        limit: usize,
    },
    /// Show a deployment
    #[command(visible_alias = "get")]
    Show {
        /// Its id
        #[arg(value_name = "ID", value_parser = application::id)]
        id: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
}

impl Deployment {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let client = context.client()?;
        match self {
            Self::List { app, env, status, limit } => {
                let limit = (limit > 0).then_some(limit);
                let filter = DeploymentFilter { app, environment: env, status, limit };
                context.output.list(&client.deployments(&filter).await?, columns::DEPLOYMENT)
            }
            Self::Show { id, wait } => {
                let mut deployment = client.deployment(&id, None).await?;
                if let Some(limit) = wait.limit(context).filter(|_| wait.is_asked_for()) {
                    deployment = wait::outcome(context, &client, deployment, Some(limit)).await?;
                }
                context.output.detail(&deployment, DETAILS)
            }
        }
    }
}

const DETAILS: &[&str] = &[
    "deploymentId",
    "appName",
    "versionId",
    "environment",
    "state",
    "reason",
    "trigger",
    "actor",
    "triggeredBy",
    "policyName",
    "promotedFrom",
    "replaces",
    "gitopsCommitSha",
    "queuedAt",
    "startedAt",
    "completedAt",
];
