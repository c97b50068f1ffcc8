//! `forge build`: manifests of the simple service file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use dploy_core::releases::service_file::{BuildInputs, GeneratedFile, Problems, ServiceFile};
use serde::Serialize;

use super::origin::{self, OriginArgs, UNKNOWN};
use crate::{
    error::Error,
    output,
    releases::{application, context::Context},
};

/// Make manifests of a simple service file.
///
/// The same file and the same origin give the same bytes. The origin is found as for `init`. Here -o is short for
/// --folder.
#[derive(Args, Debug)]
#[command(disable_version_flag = true)]
pub(crate) struct Build {
    /// The service file
    #[arg(long, short, value_name = "FILE", default_value = "service.yaml")]
    file: PathBuf,
    /// The folder that the manifests are written to; short -o
    #[arg(long, value_name = "FOLDER", required_unless_present = "dry_run")]
    folder: Option<PathBuf>,
    /// Print the manifests instead of writing them
    #[arg(long)]
    dry_run: bool,
    /// Id of the version, for templates [default: as for `init`]
    #[arg(long, value_name = "VERSION", value_parser = application::version)]
    version: Option<String>,
    #[command(flatten)]
    origin: OriginArgs,
}

#[derive(Serialize)]
struct Written {
    files: Vec<String>,
}

impl Build {
    pub(super) fn run(self, context: &Context) -> Result<(), Error> {
        let service = read(&self.file)?;
        let files = service.build(&inputs(self.version, self.origin)).map_err(|problems| refused(&problems))?;
        match self.folder {
            Some(folder) if !self.dry_run => {
                let files = files.iter().map(|file| write(&folder, file)).collect::<Result<Vec<_>, _>>()?;
                let text = files.iter().map(|file| format!("✓ {file}\n")).collect::<String>();
                context.output.told(&text, &Written { files })
            }
            _ => print(context, &files),
        }
    }
}

/// The service file at `path`.
///
/// # Errors
/// It cannot be read; or all that is wrong with it, with line and column.
pub(super) fn read(path: &Path) -> Result<ServiceFile, Error> {
    let failed = |source| Error::File { action: "read", path: path.to_owned(), source };
    let text = fs::read(path).map_err(failed)?;
    ServiceFile::parse(&text, &path.display().to_string()).map_err(|problems| refused(&problems))
}

/// What a build of that origin is made from; `dev` is the version where nothing tells one.
fn inputs(version: Option<String>, origin: OriginArgs) -> BuildInputs {
    let metadata = origin.metadata(String::new());
    let version = version.or_else(|| origin::version_id(&metadata)).unwrap_or_else(|| "dev".to_owned());
    let known = |text: String| Some(text).filter(|text| text != UNKNOWN);
    BuildInputs {
        version,
        git_sha: known(metadata.git_sha),
        git_branch: known(metadata.git_branch),
        build_number: metadata.build_number,
    }
}

/// The error that tells what is wrong with a service file.
pub(super) fn refused(problems: &Problems) -> Error {
    Error::Files(problems.iter().map(ToString::to_string).collect())
}

fn write(folder: &Path, file: &GeneratedFile) -> Result<String, Error> {
    let path = folder.join(&file.path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, &file.text));
    written.map_err(|source| Error::File { action: "write", path: path.clone(), source })?;
    Ok(path.display().to_string())
}

fn print(context: &Context, files: &[GeneratedFile]) -> Result<(), Error> {
    if context.output.is_table() {
        let texts: Vec<_> = files.iter().map(|file| format!("# {}\n{}", file.path, file.text)).collect();
        return output::bytes(texts.join("---\n").as_bytes());
    }
    let parse = |file: &GeneratedFile| yaml_serde::from_str::<serde_json::Value>(&file.text);
    let objects: Result<Vec<_>, _> = files.iter().map(parse).collect();
    let objects = objects.map_err(|cause| Error::Output(std::io::Error::other(cause)))?;
    context.output.documents(&objects)
}
