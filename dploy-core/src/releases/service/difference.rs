use futures::StreamExt;

use crate::releases::{
    access::{Action, Caller},
    application::{AppRef, Application},
    diff::{ObjectChange, ObjectSet, diff},
    error::Error,
    name::{TargetName, VersionId},
    ports::made,
    version::Version,
};

use super::{
    Releases,
    archive::{Loss, published_archive},
};

/// What a version is compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Against {
    /// Another version.
    Version(VersionId),
    /// What runs at a target; nothing where nothing does.
    Target(TargetName),
}

impl Releases {
    /// What a published version changes against another, or against what runs, object by object; needs `read`.
    ///
    /// # Errors
    /// [`Error::InvalidStatus`] for a version that is not published; [`Error::Integrity`]; [`Error::Invalid`] for a target that
    /// is not declared; [`Error::NotFound`], [`Error::Forbidden`], and where records or artifacts do not answer.
    pub async fn diff(
        &self,
        caller: &Caller,
        app: &AppRef,
        from: &Against,
        to: &VersionId,
    ) -> Result<Vec<ObjectChange>, Error> {
        let application = self.permitted(caller, app, Action::Read, "version.diff").await?;
        let to = self.known_version(&application, to).await?;
        let from = match from {
            Against::Version(version) => Some(self.known_version(&application, version).await?),
            Against::Target(target) => self.at_target(&application, target).await?,
        };
        let _one_at_a_time = self.reading.lock().await;
        let old = match &from {
            Some(from) => self.objects(from).await?,
            None => ObjectSet::default(),
        };
        let new = self.objects(&to).await?;
        made(&*self.parts.archives, move || diff(&old, &new)).await.map_err(Error::Archive)
    }

    async fn at_target(&self, application: &Application, target: &TargetName) -> Result<Option<Version>, Error> {
        self.declared("environment", target).await?;
        let stands = self.stands(&application.id).await?.into_iter().find(|stands| stands.target == *target);
        match stands.and_then(|stands| stands.current) {
            Some(current) => Ok(self.parts.records.find_version(&application.id, &current.version).await?),
            None => Ok(None),
        }
    }

    /// The objects of a published version.
    async fn objects(&self, version: &Version) -> Result<ObjectSet, Error> {
        let Some(publication) = &version.published else {
            return Err(Error::InvalidStatus(format!(
                "version \"{}\" is a draft and has no objects yet",
                version.version
            )));
        };
        let archive = match published_archive(&*self.parts.artifacts, version, publication).await {
            Ok(archive) => archive,
            Err(Loss::Artifact(error)) => return Err(error.into()),
            Err(Loss::Integrity) => return Err(Error::Integrity(version.version.to_string())),
            Err(Loss::Key(error)) => return Err(error),
        };
        let (mut read, mut files) = (self.parts.archives.read(archive), Vec::new());
        while let Some(file) = read.next().await {
            let file = file.map_err(Error::Archive)?;
            if publication.files.iter().any(|path| path == file.path.as_str()) {
                files.push((file.path.to_string(), file.bytes));
            }
        }
        let read = made(&*self.parts.archives, || ObjectSet::read(files)).await.map_err(Error::Archive)?;
        read.map_err(|error| Error::Internal(Box::new(error)))
    }
}
