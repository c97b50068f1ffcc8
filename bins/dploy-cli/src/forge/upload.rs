//! `forge upload`: packs manifests and uploads them.

use std::{path::PathBuf, time::Instant};

use clap::Args;
use serde::Serialize;

use super::{
    pack::{self, Packed},
    send::{self, Destination},
    state::{self, VersionInfo},
};
use crate::{
    error::Error,
    program::forge,
    releases::{Artifact, DraftRequest, context::Context, record::Draft},
    terminal::one_line,
};

/// Pack manifests and upload them.
///
/// Folders are searched for .yaml and .yml files and for what kustomizations refer to; their paths are kept. A file
/// that tells the origin is added. Where a key is known, the draft is renewed for exactly these bytes; where none is
/// known, the URL of the draft is used as it is.
#[derive(Args, Debug)]
pub(crate) struct Upload {
    /// Folders and files with the manifests; none where `init` has packed them
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The URL to upload to; where not given, the one that `init` got
    #[arg(long, value_name = "URL")]
    upload_url: Option<String>,
    /// Upload without checking the files
    #[arg(long)]
    no_validate: bool,
}

#[derive(Serialize)]
struct Uploaded {
    files: Vec<File>,
    artifact: Artifact,
}

#[derive(Serialize)]
struct File {
    path: String,
    size: usize,
}

impl Upload {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let info = VersionInfo::load()?;
        let packed = self.packed(info.as_ref())?;
        let destination = match (self.upload_url, info) {
            (Some(url), _) => Destination { url, headers: Default::default() },
            (None, Some(info)) => destination(context, info, &packed).await?,
            (None, None) => return Err(no_draft()),
        };
        let started = Instant::now();
        let artifact = packed.artifact;
        send::send(context.timeout(), &destination, packed.bytes).await?;

        let mut text = String::new();
        for (path, size) in &packed.files {
            text.push_str(&format!("✓ {} ({} KB)\n", one_line(path), kilobytes(*size as u64)));
        }
        text.push_str(&format!(
            "Uploaded {} files in an archive of {} KB in {:.1} s\n",
            packed.files.len(),
            kilobytes(artifact.size),
            started.elapsed().as_secs_f64()
        ));
        let files = packed.files.into_iter().map(|(path, size)| File { path, size }).collect();
        context.output.told(&text, &Uploaded { files, artifact })
    }

    fn packed(&self, info: Option<&VersionInfo>) -> Result<Packed, Error> {
        if self.paths.is_empty() {
            let bytes =
                state::packed_archive()?.ok_or_else(|| Error::usage("no PATH is given, and `init` packed none"))?;
            return Ok(Packed {
                artifact: super::archive::artifact(&bytes),
                files: super::archive::list(&bytes)?,
                bytes,
            });
        }
        let origin = info.and_then(|info| Some((info.version.as_str(), info.metadata.as_ref()?)));
        pack::pack(&self.paths, origin, !self.no_validate)
    }
}

/// Where the archive goes: to the draft's URL if that was given for these bytes, else to one that is, where a key is
/// known.
async fn destination(context: &Context, info: VersionInfo, packed: &Packed) -> Result<Destination, Error> {
    let kept = || -> Result<Destination, Error> {
        let url = state::upload_url()?.ok_or_else(no_draft)?;
        Ok(Destination { url, headers: info.upload_headers.clone() })
    };
    let unexpired = info
        .upload_expires
        .as_deref()
        .and_then(|time| time.parse::<jiff::Timestamp>().ok())
        .is_none_or(|time| jiff::Timestamp::now() < time);
    if info.artifact.as_ref() == Some(&packed.artifact) && unexpired {
        return kept();
    }
    let Some(metadata) = &info.metadata else { return kept() };
    let client = match context.client() {
        Ok(client) if client.knows_caller() => client,
        Ok(_) | Err(Error::NoServer { .. }) => return kept(),
        Err(error) => return Err(error),
    };
    let request = DraftRequest { version_id: &info.version, metadata, artifact: Some(&packed.artifact) };
    let draft: Draft = client.draft(&info.app_id, &request).await?;
    let destination = Destination { url: draft.upload_url.clone(), headers: draft.upload_headers.clone() };
    let archive = state::packed_archive()?.filter(|bytes| *bytes == packed.bytes);
    info.drafted(&draft, Some(packed.artifact.clone())).save(&draft.upload_url, archive.as_deref())?;
    Ok(destination)
}

fn no_draft() -> Error {
    Error::usage(format!("no draft is here: run `{}` first, or give --upload-url", forge("init")))
}

/// Kilobytes with one decimal, rounded up so that nothing is 0.
fn kilobytes(bytes: u64) -> String {
    let tenths = (bytes * 10).div_ceil(1024);
    format!("{}.{}", tenths / 10, tenths % 10)
}
