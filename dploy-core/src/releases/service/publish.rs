use std::sync::Arc;

use futures::StreamExt;
use serde_json::json;

use crate::{
    artifact::{ArtifactError, ExactBytes},
    releases::{
        access::{Action, Caller},
        application::{AppRef, Application},
        deployment::Deployment,
        error::Error,
        manifest::{Checker, Manifests},
        name::VersionId,
        plan::publish::{Held, Triggered, triggered},
        ports::{ArchiveError, PublicationRecord, RecordError, made},
        version::{Publication, Version},
    },
};

use super::{
    Releases,
    archive::{draft_key, published_key},
    draft::published,
};

/// Bytes of a file that are checked faster than another thread takes over.
const AT_ONCE: usize = 16 << 10;

/// A version that was published, and what that triggered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Published {
    /// The version.
    pub version: Version,
    /// The deployments that policies asked for.
    pub deployments: Vec<Deployment>,
    /// Policies that match and whose targets are on hold.
    pub held: Vec<Held>,
}

impl Releases {
    /// Publishes a draft: checks its archive, keeps exactly the checked bytes, and queues what policies ask for; needs
    /// `publish`. Whatever interrupts it, it can be repeated; of parallel calls one succeeds.
    ///
    /// # Errors
    /// [`Error::Conflict`] where it is published already; [`Error::NothingUploaded`], [`Error::OtherUpload`],
    /// [`Error::Archive`], [`Error::Manifests`] for its archive; [`Error::NotFound`], [`Error::Forbidden`], and where records or
    /// artifacts do not answer.
    pub async fn publish(&self, caller: &Caller, app: &AppRef, version: &VersionId) -> Result<Published, Error> {
        let application = self.permitted(caller, app, Action::Publish, "version.publish").await?;
        let version = self.known_version(&application, version).await?;
        if version.published.is_some() {
            return Err(published(&version));
        }
        let accepted = self.accepted(&application, &version).await;
        // Whoever publishes removes the upload: a parallel call may have been first.
        let gone = matches!(accepted, Err(Error::NothingUploaded(_)));
        if gone && self.known_version(&application, &version.version).await?.published.is_some() {
            return Err(published(&version));
        }
        let publication = accepted?;
        let triggered = self.triggered(&application, &version).await?;
        let done = self.record(caller, version, publication, triggered).await?;
        // What is left of the draft is the janitor's if this fails.
        if let Err(error) = self.parts.artifacts.remove(&draft_key(&done.version)?).await {
            tracing::warn!(version.id = done.version.id, error = &error as &dyn std::error::Error, "draft not removed");
        }
        Ok(done)
    }

    /// Reads the upload, checks it, and stores it among the published archives.
    async fn accepted(&self, application: &Application, version: &Version) -> Result<Publication, Error> {
        let _one_at_a_time = self.reading.lock().await;
        let bytes = self.uploaded(version).await?;
        let manifests = self.checked(application, version, bytes.clone()).await?;
        let archive = ExactBytes::of(&bytes);
        self.parts.artifacts.put(&published_key(version, &archive)?, bytes).await?;
        let files = manifests.files.iter().map(ToString::to_string).collect();
        let resources = manifests.has_kustomization.is_none().then_some(manifests.resources);
        Ok(Publication { at: self.parts.clock.now(), archive, files, resources })
    }

    async fn uploaded(&self, version: &Version) -> Result<Arc<[u8]>, Error> {
        let limit = self.options.archive_limit;
        let bytes = match self.parts.artifacts.get(&draft_key(version)?, limit).await {
            Err(ArtifactError::NotFound) => return Err(Error::NothingUploaded(version.version.to_string())),
            Err(ArtifactError::TooLarge(_)) => {
                return Err(Error::Archive(ArchiveError::TooLarge { what: "packed size in bytes".to_owned(), limit }));
            }
            other => other?,
        };
        let found = ExactBytes::of(&bytes);
        match &version.exact {
            Some(exact) if *exact != found => Err(Error::OtherUpload(format!(
                "it has {} bytes and the SHA-256 {}, where {} bytes and {} were drafted",
                found.size, found.sha256, exact.size, exact.sha256
            ))),
            _ => Ok(bytes),
        }
    }

    async fn checked(
        &self,
        application: &Application,
        version: &Version,
        packed: Arc<[u8]>,
    ) -> Result<Manifests, Error> {
        let mut checker = Checker::new(application.rules.clone(), &version.metadata, version.version.as_str());
        let mut files = self.parts.archives.read(packed);
        while let Some(file) = files.next().await {
            let file = file.map_err(Error::Archive)?;
            if file.bytes.len() < AT_ONCE {
                checker.file(&file);
                continue;
            }
            let checked = move || {
                checker.file(&file);
                checker
            };
            checker = made(&*self.parts.archives, checked).await.map_err(Error::Archive)?;
        }
        made(&*self.parts.archives, || checker.finish()).await.map_err(Error::Archive)?.map_err(Error::Manifests)
    }

    async fn triggered(&self, application: &Application, version: &Version) -> Result<Triggered, Error> {
        let policies = self.parts.records.list_policies(&application.id).await?;
        let stands = self.stands(&application.id).await?;
        Ok(triggered(version, &policies, &stands, self.parts.clock.now(), || self.id()))
    }

    async fn record(
        &self,
        caller: &Caller,
        version: Version,
        publication: Publication,
        triggered: Triggered,
    ) -> Result<Published, Error> {
        let deployments: Vec<_> = triggered.deployments.iter().map(|deployment| &deployment.id).collect();
        let detail = json!({ "sha256": publication.archive.sha256, "deployments": deployments });
        let object = format!("version/{}", version.version);
        let event = self.event_of(caller, &version.app, "version.publish", object, detail.into());
        let id = version.id.clone();
        let record = PublicationRecord { id, publication, deployments: triggered.deployments };
        let deployments = match self.parts.records.publish(&record, &event).await {
            Err(RecordError::Conflict) => return Err(published(&version)),
            other => other?,
        };
        let version = Version { published: Some(record.publication), ..version };
        Ok(Published { version, deployments, held: triggered.held })
    }
}
