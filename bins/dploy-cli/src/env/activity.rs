//! `dploy env activity`.

use clap::Args;

use crate::{
    cli::Global,
    env::{Target, record::Used},
    error::Error,
};

/// Say that an environment is being used, so that it does not end as idle.
#[derive(Args, Debug)]
pub(crate) struct Activity {
    #[command(flatten)]
    target: Target,
}

impl Activity {
    pub(super) async fn run(self, global: &Global) -> Result<(), Error> {
        let (client, environment) = (global.client()?, self.target.into_ref());
        let idle_expires_at = client.note_activity(&environment).await?;
        global.output().one(&Used { name: environment.name, idle_expires_at }, &["name", "idleExpiresAt"])
    }
}
