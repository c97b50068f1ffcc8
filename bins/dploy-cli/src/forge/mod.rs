//! `dploy forge`, and `forge`: what build pipelines do with versions.

use clap::{Args, Subcommand};
use serde::Serialize;

mod archive;
mod bind;
mod build;
mod check;
mod files;
mod init;
mod kustomization;
mod origin;
mod pack;
mod publish;
mod send;
pub(crate) mod state;
mod upload;
mod validate;

use crate::{
    error::Error,
    releases::{
        Configure,
        context::{Context, KeyArgs},
    },
};

/// `dploy forge` with its options.
#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub(crate) struct Group {
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    #[command(subcommand)]
    pub(crate) command: Forge,
}

/// What can be done.
#[derive(Subcommand, Debug)]
pub(crate) enum Forge {
    /// Store the server and an API key for later commands
    Configure(Configure),
    /// Bind the folder to an application
    AppBind(bind::AppBind),
    /// Draft a version
    Init(init::Init),
    /// Pack manifests and upload them
    Upload(upload::Upload),
    /// Publish an uploaded version
    Publish(publish::Publish),
    /// Make manifests of a simple service file
    Build(build::Build),
    /// Check manifests or a simple service file
    Validate(validate::Validate),
    /// Print the JSON Schema of the simple service file
    Schema(validate::Schema),
    /// Print the version of this program
    Version,
}

#[derive(Serialize)]
struct About {
    version: &'static str,
}

impl Forge {
    /// Runs the command.
    ///
    /// # Errors
    /// Whatever ended it.
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Configure(configure) => configure.run(context),
            Self::AppBind(bind) => bind.run(context).await,
            Self::Init(init) => init.run(context).await,
            Self::Upload(upload) => upload.run(context).await,
            Self::Publish(publish) => publish.run(context).await,
            Self::Build(build) => build.run(context),
            Self::Validate(validate) => validate.run(context),
            Self::Schema(schema) => schema.run(),
            Self::Version => about(context),
        }
    }
}

/// Tells the version of this program.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn about(context: &Context) -> Result<(), Error> {
    let version = env!("CARGO_PKG_VERSION");
    context.output.told(&format!("version {version}\n"), &About { version })
}
