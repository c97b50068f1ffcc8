use std::{collections::BTreeSet, sync::Arc};

use futures::{StreamExt, stream, stream::BoxStream};

use crate::releases::{
    deployment::Deployment,
    file::{ArchiveFile, FilePath},
    name::BranchName,
    plan::{kustomization::app_kustomization, message::CommitMessage, outcome::Failure},
    ports::{ArchiveError, Change, Folder, RecordError},
    service::{Loss, published_archive},
    version::{Publication, Version},
};

use super::{Deployer, pass::Pass};

/// A deployment that only has to be pushed.
pub(super) struct Prepared {
    pub(super) deployment: Deployment,
    pub(super) branch: Option<BranchName>,
    pub(super) change: Change,
}

impl Deployer {
    /// Makes the change that the deployment is. The outer error is of the records, the inner one the deployment's.
    pub(super) async fn prepare(
        &self,
        pass: &Pass<'_>,
        deployment: &Deployment,
    ) -> Result<Result<Prepared, Failure>, RecordError> {
        let Some(target) = pass.targets.get(&deployment.target) else { return Ok(Err(Failure::NoTarget)) };
        let (folder, message) = match deployment.removes() {
            true => (None, CommitMessage::of(deployment, None)),
            false => match self.folder(pass, deployment).await? {
                Ok((folder, sha)) => (Some(folder), CommitMessage::of(deployment, Some(&sha))),
                Err(failure) => return Ok(Err(failure)),
            },
        };
        let (parent, app) = (target.folder.to_string(), deployment.app.clone());
        let change = Change { parent, app, folder, message, at: self.now() };
        Ok(Ok(Prepared { deployment: deployment.clone(), branch: target.branch.clone(), change }))
    }

    /// The deployment's files as a folder of the clone, and the commit that they were made of.
    async fn folder(
        &self,
        pass: &Pass<'_>,
        deployment: &Deployment,
    ) -> Result<Result<(Folder, String), Failure>, RecordError> {
        let version = self.parts.records.find_version(&deployment.app_id, &deployment.version).await?;
        let (version, files) = match self.files(version).await {
            Ok(found) => found,
            Err(failure) => return Ok(Err(failure)),
        };
        self.renew(pass.lease).await?;
        let folder = pass.repository.store(files).await;
        Ok(folder.map(|folder| (folder, version.metadata.git_sha)).map_err(Failure::from))
    }

    /// The files that a version's folder holds.
    async fn files(
        &self,
        version: Option<Version>,
    ) -> Result<(Version, BoxStream<'static, Result<ArchiveFile, ArchiveError>>), Failure> {
        let version = version.ok_or_else(|| Failure::Version("it is gone".to_owned()))?;
        if let Some(rejection) = &version.rejection {
            return Err(Failure::Version(format!("it was rejected: {}", rejection.reason)));
        }
        let publication = version.published.as_ref().ok_or_else(|| Failure::Version("it is a draft".to_owned()))?;
        let archive = match published_archive(&*self.parts.artifacts, &version, publication).await {
            Ok(archive) => archive,
            Err(Loss::Artifact(error)) => return Err(error.into()),
            Err(Loss::Integrity) => return Err(Failure::Integrity),
            Err(Loss::Key(error)) => return Err(Failure::Version(error.to_string())),
        };
        let files = self.committed(publication, archive);
        Ok((version, files))
    }

    /// The archive's files that were accepted, and a `kustomization.yaml` where they bring none.
    fn committed(
        &self,
        publication: &Publication,
        archive: Arc<[u8]>,
    ) -> BoxStream<'static, Result<ArchiveFile, ArchiveError>> {
        let accepted: BTreeSet<String> = publication.files.iter().cloned().collect();
        let written = publication.resources.as_deref().and_then(|resources| {
            let path = FilePath::parse("kustomization.yaml").ok()?;
            Some(Ok(ArchiveFile { path, bytes: app_kustomization(resources).into_bytes() }))
        });
        let files = self.parts.archives.read(archive);
        let kept = files.filter(move |file| {
            let keep = file.as_ref().map_or(true, |file| accepted.contains(file.path.as_str()));
            futures::future::ready(keep)
        });
        kept.chain(stream::iter(written)).boxed()
    }
}
