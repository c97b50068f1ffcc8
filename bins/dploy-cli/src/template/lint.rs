//! `dploy template lint`.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use clap::Args;

use crate::{
    cli::Global,
    error::Error,
    template::{
        check::{Checked, Problem, check},
        sample::SampleArgs,
        source::Source,
    },
};

/// The columns of a checked template in a table.
const COLUMNS: &[&str] = &["file", "template", "valid", "claims", "parameters"];

/// Check templates without a cluster: their fields, their texts, and a render with sample data.
#[derive(Args, Debug)]
pub(crate) struct Lint {
    /// Files with DployTemplate objects; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    sample: SampleArgs,
}

impl Lint {
    pub(super) fn run(self, global: &Global) -> Result<(), Error> {
        let mut all = Vec::new();
        for path in &self.files {
            all.extend(self.file(&path.display().to_string(), Source::read(path)?)?);
        }
        global.output().list(&all, COLUMNS)?;
        report(&all);
        match all.iter().filter(|checked| !checked.valid).count() {
            0 => Ok(()),
            count => Err(Error::Findings { count, total: all.len() }),
        }
    }

    fn file(&self, file: &str, source: Source) -> Result<Vec<Checked>, Error> {
        let settings = self.sample.settings(source.config.as_ref())?;
        let mut all: Vec<_> =
            source.templates.iter().map(|declared| check(file, declared, &settings, &self.sample)).collect();
        let mut faults = source.faults;
        if all.is_empty() && faults.is_empty() {
            faults.push("holds no DployTemplate".to_owned());
        }
        all.extend(faults.into_iter().map(|fault| Checked {
            file: file.to_owned(),
            problems: vec![Problem::new("", fault)],
            ..Checked::default()
        }));
        Ok(all)
    }
}

/// Says on standard error what is wrong where, with carets.
fn report(all: &[Checked]) {
    let mut err = io::stderr().lock();
    for checked in all {
        let place = [&*checked.file, &*checked.template].into_iter().filter(|part| !part.is_empty());
        let place = place.collect::<Vec<_>>().join(": ");
        // What cannot be written here is in the data and in the exit code too.
        for problem in &checked.problems {
            let _ = writeln!(err, "{place}: {}", problem.report);
        }
        if checked.dynamic_claims {
            let _ = writeln!(err, "{place}: warning: reads claims by computed names; list them in `claims`");
        }
    }
}
