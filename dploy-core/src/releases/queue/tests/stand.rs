//! A worker over the fakes of the use cases.

use std::sync::Arc;

use crate::{
    releases::{
        deployment::Deployment,
        queue::{Deployer, Options, Parts, Work},
        service::tests::world::World,
    },
    testing::{MemoryGitOps, PlainArchives},
};

pub(super) struct Stand {
    pub(super) world: World,
    pub(super) git: MemoryGitOps,
    pub(super) worker: Deployer,
}

impl Stand {
    pub(super) async fn new() -> Self {
        let (world, git) = (World::new().await, MemoryGitOps::new());
        let worker = worker(&world, &git, "one");
        Self { world, git, worker }
    }

    /// Passes until nothing moves any more; what waits is waited for.
    pub(super) async fn settle(&self) {
        settle(&self.world, &self.worker).await;
    }

    /// Publishes and deploys, and brings it to its end.
    pub(super) async fn deployed(&self, id: &str) -> Deployment {
        self.world.published(id).await;
        let queued = self.world.deploy(id, "staging").await.unwrap();
        self.settle().await;
        self.state(&queued).await
    }

    pub(super) async fn state(&self, deployment: &Deployment) -> Deployment {
        self.world.releases.deployment(&self.world.caller, &deployment.id).await.unwrap()
    }

    pub(super) fn file(&self, path: &str) -> Option<String> {
        let files = self.git.files("main");
        files.get(path).map(|bytes| String::from_utf8(bytes.clone()).unwrap())
    }
}

pub(super) fn worker(world: &World, git: &MemoryGitOps, holder: &str) -> Deployer {
    let parts = Parts {
        records: world.records.clone(),
        artifacts: world.artifacts.clone(),
        archives: Arc::new(PlainArchives),
        repositories: Arc::new(git.clone()),
        clock: world.clock.clone(),
    };
    Deployer::new(parts, Options::new(holder))
}

pub(super) async fn settle(world: &World, worker: &Deployer) {
    for _ in 0..50 {
        match worker.work(None).await.unwrap() {
            Work { moved: 0, wake_at: None, .. } => return,
            Work { moved: 0, .. } => world.clock.advance(10),
            Work { .. } => {}
        }
    }
    panic!("the queue does not come to rest");
}
