use std::collections::{BTreeMap, BTreeSet};

use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};

use crate::{
    releases::{
        application::AppTarget,
        deployment::{Deployment, DeploymentState},
        name::TargetName,
        plan::batch::batch,
        ports::{Finish, GitOpsRepository, Lease, RecordError},
        target::{RepositoryUrl, Target},
    },
    time::Timestamp,
};

use super::{Deployer, Work};

/// How many unfinished deployments are looked at in one pass.
const LOOK_AHEAD: u32 = 1_000;
/// How many archives are fetched and unpacked at a time; each is in memory meanwhile.
const PREPARED_AT_ONCE: usize = 4;

/// What a pass works with.
pub(super) struct Pass<'a> {
    pub(super) repository: &'a dyn GitOpsRepository,
    pub(super) lease: &'a Lease,
    pub(super) targets: &'a BTreeMap<TargetName, Target>,
    pub(super) stands: BTreeMap<(String, TargetName), AppTarget>,
}

impl Deployer {
    /// One pass over a repository, if no other process has it.
    ///
    /// # Errors
    /// Where the records do not answer or the lease was lost; what was not recorded is healed by a later pass.
    pub async fn work(&self, url: Option<&RepositoryUrl>) -> Result<Work, RecordError> {
        let name = format!("gitops:{}", url.map_or("", RepositoryUrl::as_str));
        let lease = Lease { name, holder: self.options.holder.clone() };
        let targets = self.targets(url).await?;
        let names: Vec<TargetName> = targets.keys().cloned().collect();
        // Looked at without the lease first: an idle queue costs one query.
        if self.parts.records.unfinished(&names, 1).await?.is_empty() {
            return Ok(Work::default());
        }
        if !self.parts.records.acquire(&lease, self.options.lease).await? {
            return Ok(Work { elsewhere: true, ..Work::default() });
        }
        let result = self.leased(url, &lease, &targets, &names).await;
        let released = self.parts.records.release(&lease).await;
        let work = result?;
        released?;
        Ok(work)
    }

    async fn targets(&self, url: Option<&RepositoryUrl>) -> Result<BTreeMap<TargetName, Target>, RecordError> {
        let all = self.parts.records.list_targets().await?.into_iter();
        let ours = all.filter(|target| target.repository.as_ref() == url);
        Ok(ours.map(|target| (target.name.clone(), target)).collect())
    }

    async fn leased(
        &self,
        url: Option<&RepositoryUrl>,
        lease: &Lease,
        targets: &BTreeMap<TargetName, Target>,
        names: &[TargetName],
    ) -> Result<Work, RecordError> {
        let unfinished = self.parts.records.unfinished(names, LOOK_AHEAD).await?;
        let stands = self.stands(&unfinished).await?;
        let held = stands.iter().filter(|(_, stands)| stands.hold.is_some()).map(|(place, _)| place.clone()).collect();
        let batch = batch(&unfinished, &held, self.now(), self.options.batch);
        let repository = self.parts.repositories.open(url);
        let pass = Pass { repository: &*repository, lease, targets, stands };
        let begun: BTreeSet<_> = unfinished.iter().filter(|one| one.attempts > 0).map(|one| &one.id).collect();
        let (begun, superseded): (Vec<_>, Vec<_>) =
            batch.superseded.into_iter().partition(|finish| begun.contains(&finish.id));
        self.finish(&superseded, lease).await?;
        let mut moved = superseded.len();
        let interrupted = batch.interrupted.len();
        moved += self.heal(&pass, batch.interrupted).await?;
        // What is queued again is in front: another pass plans it together with the rest.
        if interrupted > 0 {
            return Ok(Work { moved, wake_at: Some(self.now()), elsewhere: false });
        }
        let undecided = self.supersede(&pass, &unfinished, &begun).await?;
        moved += begun.len() - undecided.len();
        let place = |one: &Deployment| (one.app_id.clone(), one.target.clone());
        let waiting: BTreeSet<_> = undecided.iter().map(place).collect();
        let run = batch.run.into_iter().filter(|one| !waiting.contains(&place(one))).collect();
        moved += self.run(&pass, run).await?;
        let wake_at = batch.wake_at.into_iter().chain(undecided.iter().filter_map(|one| one.not_before)).min();
        Ok(Work { moved, wake_at, elsewhere: false })
    }

    async fn stands(
        &self,
        unfinished: &[Deployment],
    ) -> Result<BTreeMap<(String, TargetName), AppTarget>, RecordError> {
        let apps: BTreeSet<&String> = unfinished.iter().map(|deployment| &deployment.app_id).collect();
        let apps: Vec<String> = apps.into_iter().cloned().collect();
        let found = self.parts.records.app_targets(&apps).await?;
        Ok(found.into_iter().map(|(app, stands)| ((app, stands.target.clone()), stands)).collect())
    }

    /// Starts what is still queued, makes its folders, and pushes.
    async fn run(&self, pass: &Pass<'_>, queued: Vec<Deployment>) -> Result<usize, RecordError> {
        let ids: Vec<_> = queued.iter().map(|deployment| deployment.id.clone()).collect();
        let started: BTreeSet<_> = self.parts.records.start(&ids, self.now(), pass.lease).await?.into_iter().collect();
        let mut running: Vec<_> = queued
            .into_iter()
            .filter(|queued| started.contains(&queued.id))
            .map(|queued| Deployment { state: DeploymentState::Running, attempts: queued.attempts + 1, ..queued })
            .collect();
        // An earlier attempt may have reached the branch without anybody being told.
        let again = running.iter().filter(|deployment| deployment.attempts > 1).cloned().collect();
        let settled = self.settled(pass, again).await?;
        running.retain(|deployment| !settled.contains(&deployment.id));
        let prepared: Vec<BoxFuture<'_, _>> = running.iter().map(|one| self.prepare(pass, one).boxed()).collect();
        let prepared: Vec<_> = stream::iter(prepared).buffered(PREPARED_AT_ONCE).try_collect().await?;
        let mut ready = Vec::new();
        // Only now: a failure may ask for the repository, which keeps to itself while a folder is stored there.
        for (prepared, deployment) in prepared.into_iter().zip(&running) {
            match prepared {
                Ok(prepared) => ready.push(prepared),
                Err(failure) => self.fail(pass, &[deployment], &failure).await?,
            }
        }
        self.push(pass, ready).await?;
        Ok(started.len())
    }

    pub(super) async fn finish(&self, transitions: &[Finish], lease: &Lease) -> Result<(), RecordError> {
        if transitions.is_empty() {
            return Ok(());
        }
        self.parts.records.finish(transitions, lease).await
    }

    /// Whether the repository is still this process'; it is for another whole lease then.
    pub(super) async fn renew(&self, lease: &Lease) -> Result<(), RecordError> {
        match self.parts.records.acquire(lease, self.options.lease).await? {
            true => Ok(()),
            false => Err(RecordError::LeaseLost),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }
}
