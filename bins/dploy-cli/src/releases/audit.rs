//! `audit`: who did what.

use clap::Args;

use super::{api::AuditFilter, application, context::Context, record::columns};
use crate::error::Error;

/// List who did what, newest first.
#[derive(Args, Debug)]
pub(crate) struct Audit {
    /// Only what is about this application
    #[arg(long, value_name = "APP", value_parser = application::app)]
    app: Option<String>,
    /// Only what this actor did
    #[arg(long)]
    actor: Option<String>,
    /// Only this action, e.g. `version.publish`
    #[arg(long)]
    action: Option<String>,
    /// Only from then on (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<jiff::Timestamp>,
    /// The most events that are listed; 0 lists all
    #[arg(long, default_value_t = 50, value_name = "NUMBER")]
    limit: usize,
}

impl Audit {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let Self { app, actor, action, since, limit } = self;
        let since = since.map(|time| time.to_string());
        let filter = AuditFilter { app, actor, action, since, limit: (limit > 0).then_some(limit) };
        context.output.list(&context.client()?.audit(&filter).await?, columns::AUDIT)
    }
}
