use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

use crate::{
    releases::ports::{CommitId, GitOpsRepository},
    testing::contract::{GitOpsWorld, RemoteCommit},
};

use super::{DEFAULT_BRANCH, MemoryGitOps};

#[async_trait]
impl GitOpsWorld for MemoryGitOps {
    fn repository(&self) -> Arc<dyn GitOpsRepository> {
        Arc::new(self.clone())
    }

    fn default_branch(&self) -> String {
        DEFAULT_BRANCH.to_owned()
    }

    async fn files(&self, branch: &str) -> BTreeMap<String, Vec<u8>> {
        Self::files(self, branch)
    }

    async fn log(&self, branch: &str) -> Vec<RemoteCommit> {
        let log = Self::log(self, branch);
        let commits = log.iter().enumerate().map(|(at, commit)| {
            let empty = BTreeMap::new();
            let before = log.get(at + 1).map_or(&empty, |parent| &parent.files);
            let paths = before.keys().chain(commit.files.keys());
            let mut changed: Vec<String> =
                paths.filter(|path| before.get(*path) != commit.files.get(*path)).cloned().collect();
            changed.sort();
            changed.dedup();
            RemoteCommit { id: commit.id.clone(), message: commit.message.clone(), changed }
        });
        commits.collect()
    }

    async fn commit(&self, path: &str, text: &str) -> CommitId {
        self.commit_by_hand(DEFAULT_BRANCH, path, Some(text.as_bytes()))
    }

    async fn refuse(&self, reason: Option<&str>) {
        Self::refuse(self, reason);
    }
}

#[tokio::test]
async fn the_fake_keeps_the_contract() {
    crate::testing::contract::gitops_repository(&MemoryGitOps::new()).await.unwrap();
}
