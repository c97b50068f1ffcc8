//! `dploy template list`.

use clap::Args;

use crate::{cli::Global, error::Error, template::record::COLUMNS};

/// List what can be asked for; needs no token.
#[derive(Args, Debug)]
pub(crate) struct List {}

impl List {
    pub(super) async fn run(self, global: &Global) -> Result<(), Error> {
        let templates = global.client()?.templates().await?;
        global.output().list(&templates, COLUMNS)
    }
}
