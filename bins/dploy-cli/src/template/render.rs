//! `dploy template render`.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use clap::Args;
use dploy_core::environments::{
    rendering::{RenderError, Rendered, Renderer},
    settings::Revision,
};
use dploy_k8s::environments::convert;

use crate::{
    cli::Global,
    error::Error,
    template::{
        objects,
        sample::{Sample, SampleArgs},
        source::{Declared, Source},
    },
};

/// Show what a template becomes: Namespace, source and release of one environment, made with sample data.
#[derive(Args, Debug)]
pub(crate) struct Render {
    /// File with one DployTemplate; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    sample: SampleArgs,
    /// Namespace that templates and instances live in
    #[arg(long, value_name = "NAMESPACE", default_value = "dploy-system")]
    namespace: String,
    /// Show the Helm values alone
    #[arg(long)]
    values_only: bool,
}

impl Render {
    pub(super) async fn run(self, global: &Global) -> Result<(), Error> {
        let mut source = Source::read(&self.file)?;
        let settings = self.sample.settings(source.config.as_ref())?;
        let declared = only(&mut source, &self.file)?;
        let template = convert::template(&declared.object).map_err(|refusal| self.fault(&refusal.message))?;
        let sample = self.sample.instance(&template, &settings).map_err(Error::usage)?;
        let revision = Revision { name: template.name.clone(), template, settings };
        let rendered = Renderer::new(revision.clone().into()).and_then(|renderer| renderer.render(&sample.subject));
        let rendered = rendered.map_err(|failed| self.failure(&failed))?;
        tell(&sample, &rendered);

        let output = global.output().or_yaml();
        if self.values_only {
            return output.value(&rendered.values.unwrap_or_default());
        }
        output.documents(&objects::of(&self.namespace, revision, &sample.subject, rendered).await?)
    }

    fn fault(&self, message: &str) -> Error {
        Error::Render(format!("{}: {message}", self.file.display()))
    }

    /// The report with its caret goes first, the sentence with the reason ends the command.
    fn failure(&self, failed: &RenderError) -> Error {
        let _ = writeln!(io::stderr(), "{}: {}", self.file.display(), failed.error.report());
        self.fault(failed.reason)
    }
}

fn only(source: &mut Source, file: &Path) -> Result<Declared, Error> {
    if let Some(fault) = source.faults.first() {
        return Err(Error::Render(format!("{}: {fault}", file.display())));
    }
    match (source.templates.pop(), source.templates.len()) {
        (Some(declared), 0) => Ok(declared),
        (found, others) => {
            let count = others + usize::from(found.is_some());
            Err(Error::usage(format!("{} holds {count} templates, expected one", file.display())))
        }
    }
}

/// Says on standard error what was made up, and how the environment would be reached.
fn tell(sample: &Sample, rendered: &Rendered) {
    let mut err = io::stderr().lock();
    // These lines explain the data; that they cannot be written is no reason not to show it.
    for note in &sample.notes {
        let _ = writeln!(err, "note: {note}");
    }
    let connection = &rendered.connection;
    let _ = writeln!(err, "url: {}", crate::terminal::one_line(&connection.url));
    if !connection.message.is_empty() {
        let _ = writeln!(err, "message: {}", crate::terminal::lines(&connection.message).trim_end());
    }
}
