//! `diff`: the objects that a deployment would change.

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::{
    application::{self, AppArgs},
    context::Context,
    record::Change,
};
use crate::{completion, error::Error};

/// Show what a deployment would change.
///
/// The version --to is compared with the version --from, or with what the target --env runs.
#[derive(Args, Debug)]
pub(crate) struct Diff {
    #[command(flatten)]
    app: AppArgs,
    /// The version to compare with
    #[arg(long, value_name = "VERSION", value_parser = application::version, required_unless_present = "env")]
    #[arg(conflicts_with = "env")]
    from: Option<String>,
    /// The target to compare with
    #[arg(long, visible_alias = "environment", value_name = "TARGET", value_parser = application::target)]
    #[arg(add = ArgValueCompleter::new(completion::targets))]
    env: Option<String>,
    /// The version that would be deployed
    #[arg(long, value_name = "VERSION", value_parser = application::version)]
    to: String,
}

impl Diff {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let app = self.app.resolve()?;
        let base = match (&self.from, &self.env) {
            (Some(version), _) => ("from", version.as_str()),
            (None, target) => ("target", target.as_deref().unwrap_or_default()),
        };
        let changes = context.client()?.diff(&app, &[base, ("to", &self.to)]).await?;
        context.output.told(&text(&changes), &changes)
    }
}

/// A heading and the lines that differ, for each object.
fn text(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "no object differs\n".to_owned();
    }
    let mut text = String::new();
    for change in changes {
        let Change { api_version, kind, name, change: what, text: lines, .. } = change;
        let place = change.namespace.as_deref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
        text.push_str(&format!("{what} {api_version} {kind} {place}{name}\n"));
        if !lines.is_empty() {
            text.push_str(lines.trim_end());
            text.push('\n');
        }
    }
    text
}
