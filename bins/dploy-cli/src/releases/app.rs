//! `app`: registers and shows applications.

use clap::Subcommand;

use super::{
    application::{self, AppArgs},
    context::Context,
    record::{NewApplication, columns},
};
use crate::error::Error;

/// Register and look at applications.
#[derive(Subcommand, Debug)]
pub(crate) enum App {
    /// Register an application
    #[command(visible_alias = "create")]
    Register {
        /// Its name
        #[arg(value_name = "NAME", value_parser = application::app, required_unless_present = "option")]
        operand: Option<String>,
        /// The same as an option
        #[arg(long = "name", value_name = "NAME", value_parser = application::app, conflicts_with = "operand")]
        option: Option<String>,
        /// A kind of objects that its manifests may hold, all where not given; may be given several times
        #[arg(long, value_name = "KIND")]
        allow_kind: Vec<String>,
        /// A namespace that its objects may name, all where not given; may be given several times
        #[arg(long, value_name = "NAMESPACE")]
        allow_namespace: Vec<String>,
    },
    /// List all applications
    #[command(visible_alias = "ls")]
    List,
    /// Show an application and what its targets run
    #[command(visible_alias = "get")]
    Show {
        #[command(flatten)]
        app: AppArgs,
    },
}

impl App {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let output = context.output;
        match self {
            Self::Register { operand, option, allow_kind: allowed_kinds, allow_namespace: allowed_namespaces } => {
                let name = operand.or(option).unwrap_or_default();
                let new = NewApplication { name, allowed_kinds, allowed_namespaces };
                output.one(&context.client()?.register(&new).await?, columns::APPLICATION)
            }
            Self::List => output.list(&context.client()?.applications().await?, columns::APPLICATION),
            Self::Show { app } => {
                let application = context.client()?.application(&app.resolve()?).await?;
                output.detail(
                    &application,
                    &[
                        "name",
                        "id",
                        "createdAt",
                        "updatedAt",
                        "gitopsPath",
                        "currentVersions",
                        "holds",
                        "allowedKinds",
                        "allowedNamespaces",
                    ],
                )
            }
        }
    }
}
