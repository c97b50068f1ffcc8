//! `dploy env extend`.

use clap::Args;

use crate::{cli::Global, env::Target, error::Error};

/// Let an environment live longer, by the time its template grants.
#[derive(Args, Debug)]
pub(crate) struct Extend {
    #[command(flatten)]
    target: Target,
}

impl Extend {
    pub(super) async fn run(self, global: &Global) -> Result<(), Error> {
        let extended = global.client()?.extend(&self.target.into_ref()).await?;
        global.output().one(&extended, &["name", "expiresAt"])
    }
}
