use async_trait::async_trait;

use crate::{
    releases::{
        audit::AuditEvent,
        ports::{DraftRecords, RecordError},
        version::Version,
    },
    time::Timestamp,
};

use super::MemoryRecords;

#[async_trait]
impl DraftRecords for MemoryRecords {
    async fn create_draft(&self, version: &Version, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            let taken = |other: &Version| {
                other.id == version.id || (other.app_id == version.app_id && other.version == version.version)
            };
            if !state.applications.contains_key(&version.app_id) || state.versions.values().any(taken) {
                return Err(RecordError::Conflict);
            }
            state.versions.insert(version.id.clone(), version.clone());
            Ok(())
        })
    }

    async fn renew_draft(&self, version: &Version, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            let stored = state.versions.get_mut(&version.id).filter(|stored| stored.published.is_none());
            let stored = stored.ok_or(RecordError::Conflict)?;
            stored.drafted_at = version.drafted_at;
            stored.exact = version.exact.clone();
            Ok(())
        })
    }

    async fn expired_drafts(&self, before: Timestamp, limit: u32) -> Result<Vec<Version>, RecordError> {
        let mut expired: Vec<Version> = self.read(|state| {
            let drafts = state.versions.values().filter(|version| version.published.is_none());
            drafts.filter(|draft| draft.drafted_at < before).cloned().collect()
        });
        expired.sort_by_key(|draft| (draft.drafted_at, draft.id.clone()));
        expired.truncate(limit as usize);
        Ok(expired)
    }

    async fn remove_draft(&self, version: &Version, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            let same = |stored: &Version| stored.published.is_none() && stored.drafted_at == version.drafted_at;
            if !state.versions.get(&version.id).is_some_and(same) {
                return Err(RecordError::Conflict);
            }
            state.versions.remove(&version.id);
            Ok(())
        })
    }
}
