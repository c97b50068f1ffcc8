//! `forge validate` and `forge schema`: what can be said without a server.

use std::path::PathBuf;

use clap::Args;
use dploy_core::releases::service_file::{BuildInputs, json_schema};
use serde::Serialize;

use super::{build, check, files};
use crate::{error::Error, output, releases::context::Context};

/// Check manifests as the server does, or a simple service file.
#[derive(Args, Debug)]
pub(crate) struct Validate {
    /// Folders and files with the manifests
    #[arg(value_name = "PATH", required_unless_present = "file")]
    paths: Vec<PathBuf>,
    /// A service file
    #[arg(long, short, value_name = "FILE", conflicts_with = "paths")]
    file: Option<PathBuf>,
}

/// Print the JSON Schema of the simple service file.
#[derive(Args, Debug)]
pub(crate) struct Schema {}

#[derive(Serialize)]
struct Valid {
    valid: bool,
    files: Vec<String>,
}

impl Validate {
    pub(super) fn run(self, context: &Context) -> Result<(), Error> {
        let files = match self.file {
            Some(file) => {
                let service = build::read(&file)?;
                let files = service.build(&sample()).map_err(|problems| build::refused(&problems))?;
                files.into_iter().map(|file| file.path).collect()
            }
            None => {
                let manifests = check::files(&files::collect(&self.paths)?, None)?;
                manifests.files.into_iter().map(|path| path.to_string()).collect()
            }
        };
        let valid = Valid { valid: true, files };
        let text: String = valid.files.iter().map(|file| format!("✓ {file}\n")).collect();
        context.output.told(&text, &valid)
    }
}

/// What a service file is rendered with to check it: all that a pipeline may know.
fn sample() -> BuildInputs {
    let known = |text: &str| Some(text.to_owned());
    BuildInputs {
        version: "0.0.0".to_owned(),
        git_sha: known("0000000000000000000000000000000000000000"),
        git_branch: known("main"),
        build_number: known("0"),
    }
}

impl Schema {
    pub(super) fn run(self) -> Result<(), Error> {
        output::bytes(json_schema().as_bytes())
    }
}
