//! `dploy template get`.

use clap::Args;

use crate::{cli::Global, error::Error, template::record::COLUMNS};

/// Show one template of the catalog; needs no token.
#[derive(Args, Debug)]
pub(crate) struct Get {
    /// Name of the template
    name: String,
}

impl Get {
    pub(super) async fn run(self, global: &Global) -> Result<(), Error> {
        let templates = global.client()?.templates().await?;
        let found = templates.into_iter().find(|template| template.name == self.name);
        global.output().one(&found.ok_or(Error::TemplateNotFound(self.name))?, COLUMNS)
    }
}
