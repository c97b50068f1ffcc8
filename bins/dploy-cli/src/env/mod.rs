//! `dploy env`: environments of the caller and of the caller's groups.

use clap::{Args, Subcommand};
use dploy_core::name::is_subdomain;

use crate::{cli::Global, client::EnvironmentRef, error::Error, output::Output};

mod activity;
mod create;
mod delete;
mod extend;
mod get;
mod list;
mod manifest;
pub(crate) mod record;
mod wait;
mod watch;

use record::{COLUMNS, Environment};

/// Create, look at, extend and release environments.
#[derive(Subcommand, Debug)]
pub(crate) enum Env {
    /// List your environments and those of your groups
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Ask for an environment; one that is there already is shown
    Create(create::Create),
    /// Show how an environment stands
    #[command(visible_alias = "status")]
    Get(get::Get),
    /// Let an environment live longer
    Extend(extend::Extend),
    /// Say that an environment is being used, so that it does not end as idle
    Activity(activity::Activity),
    /// Release an environment
    #[command(visible_alias = "rm")]
    Delete(delete::Delete),
    /// Print each change of an environment until it ends
    Watch(watch::Watch),
}

/// Which environment is meant.
#[derive(Args, Debug)]
pub(crate) struct Target {
    /// Name of the environment's template
    #[arg(value_name = "NAME", value_parser = template_name)]
    name: String,
    /// Group that owns the environment; left out, it is yours or that of your first group that has one
    #[arg(long, value_name = "OWNER", value_parser = owner)]
    owner: Option<String>,
}

impl Env {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Error> {
        match self {
            Self::List(list) => list.run(global).await,
            Self::Create(create) => create.run(global).await,
            Self::Get(get) => get.run(global).await,
            Self::Extend(extend) => extend.run(global).await,
            Self::Activity(activity) => activity.run(global).await,
            Self::Delete(delete) => delete.run(global).await,
            Self::Watch(watch) => watch.run(global).await,
        }
    }
}

impl Target {
    fn into_ref(self) -> EnvironmentRef {
        EnvironmentRef { name: self.name, owner: self.owner }
    }
}

/// Writes one environment, and how to connect where that is more than opening its URL.
fn show(output: Output, environment: &Environment) -> Result<(), Error> {
    output.one(environment, COLUMNS)?;
    environment.instructions().map_or(Ok(()), |text| output.note(text))
}

pub(crate) fn template_name(text: &str) -> Result<String, String> {
    if is_subdomain(text) {
        return Ok(text.to_owned());
    }
    Err("a template's name is lower-case letters, digits, `-` and `.`, at most 253".to_owned())
}

fn owner(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err("an owner is a text without control characters".to_owned());
    }
    Ok(text.to_owned())
}

/// Reads `NAME=VALUE`; the value may hold further `=` and may be empty.
pub(crate) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}
