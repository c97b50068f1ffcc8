//! `version`: shows, rejects and accepts versions.

use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use super::{
    api::VersionFilter,
    application::{self, AppArgs},
    context::Context,
    record::columns,
};
use crate::error::Error;

/// Look at, reject and accept versions.
#[derive(Subcommand, Debug)]
pub(crate) enum Version {
    /// List the versions of an application, newest first
    #[command(visible_alias = "ls")]
    List {
        #[command(flatten)]
        app: AppArgs,
        /// Only drafts, or only published ones
        #[arg(long, value_enum)]
        status: Option<Status>,
        /// The most versions that are listed; 0 lists all
        #[arg(long, default_value_t = 20, value_name = "NUMBER")]
        limit: usize,
    },
    /// Show a version: its origin, its files, where it runs
    #[command(visible_alias = "get", allow_missing_positional = true)]
    Show {
        #[command(flatten)]
        which: Which,
    },
    /// Make sure that a version is not deployed
    #[command(allow_missing_positional = true)]
    Reject {
        #[command(flatten)]
        which: Which,
        /// What is wrong with it
        #[arg(long)]
        reason: String,
    },
    /// Take a rejection back
    #[command(allow_missing_positional = true)]
    Accept {
        #[command(flatten)]
        which: Which,
    },
}

/// Which version of which application is meant.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Which {
    #[command(flatten)]
    pub(crate) app: AppArgs,
    /// Id of the version
    #[arg(id = "version_id", value_name = "VERSION", value_parser = application::version)]
    pub(crate) version: String,
}

/// How far a version has come.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub(crate) enum Status {
    /// Not published yet.
    Draft,
    /// Published.
    Published,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Judged {
    version_id: String,
    rejected: bool,
    reason: Option<String>,
}

impl Version {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (client, output) = (context.client()?, context.output);
        let judged = match self {
            Self::List { app, status, limit } => {
                let status = status.map(|status| match status {
                    Status::Draft => "draft",
                    Status::Published => "published",
                });
                let filter = VersionFilter { status, limit: (limit > 0).then_some(limit) };
                return output.list(&client.versions(&app.resolve()?, &filter).await?, columns::VERSION);
            }
            Self::Show { which } => {
                let version = client.version(&which.app.resolve()?, &which.version).await?;
                return output.detail(&version, DETAILS);
            }
            Self::Reject { which, reason } => {
                client.reject(&which.app.resolve()?, &which.version, &reason).await?;
                Judged { version_id: which.version, rejected: true, reason: Some(reason) }
            }
            Self::Accept { which } => {
                client.accept(&which.app.resolve()?, &which.version).await?;
                Judged { version_id: which.version, rejected: false, reason: None }
            }
        };
        output.one(&judged, &["versionId", "rejected", "reason"])
    }
}

const DETAILS: &[&str] = &[
    "versionId",
    "status",
    "gitSha",
    "gitBranch",
    "gitTag",
    "gitCommitter",
    "buildNumber",
    "createdAt",
    "publishedAt",
    "deployedTo",
    "rejection",
    "files",
];
