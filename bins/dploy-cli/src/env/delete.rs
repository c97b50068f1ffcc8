//! `dploy env delete`.

use clap::Args;

use crate::{
    cli::Global,
    env::{
        Target,
        record::Released,
        wait::{self, WaitArgs},
    },
    error::Error,
};

/// Release an environment.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    wait: WaitArgs,
}

impl Delete {
    pub(super) async fn run(self, global: &Global) -> Result<(), Error> {
        let (client, environment) = (global.client()?, self.target.into_ref());
        client.delete(&environment).await?;
        let status = match self.wait.limit() {
            None => "Deleting",
            Some(limit) => wait::until_gone(&client, &environment, limit).await.map(|()| "Deleted")?,
        };
        global.output().one(&Released { name: environment.name, status }, &["name", "status"])
    }
}
