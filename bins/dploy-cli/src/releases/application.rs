//! Which application and which version are meant.

use clap::Args;
use clap_complete::ArgValueCompleter;
use dploy_core::releases::name::{AppName, TargetName, VersionId};

use crate::{completion, error::Error, forge::state};

/// Which application is meant, where its name is an operand.
#[derive(Args, Clone, Debug)]
pub(crate) struct AppArgs {
    /// Name or id of the application; where not given, the one that the folder is bound to
    #[arg(value_name = "APP", value_parser = app, add = ArgValueCompleter::new(completion::applications))]
    operand: Option<String>,
    /// The same as an option
    #[arg(long = "app", value_name = "APP", value_parser = app, conflicts_with = "operand")]
    #[arg(add = ArgValueCompleter::new(completion::applications), hide_short_help = true)]
    option: Option<String>,
}

impl AppArgs {
    /// The name or id that options or the folder give.
    ///
    /// # Errors
    /// Neither gives one.
    pub(crate) fn resolve(self) -> Result<String, Error> {
        self.operand.or(self.option).map_or_else(state::bound_application, Ok)
    }
}

/// Reads the name or id of an application; an id has the form of a name.
pub(crate) fn app(text: &str) -> Result<String, String> {
    AppName::parse(text).map(String::from).map_err(|error| error.to_string())
}

/// Reads the id of a version.
pub(crate) fn version(text: &str) -> Result<String, String> {
    VersionId::parse(text).map(String::from).map_err(|error| error.to_string())
}

/// Reads the name of a target.
pub(crate) fn target(text: &str) -> Result<String, String> {
    TargetName::parse(text).map(String::from).map_err(|error| error.to_string())
}

/// Reads an id that the server made.
pub(crate) fn id(text: &str) -> Result<String, String> {
    AppName::parse(text).map(String::from).map_err(|_| "an id is what a list shows as such".to_owned())
}
