//! `target`: the environments that versions are deployed to.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{api::TargetRequest, application, context::Context, question, record::columns};
use crate::error::Error;

/// Declare the targets that versions are deployed to.
#[derive(Subcommand, Debug)]
pub(crate) enum Target {
    /// List the targets
    #[command(visible_alias = "ls")]
    List,
    /// Declare a target
    #[command(visible_alias = "add")]
    Create {
        /// Its name
        #[arg(value_parser = application::target)]
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Change where a target lies
    Update {
        /// Its name
        #[arg(value_parser = application::target)]
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Remove a target; its files stay in the repository
    #[command(visible_alias = "rm")]
    Delete {
        /// Its name
        #[arg(value_parser = application::target)]
        name: String,
        /// Do not ask
        #[arg(long, visible_alias = "yes", short = 'y')]
        confirm: bool,
    },
}

/// Where a target lies.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// The gitops repository, where it is not the installation's own
    #[arg(long, value_name = "URL")]
    repository: Option<String>,
    /// The branch, where it is not the installation's own
    #[arg(long)]
    branch: Option<String>,
    /// The folder that holds one folder for each application [default: environments/NAME/apps]
    #[arg(long, value_name = "FOLDER")]
    path: Option<String>,
}

#[derive(Serialize)]
struct Deleted {
    name: String,
    deleted: bool,
}

impl Target {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List => output.list(&client.targets().await?, columns::TARGET),
            Self::Create { name, place } => {
                output.one(&client.create_target(&place.request(Some(name))).await?, columns::TARGET)
            }
            Self::Update { name, place } => {
                let request = place.request(None);
                if request.repository.is_none() && request.branch.is_none() && request.path.is_none() {
                    return Err(Error::usage("nothing to change: give --repository, --branch or --path"));
                }
                output.one(&client.change_target(&name, &request).await?, columns::TARGET)
            }
            Self::Delete { name, confirm } => {
                if !confirm {
                    question::confirm(&format!("Remove target {name}?"))?;
                }
                client.delete_target(&name).await?;
                output.one(&Deleted { name, deleted: true }, &["name", "deleted"])
            }
        }
    }
}

impl Place {
    fn request(self, name: Option<String>) -> TargetRequest {
        TargetRequest { name, repository: self.repository, branch: self.branch, path: self.path }
    }
}
