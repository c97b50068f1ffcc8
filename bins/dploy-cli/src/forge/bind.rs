//! `forge app-bind`: binds a folder to an application.

use clap::Args;
use clap_complete::ArgValueCompleter;
use serde::Serialize;

use super::state::Binding;
use crate::{
    completion,
    error::Error,
    releases::{application, context::Context},
};

/// Bind the folder to an application; the file is meant to be committed.
#[derive(Args, Debug)]
pub(crate) struct AppBind {
    /// Name or id of the application
    #[arg(long, value_name = "APP", value_parser = application::app)]
    #[arg(add = ArgValueCompleter::new(completion::applications))]
    app: String,
}

#[derive(Serialize)]
struct Bound {
    #[serde(flatten)]
    binding: Binding,
    file: String,
}

impl AppBind {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let application = context.client()?.application(&self.app).await?;
        let binding = Binding { app_id: application.id, app_name: application.name };
        let file = binding.save()?.display().to_string();
        context.output.one(&Bound { binding, file }, &["appName", "appId", "file"])
    }
}
