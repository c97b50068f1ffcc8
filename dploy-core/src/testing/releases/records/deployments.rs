use async_trait::async_trait;

use crate::releases::{
    audit::AuditEvent,
    deployment::Deployment,
    page::{Page, Paged},
    ports::{DeploymentFilter, DeploymentRecords, Enqueue, RecordError},
};

use super::{
    MemoryRecords,
    state::{latest_first, paged},
};

#[async_trait]
impl DeploymentRecords for MemoryRecords {
    async fn enqueue(&self, enqueue: &Enqueue, event: &AuditEvent) -> Result<Deployment, RecordError> {
        self.change(event, |state| {
            let deployment = &enqueue.deployment;
            state.accepts(deployment)?;
            if state.queued() >= enqueue.capacity {
                return Err(RecordError::Conflict);
            }
            state.change_hold(&deployment.app_id, &deployment.target, enqueue.hold.clone());
            Ok(state.store(deployment))
        })
    }

    async fn find_deployment(&self, id: &str) -> Result<Option<Deployment>, RecordError> {
        Ok(self.read(|state| state.deployments.get(id).cloned()))
    }

    async fn list_deployments(&self, filter: &DeploymentFilter, page: Page) -> Result<Paged<Deployment>, RecordError> {
        let matching = |deployment: &&Deployment| {
            filter.among.as_ref().is_none_or(|among| among.contains(&deployment.app))
                && filter.app_id.as_ref().is_none_or(|app_id| *app_id == deployment.app_id)
                && filter.target.as_ref().is_none_or(|target| *target == deployment.target)
                && filter.version.as_ref().is_none_or(|version| *version == deployment.version)
                && (filter.states.is_empty() || filter.states.contains(&deployment.state))
        };
        let all = self.read(|state| latest_first(state.deployments.values().filter(matching), |item| item.sequence));
        Ok(paged(all, page))
    }
}
