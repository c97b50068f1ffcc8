use async_trait::async_trait;

use crate::releases::{
    audit::AuditEvent,
    deployment::Deployment,
    name::VersionId,
    page::{Page, Paged},
    ports::{PublicationRecord, RecordError, VersionRecords},
    version::{Rejection, Version, VersionStatus},
};

use super::{
    MemoryRecords,
    state::{latest_first, paged},
};

#[async_trait]
impl VersionRecords for MemoryRecords {
    async fn find_version(&self, app_id: &str, version: &VersionId) -> Result<Option<Version>, RecordError> {
        let wanted = |stored: &&Version| stored.app_id == app_id && stored.version == *version;
        Ok(self.read(|state| state.versions.values().find(wanted).cloned()))
    }

    async fn list_versions(
        &self,
        app_id: &str,
        status: Option<VersionStatus>,
        page: Page,
    ) -> Result<Paged<Version>, RecordError> {
        let matching =
            |stored: &&Version| stored.app_id == app_id && status.is_none_or(|status| stored.status() == status);
        let all = self.read(|state| {
            latest_first(state.versions.values().filter(matching), |item| (item.created_at, item.id.clone()))
        });
        Ok(paged(all, page))
    }

    async fn publish(&self, record: &PublicationRecord, event: &AuditEvent) -> Result<Vec<Deployment>, RecordError> {
        self.change(event, |state| {
            record.deployments.iter().try_for_each(|deployment| state.accepts(deployment))?;
            let draft = state.versions.get_mut(&record.id).filter(|stored| stored.published.is_none());
            draft.ok_or(RecordError::Conflict)?.published = Some(record.publication.clone());
            Ok(record.deployments.iter().map(|deployment| state.store(deployment)).collect())
        })
    }

    async fn reject(&self, id: &str, rejection: Option<&Rejection>, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            state.versions.get_mut(id).ok_or(RecordError::NotFound)?.rejection = rejection.cloned();
            Ok(())
        })
    }
}
