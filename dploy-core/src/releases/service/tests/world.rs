//! The use cases on fakes, with one registered application.

use std::sync::Arc;

use crate::{
    releases::{
        access::{Action, Caller, Scope},
        application::{AppRef, ObjectRules},
        deployment::Deployment,
        error::Error,
        name::{AppName, PolicyName, TargetName, VersionId},
        pattern::Pattern,
        policy::Rule,
        service::{
            DeployRequest, DraftRequest, Drafted, NewApplication, Options, Parts, PolicyRequest, Published, Releases,
        },
        version::VersionMetadata,
    },
    testing::{FixedClock, MemoryArtifacts, MemoryRecords, PlainArchives, SequentialRandom},
    time::Timestamp,
};

pub(crate) const MANIFEST: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\n";

/// The use cases on fakes and who calls them for which application.
pub(crate) struct World {
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) records: Arc<MemoryRecords>,
    pub(crate) artifacts: Arc<MemoryArtifacts>,
    pub(crate) releases: Arc<Releases>,
    pub(crate) caller: Caller,
    pub(crate) app: AppRef,
}

impl World {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::from_unix_seconds(1_700_000_000)));
        let records = Arc::new(MemoryRecords::new(clock.clone()));
        let artifacts = Arc::new(MemoryArtifacts::new(clock.clone()));
        let parts = Parts {
            records: records.clone(),
            artifacts: artifacts.clone(),
            uploads: artifacts.clone(),
            archives: Arc::new(PlainArchives),
            random: Arc::new(SequentialRandom::default()),
            clock: clock.clone(),
        };
        let releases = Arc::new(Releases::new(parts, Options { queue_capacity: 20, ..Options::default() }));
        releases.ensure_targets(&[target("staging"), target("production")]).await.unwrap();
        let caller = caller("root", Scope::all());
        let world = Self { clock, records, artifacts, releases, caller, app: AppRef::new("web") };
        world.register("web").await.unwrap();
        world
    }

    /// The same world, for another application of it.
    pub(crate) fn beside(&self, app: &str) -> Self {
        Self {
            clock: self.clock.clone(),
            records: self.records.clone(),
            artifacts: self.artifacts.clone(),
            releases: self.releases.clone(),
            caller: self.caller.clone(),
            app: AppRef::new(app),
        }
    }

    pub(crate) async fn register(&self, name: &str) -> Result<(), Error> {
        let new = NewApplication { name: AppName::parse(name).unwrap(), rules: ObjectRules::default() };
        self.releases.register(&self.caller, new).await.map(drop)
    }

    pub(crate) async fn draft(&self, id: &str, change: impl FnOnce(&mut DraftRequest)) -> Result<Drafted, Error> {
        let mut request = DraftRequest { version: version(id), metadata: origin(), exact: None };
        change(&mut request);
        self.releases.draft(&self.caller, &self.app, request).await
    }

    pub(crate) async fn upload(&self, drafted: &Drafted, files: &[(&str, &str)]) {
        self.artifacts.upload(&drafted.upload.url, &PlainArchives::pack(files)).unwrap();
    }

    pub(crate) async fn publish(&self, id: &str) -> Result<Published, Error> {
        self.releases.publish(&self.caller, &self.app, &version(id)).await
    }

    /// Drafts, uploads and publishes, one second after whatever was before.
    pub(crate) async fn published(&self, id: &str) -> Published {
        self.clock.advance(1);
        let drafted = self.draft(id, |_| {}).await.unwrap();
        self.upload(&drafted, &[("web.yaml", &format!("{MANIFEST}data: {{ version: \"{id}\" }}\n"))]).await;
        self.publish(id).await.unwrap()
    }

    pub(crate) async fn deploy(&self, id: &str, to: &str) -> Result<Deployment, Error> {
        let request = DeployRequest { target: target(to), triggered_by: None };
        self.releases.deploy(&self.caller, &self.app, &version(id), request).await
    }

    pub(crate) async fn policy(&self, name: &str, branch: &str, to: &str) -> Result<String, Error> {
        let rule = Rule { branch: Some(Pattern::parse(branch).unwrap()), tag: None, exclude: Vec::new() };
        let name = PolicyName::parse(name).unwrap();
        let request = PolicyRequest { name, rule, target: target(to), enabled: true };
        Ok(self.releases.create_policy(&self.caller, &self.app, request).await?.id)
    }
}

pub(crate) fn caller(actor: &str, scope: Scope) -> Caller {
    Caller::new(actor, scope)
}

pub(crate) fn scope(apps: Option<&[&str]>, actions: &[Action]) -> Scope {
    let parse = |names: &[&str]| names.iter().map(|name| AppName::parse(name).unwrap()).collect();
    Scope { applications: apps.map(parse), actions: actions.iter().copied().collect() }
}

pub(crate) fn version(id: &str) -> VersionId {
    VersionId::parse(id).unwrap()
}

pub(crate) fn target(name: &str) -> TargetName {
    TargetName::parse(name).unwrap()
}

pub(crate) fn origin() -> VersionMetadata {
    VersionMetadata {
        git_sha: "42540c4".to_owned(),
        git_branch: "main".to_owned(),
        git_tag: None,
        git_committer: Some("Ada".to_owned()),
        build_number: Some("123".to_owned()),
        timestamp: Timestamp::from_unix_seconds(1_600_000_000),
    }
}
