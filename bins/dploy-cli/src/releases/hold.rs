//! `hold` and `resume`: whether policies deploy to a target.

use clap::Args;
use clap_complete::ArgValueCompleter;
use serde::Serialize;

use super::{
    application::{self, AppArgs},
    context::Context,
};
use crate::{completion, error::Error};

/// Make policies leave a target alone.
#[derive(Args, Debug)]
pub(crate) struct Hold {
    #[command(flatten)]
    place: Place,
    /// Why
    #[arg(long)]
    reason: String,
}

/// Let policies deploy to a target again.
#[derive(Args, Debug)]
pub(crate) struct Resume {
    #[command(flatten)]
    place: Place,
}

#[derive(Args, Debug)]
struct Place {
    #[command(flatten)]
    app: AppArgs,
    /// The target
    #[arg(long, visible_alias = "environment", value_name = "TARGET", value_parser = application::target)]
    #[arg(add = ArgValueCompleter::new(completion::targets))]
    env: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Held {
    app: String,
    environment: String,
    held: bool,
    reason: Option<String>,
}

const COLUMNS: &[&str] = &["app", "environment", "held", "reason"];

impl Hold {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (app, environment) = (self.place.app.resolve()?, self.place.env);
        context.client()?.hold(&app, &environment, &self.reason).await?;
        context.output.one(&Held { app, environment, held: true, reason: Some(self.reason) }, COLUMNS)
    }
}

impl Resume {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (app, environment) = (self.place.app.resolve()?, self.place.env);
        context.client()?.resume(&app, &environment).await?;
        context.output.one(&Held { app, environment, held: false, reason: None }, COLUMNS)
    }
}
