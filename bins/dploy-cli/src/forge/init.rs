//! `forge init`: drafts a version.

use std::path::PathBuf;

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::{
    origin::{self, OriginArgs},
    pack,
    state::{Binding, VersionInfo},
};
use crate::{
    completion,
    error::Error,
    program::forge,
    releases::{
        Artifact, DraftRequest, application,
        context::Context,
        record::{Draft, Metadata},
    },
};

/// Draft a version and get a URL to upload its manifests to.
///
/// The version's origin is told by options, then by the variables of the build pipeline, then by git. Where PATH is
/// given, its files are checked and packed now, so that the URL is good for these bytes only; `upload` then needs no
/// PATH.
#[derive(Args, Debug)]
#[command(disable_version_flag = true)]
pub(crate) struct Init {
    /// Folders and files with the manifests
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Name or id of the application; where not given, the one that the folder is bound to
    #[arg(long, value_name = "APP", value_parser = application::app)]
    #[arg(add = ArgValueCompleter::new(completion::applications))]
    app: Option<String>,
    /// Id of the version [default: the short commit, and `-` and the number of the build where that is known]
    #[arg(long, value_name = "VERSION", value_parser = application::version)]
    version: Option<String>,
    #[command(flatten)]
    origin: OriginArgs,
    /// Pack the files without checking them
    #[arg(long, requires = "paths")]
    no_validate: bool,
}

impl Init {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let metadata = self.origin.metadata(jiff::Timestamp::now().to_string());
        let version = match self.version {
            Some(version) => version,
            None => default_id(&metadata)?,
        };
        let client = context.client()?;
        let (app, app_id) = match (self.app, Binding::load()?) {
            (None, Some(binding)) => (binding.app_name, binding.app_id),
            (None, None) => return Err(Error::NoApplication),
            (Some(app), _) => {
                let application = client.application(&app).await?;
                (application.name, application.id)
            }
        };
        let packed = match self.paths.as_slice() {
            [] => None,
            paths => Some(pack::pack(paths, Some((&version, &metadata)), !self.no_validate)?),
        };
        let artifact: Option<Artifact> = packed.as_ref().map(|packed| packed.artifact.clone());
        let request = DraftRequest { version_id: &version, metadata: &metadata, artifact: artifact.as_ref() };
        let draft: Draft = client.draft(&app_id, &request).await?;
        let info = VersionInfo {
            app,
            app_id,
            version,
            metadata: Some(metadata),
            upload_expires: None,
            upload_headers: Default::default(),
            artifact: None,
        };
        let bytes = packed.as_ref().map(|packed| packed.bytes.as_slice());
        info.drafted(&draft, artifact).save(&draft.upload_url, bytes)?;
        context.output.or_json().value(&draft)
    }
}

fn default_id(metadata: &Metadata) -> Result<String, Error> {
    let unknown = || Error::usage(format!("the commit is not known: give `{}`", forge("init --version VERSION")));
    let id = origin::version_id(metadata).ok_or_else(unknown)?;
    application::version(&id)
        .map_err(|accepted| Error::usage(format!("--version is needed, as {id} is no id: {accepted}")))
}
