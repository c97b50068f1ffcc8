//! `dploy template`: what can be asked for, and templates offline.

use clap::Subcommand;

use crate::{cli::Global, error::Error};

mod check;
mod data;
mod eval;
mod get;
mod lint;
mod list;
mod objects;
pub(crate) mod record;
mod recorder;
mod render;
mod sample;
mod schema;
mod source;

/// Look at what can be asked for; check and render templates offline.
#[derive(Subcommand, Debug)]
pub(crate) enum Template {
    /// List what can be asked for
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Show one template of the catalog
    Get(get::Get),
    /// Check templates in files
    Lint(lint::Lint),
    /// Show what a template in a file becomes
    Render(render::Render),
    /// Render any text with Go's text/template and sprig's functions
    Eval(eval::Eval),
}

impl Template {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Error> {
        match self {
            Self::List(list) => list.run(global).await,
            Self::Get(get) => get.run(global).await,
            Self::Lint(lint) => lint.run(global),
            Self::Render(render) => render.run(global).await,
            Self::Eval(eval) => eval.run(),
        }
    }
}
