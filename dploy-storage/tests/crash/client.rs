//! Who uses an installation: publishes, deploys, and looks after the queue.

use std::{sync::Arc, time::Duration};

use dploy_core::{
    artifact::{ArtifactKey, ArtifactStore},
    releases::{
        access::{Caller, Scope},
        application::{AppRef, ObjectRules},
        deployment::{Deployment, Trigger},
        error::Error,
        name::{AppName, PolicyName, TargetName, VersionId},
        page::{LIMIT_MAX, Page},
        pattern::Pattern,
        policy::Rule,
        ports::{RecordError, Records},
        queue::{Deployer, Work},
        service::{DeployRequest, DraftRequest, NewApplication, PolicyRequest, Published, Releases},
        version::{Version, VersionStatus},
    },
    time::Clock as _,
};
use tokio::time::{Instant, sleep};

use crate::{
    agreement::{self, Installation},
    site::Wall,
    versions::{origin, packed},
};

/// An installation in this process, and its user.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) releases: Arc<Releases>,
    pub(crate) worker: Arc<Deployer>,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) artifacts: Arc<dyn ArtifactStore>,
    pub(crate) clock: Arc<Wall>,
}

pub(crate) fn caller() -> Caller {
    Caller::new("root", Scope::all())
}

pub(crate) fn version_id(text: &str) -> VersionId {
    VersionId::parse(text).unwrap()
}

pub(crate) fn request(target: &str) -> DeployRequest {
    DeployRequest { target: TargetName::parse(target).unwrap(), triggered_by: None }
}

impl Installation for Client {
    fn records(&self) -> &dyn Records {
        &*self.records
    }

    fn artifacts(&self) -> &dyn ArtifactStore {
        &*self.artifacts
    }
}

impl Client {
    pub(crate) async fn register(&self, app: &str) {
        let new = NewApplication { name: AppName::parse(app).unwrap(), rules: ObjectRules::default() };
        self.releases.register(&caller(), new).await.unwrap();
    }

    /// Has every version go to that target.
    pub(crate) async fn policy(&self, app: &str, name: &str, target: &str) {
        let rule = Rule { branch: Pattern::parse("main").ok(), tag: None, exclude: Vec::new() };
        let (name, target) = (PolicyName::parse(name).unwrap(), TargetName::parse(target).unwrap());
        let request = PolicyRequest { name, rule, target, enabled: true };
        self.releases.create_policy(&caller(), &AppRef::new(app), request).await.unwrap();
    }

    /// Drafts a version and uploads its archive.
    pub(crate) async fn upload(&self, app: &str, version: &str) -> Result<(), Error> {
        let draft = DraftRequest { version: version_id(version), metadata: origin(), exact: None };
        self.releases.draft(&caller(), &AppRef::new(app), draft).await?;
        let key = ArtifactKey::parse(&format!("drafts/{app}/{version}/manifests.tar.gz")).unwrap();
        Ok(self.artifacts.put(&key, packed(app, version)).await?)
    }

    /// Publishes what was uploaded.
    pub(crate) async fn publish(&self, app: &str, version: &str) -> Result<Published, Error> {
        self.releases.publish(&caller(), &AppRef::new(app), &version_id(version)).await
    }

    /// Takes a version from nothing to published.
    pub(crate) async fn published(&self, app: &str, version: &str) -> Result<Published, Error> {
        self.upload(app, version).await?;
        self.publish(app, version).await
    }

    /// Publishes a version of which nobody knows how far it came: it is published then, by this call or before.
    pub(crate) async fn published_again(&self, app: &str, version: &str) -> Version {
        match self.published(app, version).await {
            Ok(published) => published.version,
            Err(Error::Conflict(text)) => {
                assert!(text.contains("already published"), "{app} {version}: {text}");
                self.version(app, version).await
            }
            Err(error) => panic!("{app} {version}: {error:?}"),
        }
    }

    pub(crate) async fn version(&self, app: &str, version: &str) -> Version {
        self.releases.version(&caller(), &AppRef::new(app), &version_id(version)).await.unwrap().version
    }

    pub(crate) async fn deploy(&self, app: &str, version: &str, target: &str) -> Result<Deployment, Error> {
        self.releases.deploy(&caller(), &AppRef::new(app), &version_id(version), request(target)).await
    }

    /// Publishes, deploys to staging and waits for the end.
    pub(crate) async fn deployed(&self, app: &str, version: &str) -> Deployment {
        self.published(app, version).await.unwrap();
        let queued = self.deploy(app, version, "staging").await.unwrap();
        self.settle().await;
        self.deployment(&queued).await
    }

    pub(crate) async fn deployment(&self, deployment: &Deployment) -> Deployment {
        self.releases.deployment(&caller(), &deployment.id).await.unwrap()
    }

    /// All deployments, the latest first.
    pub(crate) async fn deployments(&self) -> Vec<Deployment> {
        agreement::deployments(&*self.records).await
    }

    /// All drafts of an application.
    pub(crate) async fn drafts(&self, app: &str) -> Vec<Version> {
        let page = Page { limit: LIMIT_MAX, offset: 0 };
        let drafts = self.releases.versions(&caller(), &AppRef::new(app), Some(VersionStatus::Draft), page).await;
        let drafts = drafts.unwrap();
        assert!(drafts.total <= u64::from(LIMIT_MAX), "more drafts than a page has");
        drafts.items.into_iter().map(|view| view.version).collect()
    }

    /// Deploys a version unless somebody did so by hand before.
    pub(crate) async fn deployed_once(&self, app: &str, version: &str, target: &str) {
        let by_hand = |deployment: &Deployment| {
            let Deployment { app: of, version: what, target: to, trigger, .. } = deployment;
            (of.as_str(), what.as_str(), to.as_str()) == (app, version, target)
                && matches!(trigger, Trigger::Manual | Trigger::Rollback)
        };
        if !self.deployments().await.iter().any(by_hand) {
            self.deploy(app, version, target).await.unwrap();
        }
    }

    /// Works until nothing is unfinished; what is put off is not waited for, the clock is put forward instead.
    pub(crate) async fn settle(&self) {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            let unfinished = self.deployments().await.into_iter().filter(|one| !one.state.is_final()).count();
            if unfinished == 0 {
                return;
            }
            assert!(Instant::now() < end, "{unfinished} deployments are stuck");
            match self.pass().await {
                // A step took longer than the lease, which is short in some tests, on a machine that does much else.
                Ok(_) | Err(RecordError::LeaseLost) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    /// One pass, and a moment's rest where it moved nothing.
    pub(crate) async fn pass(&self) -> Result<Work, RecordError> {
        let work = self.worker.work(None).await?;
        match work.wake_at {
            Some(at) if work.moved == 0 => {
                let wait = self.clock.now().until(at);
                self.clock.forward(i64::try_from(wait.as_secs() + 1).unwrap());
            }
            _ if work.moved == 0 => sleep(Duration::from_millis(20)).await,
            _ => {}
        }
        Ok(work)
    }
}
