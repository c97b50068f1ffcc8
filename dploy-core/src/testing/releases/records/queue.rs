use async_trait::async_trait;

use crate::{
    releases::{
        application::Current,
        deployment::{Deployment, DeploymentId, DeploymentState},
        name::TargetName,
        ports::{Finish, Lease, QueueRecords, RecordError},
    },
    time::Timestamp,
};

use super::{MemoryRecords, state::State};

#[async_trait]
impl QueueRecords for MemoryRecords {
    async fn unfinished(&self, targets: &[TargetName], limit: u32) -> Result<Vec<Deployment>, RecordError> {
        let open = |deployment: &&Deployment| !deployment.state.is_final() && targets.contains(&deployment.target);
        let mut all: Vec<Deployment> = self.read(|state| state.deployments.values().filter(open).cloned().collect());
        all.sort_by_key(|deployment| deployment.sequence);
        all.truncate(limit as usize);
        Ok(all)
    }

    async fn start(
        &self,
        ids: &[DeploymentId],
        at: Timestamp,
        lease: &Lease,
    ) -> Result<Vec<DeploymentId>, RecordError> {
        let now = self.clock.now();
        self.write(|state| {
            held(state, lease, now)?;
            Ok(ids.iter().filter(|id| start(state, id, at)).cloned().collect())
        })
    }

    async fn finish(&self, transitions: &[Finish], lease: &Lease) -> Result<(), RecordError> {
        let now = self.clock.now();
        self.write(|state| {
            held(state, lease, now)?;
            transitions.iter().for_each(|transition| finish(state, transition));
            Ok(())
        })
    }
}

fn held(state: &State, lease: &Lease, now: Timestamp) -> Result<(), RecordError> {
    let held = state.leases.get(&lease.name).is_some_and(|(holder, end)| *holder == lease.holder && now < *end);
    if held { Ok(()) } else { Err(RecordError::LeaseLost) }
}

fn start(state: &mut State, id: &DeploymentId, at: Timestamp) -> bool {
    let queued = state.deployments.get_mut(id).filter(|deployment| deployment.state == DeploymentState::Queued);
    let Some(deployment) = queued else { return false };
    deployment.state = DeploymentState::Running;
    deployment.attempts += 1;
    deployment.not_before = None;
    deployment.started_at = deployment.started_at.or(Some(at));
    true
}

fn finish(state: &mut State, transition: &Finish) {
    let open = state.deployments.get_mut(&transition.id).filter(|deployment| !deployment.state.is_final());
    let Some(deployment) = open else { return };
    deployment.state = transition.state;
    deployment.reason = transition.reason.clone();
    deployment.commit = transition.commit.clone();
    deployment.not_before = transition.not_before;
    deployment.finished_at = transition.state.is_final().then_some(transition.at);
    if transition.state.is_success() {
        let done = deployment.clone();
        advance(state, &done, transition.at);
    }
}

/// Makes the deployment's version the current one, or none, unless a later deployment did either.
fn advance(state: &mut State, done: &Deployment, at: Timestamp) {
    let decided = state.decided.entry((done.app_id.clone(), done.target.clone())).or_default();
    if *decided >= done.sequence {
        return;
    }
    *decided = done.sequence;
    let current = Current {
        deployment: done.id.clone(),
        sequence: done.sequence,
        version: done.version.clone(),
        commit: done.commit.clone(),
        deployed_at: at,
    };
    state.stand(&done.app_id, &done.target, |standing| standing.current = (!done.removes()).then_some(current));
}
