//! `forge publish`: makes an uploaded version final.

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::state::{self, Binding, VersionInfo};
use crate::{
    completion,
    error::Error,
    releases::{
        application,
        context::Context,
        record::{Deployment, Held, Published},
        wait::{self, WaitArgs},
    },
    terminal::one_line,
};

/// Publish an uploaded version; policies then deploy it.
///
/// It takes the version that is being made in the folder, unless --version names another one.
#[derive(Args, Debug)]
#[command(disable_version_flag = true)]
pub(crate) struct Publish {
    /// Name or id of the application; where not given, that of the version in the folder
    #[arg(long, value_name = "APP", value_parser = application::app)]
    #[arg(add = ArgValueCompleter::new(completion::applications))]
    app: Option<String>,
    /// Id of the version
    #[arg(long, value_name = "VERSION", value_parser = application::version)]
    version: Option<String>,
    /// Accepted for the sake of existing pipelines: the server always checks
    #[arg(long, hide = true)]
    no_validate: bool,
    #[command(flatten)]
    wait: WaitArgs,
}

impl Publish {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let info = VersionInfo::load()?;
        let app = match (self.app, &info) {
            (Some(app), _) => app,
            (None, Some(info)) => info.app_id.clone(),
            (None, None) => Binding::load()?.ok_or(Error::NoApplication)?.app_id,
        };
        let version = match (self.version, info) {
            (Some(version), _) => version,
            (None, Some(info)) => info.version,
            (None, None) => return Err(Error::usage("no version is being made here: give --version")),
        };
        let client = context.client()?;
        let mut published = client.publish(&app, &version).await?;
        state::forget()?;
        if let Some(limit) = self.wait.limit(context) {
            for deployment in &mut published.deployments {
                *deployment = wait::outcome(context, &client, deployment.clone(), Some(limit)).await?;
            }
        }
        context.output.told(&text(&published), &published)
    }
}

/// What was done: the version is published, which deploys it only where a policy says so.
fn text(published: &Published) -> String {
    let Published { version_id, manifest_files, auto_deployments, deployments, held, .. } = published;
    let files = match manifest_files.len() {
        1 => "1 manifest file".to_owned(),
        count => format!("{count} manifest files"),
    };
    let mut text = format!("Published {version_id} with {files}\n");
    for deployment in deployments {
        let Deployment { deployment_id, environment, .. } = deployment;
        text.push_str(&format!("deployment {deployment_id} to {environment}: {}\n", one_line(deployment.state())));
    }
    for Held { policy, environment, reason } in held {
        let (policy, reason) = (one_line(policy), one_line(reason));
        text.push_str(&format!("policy {policy} left {environment} alone, which is on hold: {reason}\n"));
    }
    if deployments.is_empty() && held.is_empty() && auto_deployments.is_empty() {
        text.push_str("No policy matches: it is not deployed anywhere yet\n");
    } else if deployments.is_empty() && !auto_deployments.is_empty() {
        text.push_str(&format!("Deployments were started: {}\n", one_line(&auto_deployments.join(", "))));
    }
    text
}
