//! `dploy admin`: what administrators of environments do.

use clap::{Args, Subcommand};
use dploy_core::name::is_subdomain;
use reqwest::Method;

use crate::{cli::Global, env::template_name, error::Error};

mod orphans;
mod record;

use record::{COLUMNS, Environments, Marks, Released, TEMPLATE_COLUMNS, Templates};

/// Look after everybody's environments, and after templates.
#[derive(Subcommand, Debug)]
pub(crate) enum Admin {
    /// List everybody's environments
    #[command(visible_alias = "ls")]
    List,
    /// Let an environment live longer, whoever owns it
    Extend(Environment),
    /// Release an environment, whoever owns it
    Release(Environment),
    /// List every template with what administrators have set on it, and its pool
    Templates,
    /// Refuse new environments of a template; those that stand go on
    Cordon(Template),
    /// Allow new environments of a template again
    Uncordon(Template),
    /// Remove the free members of a template's pool and make no new ones; claimed ones go on
    Drain(Template),
    /// Let a template's pool fill again
    Undrain(Template),
    /// List what belongs to no instance, by asking the cluster itself
    Orphans(orphans::Orphans),
}

/// Which environment is meant.
#[derive(Args, Debug)]
pub(crate) struct Environment {
    /// Id of the environment, as `dploy admin list` shows it
    #[arg(value_name = "ID", value_parser = id)]
    id: String,
}

/// Which template is meant.
#[derive(Args, Debug)]
pub(crate) struct Template {
    /// Name of the template
    #[arg(value_name = "TEMPLATE", value_parser = template_name)]
    name: String,
}

impl Admin {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Error> {
        match self {
            Self::List => list(global).await,
            Self::Extend(environment) => extend(global, &environment.id).await,
            Self::Release(environment) => release(global, &environment.id).await,
            Self::Templates => templates(global).await,
            Self::Cordon(template) => mark(global, &template.name, "cordon").await,
            Self::Uncordon(template) => mark(global, &template.name, "uncordon").await,
            Self::Drain(template) => mark(global, &template.name, "drain").await,
            Self::Orphans(orphans) => orphans.run(global).await,
            Self::Undrain(template) => mark(global, &template.name, "undrain").await,
        }
    }
}

async fn list(global: &Global) -> Result<(), Error> {
    let client = global.client()?;
    let found: Environments =
        client.json(client.authorised(Method::GET, &["api", "v1", "admin", "environments"])?).await?;
    global.output().list(&found.environments, COLUMNS)
}

async fn templates(global: &Global) -> Result<(), Error> {
    let client = global.client()?;
    let found: Templates = client.json(client.authorised(Method::GET, &["api", "v1", "admin", "templates"])?).await?;
    global.output().list(&found.templates, TEMPLATE_COLUMNS)
}

async fn extend(global: &Global, id: &str) -> Result<(), Error> {
    let client = global.client()?;
    let path = ["api", "v1", "admin", "environments", id, "extend"];
    let extended: record::Environment = client.json(client.authorised(Method::POST, &path)?).await?;
    global.output().one(&extended, &["id", "expiresAt"])
}

async fn release(global: &Global, id: &str) -> Result<(), Error> {
    let client = global.client()?;
    client.send(client.authorised(Method::DELETE, &["api", "v1", "admin", "environments", id])?).await?;
    global.output().one(&Released { id: id.to_owned(), phase: "Deleting" }, &["id", "phase"])
}

async fn mark(global: &Global, template: &str, verb: &str) -> Result<(), Error> {
    let client = global.client()?;
    let path = ["api", "v1", "admin", "templates", template, verb];
    let marks: Marks = client.json(client.authorised(Method::POST, &path)?).await?;
    global.output().one(&marks, &["name", "cordoned", "drained"])
}

fn id(text: &str) -> Result<String, String> {
    if is_subdomain(text) {
        return Ok(text.to_owned());
    }
    Err("an environment's id is lower-case letters, digits, `-` and `.`, at most 253".to_owned())
}
