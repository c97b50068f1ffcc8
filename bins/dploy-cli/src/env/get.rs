//! `dploy env get`.

use clap::Args;

use crate::{
    cli::Global,
    env::{Target, show},
    error::Error,
};

/// Show how an environment stands.
#[derive(Args, Debug)]
pub(crate) struct Get {
    #[command(flatten)]
    target: Target,
}

impl Get {
    pub(super) async fn run(self, global: &Global) -> Result<(), Error> {
        let environment = global.client()?.status(&self.target.into_ref()).await?;
        show(global.output(), &environment)
    }
}
