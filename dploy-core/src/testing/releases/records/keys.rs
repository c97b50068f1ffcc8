use async_trait::async_trait;

use crate::{
    releases::{
        api_key::ApiKey,
        audit::AuditEvent,
        page::{Page, Paged},
        ports::{KeyRecords, RecordError},
    },
    time::Timestamp,
};

use super::{
    MemoryRecords,
    state::{latest_first, paged},
};

#[async_trait]
impl KeyRecords for MemoryRecords {
    async fn create_key(&self, key: &ApiKey, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            let in_use = |other: &ApiKey| {
                other.id == key.id || (other.name == key.name && other.revoked_at.is_none() && key.revoked_at.is_none())
            };
            if state.keys.values().any(in_use) {
                return Err(RecordError::Conflict);
            }
            state.keys.insert(key.id.clone(), key.clone());
            Ok(())
        })
    }

    async fn find_keys(&self, prefix: &str) -> Result<Vec<ApiKey>, RecordError> {
        Ok(self.read(|state| {
            let found = state.keys.values().filter(|key| key.prefix == prefix);
            latest_first(found, |item| (item.created_at, item.id.clone()))
        }))
    }

    async fn list_keys(&self, page: Page) -> Result<Paged<ApiKey>, RecordError> {
        let all = self.read(|state| latest_first(state.keys.values(), |item| (item.created_at, item.id.clone())));
        Ok(paged(all, page))
    }

    async fn revoke_key(&self, id: &str, at: Timestamp, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            let key = state.keys.get_mut(id).filter(|key| key.revoked_at.is_none());
            key.ok_or(RecordError::NotFound)?.revoked_at = Some(at);
            Ok(())
        })
    }

    async fn touch_key(&self, id: &str, at: Timestamp) -> Result<(), RecordError> {
        self.write(|state| {
            if let Some(key) = state.keys.get_mut(id) {
                key.used_at = key.used_at.max(Some(at));
            }
            Ok(())
        })
    }
}
