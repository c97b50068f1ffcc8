use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use dploy_core::{
    artifact::{ArtifactEntry, ArtifactError, ArtifactKey, ArtifactStore},
    releases::{
        deployment::DeploymentId,
        file::ArchiveFile,
        name::BranchName,
        ports::{
            ArchiveError, Change, CommitId, Committed, Fence, Folder, GitOpsError, GitOpsRepositories, GitOpsRepository,
        },
        target::RepositoryUrl,
    },
    time::Timestamp,
};
use futures::stream::BoxStream;

use super::Stepped;

#[async_trait]
impl ArtifactStore for Stepped<dyn ArtifactStore> {
    async fn put(&self, key: &ArtifactKey, bytes: Arc<[u8]>) -> Result<(), ArtifactError> {
        self.steps.effect("put", self.inner.put(key, bytes)).await
    }

    async fn get(&self, key: &ArtifactKey, limit: u64) -> Result<Arc<[u8]>, ArtifactError> {
        self.inner.get(key, limit).await
    }

    async fn remove(&self, key: &ArtifactKey) -> Result<(), ArtifactError> {
        self.steps.effect("remove", self.inner.remove(key)).await
    }

    fn list(&self, prefix: &ArtifactKey) -> BoxStream<'static, Result<ArtifactEntry, ArtifactError>> {
        self.inner.list(prefix)
    }

    async fn ready(&self) -> Result<(), ArtifactError> {
        self.inner.ready().await
    }
}

impl GitOpsRepositories for Stepped<dyn GitOpsRepositories> {
    fn open(&self, url: Option<&RepositoryUrl>) -> Arc<dyn GitOpsRepository> {
        Arc::new(Stepped::new(self.inner.open(url), &self.steps))
    }
}

#[async_trait]
impl GitOpsRepository for Stepped<dyn GitOpsRepository> {
    async fn store(&self, files: BoxStream<'static, Result<ArchiveFile, ArchiveError>>) -> Result<Folder, GitOpsError> {
        self.steps.effect("store", self.inner.store(files)).await
    }

    async fn push(&self, branch: Option<&BranchName>, changes: &[Change]) -> Result<Vec<Committed>, GitOpsError> {
        self.steps.effect("push", self.inner.push(branch, changes)).await
    }

    async fn fence(&self, branch: Option<&BranchName>, fence: &Fence) -> Result<CommitId, GitOpsError> {
        self.steps.effect("fence", self.inner.fence(branch, fence)).await
    }

    async fn find(
        &self,
        branch: Option<&BranchName>,
        deployments: &BTreeSet<DeploymentId>,
        since: Timestamp,
    ) -> Result<BTreeMap<DeploymentId, CommitId>, GitOpsError> {
        // It fetches into the clone.
        self.steps.effect("find", self.inner.find(branch, deployments, since)).await
    }

    async fn ready(&self) -> Result<(), GitOpsError> {
        self.inner.ready().await
    }
}
