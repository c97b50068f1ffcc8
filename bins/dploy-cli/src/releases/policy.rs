//! `policy`: which versions are deployed when they are published.

use clap::{Args, Subcommand};
use clap_complete::ArgValueCompleter;
use serde::Serialize;

use super::{
    api::PolicyRequest,
    application::{self, AppArgs},
    context::Context,
    question,
    record::columns,
};
use crate::{client::Client, completion, error::Error};

/// Write the policies that deploy versions when they are published.
#[derive(Subcommand, Debug)]
pub(crate) enum Policy {
    /// Create a policy
    Create(Create),
    /// List the policies of an application
    #[command(visible_alias = "ls")]
    List {
        #[command(flatten)]
        app: AppArgs,
    },
    /// Let a policy act
    #[command(allow_missing_positional = true)]
    Enable {
        #[command(flatten)]
        which: Which,
    },
    /// Keep a policy from acting
    #[command(allow_missing_positional = true)]
    Disable {
        #[command(flatten)]
        which: Which,
    },
    /// Delete a policy; what it has deployed stays
    #[command(visible_alias = "rm", allow_missing_positional = true)]
    Delete {
        #[command(flatten)]
        which: Which,
        /// Do not ask
        #[arg(long, visible_alias = "yes", short = 'y')]
        confirm: bool,
    },
}

/// Create a policy.
///
/// Patterns know `*` and `?`, which stop at `/`, `[…]`, and `**`, which does not stop.
#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    app: AppArgs,
    /// Its name, unique within the application
    #[arg(long)]
    name: String,
    /// Branches that match, e.g. `release/*`
    #[arg(long, value_name = "PATTERN", required_unless_present = "tag")]
    branch: Option<String>,
    /// Tags that match, e.g. `v*`
    #[arg(long, value_name = "PATTERN")]
    tag: Option<String>,
    /// Branches and tags that do not match; may be given several times
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// The target that it deploys to
    #[arg(long, visible_alias = "environment", value_name = "TARGET", value_parser = application::target)]
    #[arg(add = ArgValueCompleter::new(completion::targets))]
    env: String,
    /// Create it without letting it act
    #[arg(long)]
    disabled: bool,
}

/// Which policy of which application is meant.
#[derive(Args, Debug)]
pub(crate) struct Which {
    #[command(flatten)]
    app: AppArgs,
    /// Name or id of the policy
    #[arg(value_name = "NAME")]
    policy: String,
}

#[derive(Serialize)]
struct Deleted {
    id: String,
    name: String,
    deleted: bool,
}

impl Policy {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::Create(create) => create.run(context, &client).await,
            Self::List { app } => output.list(&client.policies(&app.resolve()?).await?, columns::POLICY),
            Self::Enable { which } => output.one(&which.switch(&client, true).await?, columns::POLICY),
            Self::Disable { which } => output.one(&which.switch(&client, false).await?, columns::POLICY),
            Self::Delete { which, confirm } => {
                let (app, id) = which.find(&client).await?;
                if !confirm {
                    question::confirm(&format!("Delete policy \"{}\" of {app}?", which.policy))?;
                }
                client.delete_policy(&app, &id).await?;
                output.one(&Deleted { id, name: which.policy, deleted: true }, &["name", "deleted"])
            }
        }
    }
}

impl Create {
    async fn run(self, context: &Context, client: &Client) -> Result<(), Error> {
        let app = self.app.resolve()?;
        let request = PolicyRequest {
            name: self.name,
            git_branch_pattern: self.branch,
            git_tag_pattern: self.tag,
            exclude_patterns: self.exclude,
            target_environment: self.env,
            enabled: !self.disabled,
        };
        context.output.one(&client.create_policy(&app, &request).await?, columns::POLICY)
    }
}

impl Which {
    /// The application and the policy's id.
    async fn find(&self, client: &Client) -> Result<(String, String), Error> {
        let app = self.app.clone().resolve()?;
        let policies = client.policies(&app).await?;
        let named = |policy: &&super::record::Policy| policy.name == self.policy || policy.id == self.policy;
        match policies.iter().find(named) {
            Some(policy) => Ok((app, policy.id.clone())),
            None => Err(Error::absent(format!("policy \"{}\" not found", self.policy))),
        }
    }

    async fn switch(&self, client: &Client, enabled: bool) -> Result<super::record::Policy, Error> {
        let (app, id) = self.find(client).await?;
        client.enable_policy(&app, &id, enabled).await
    }
}
