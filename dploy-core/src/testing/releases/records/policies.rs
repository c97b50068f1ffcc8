use async_trait::async_trait;

use crate::releases::{
    audit::AuditEvent,
    policy::AutoDeployPolicy,
    ports::{PolicyRecords, RecordError},
};

use super::{
    MemoryRecords,
    state::{State, latest_first},
};

#[async_trait]
impl PolicyRecords for MemoryRecords {
    async fn create_policy(&self, policy: &AutoDeployPolicy, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            if !state.applications.contains_key(&policy.app_id) || state.policies.contains_key(&policy.id) {
                return Err(RecordError::Conflict);
            }
            fits(state, policy)?;
            state.policies.insert(policy.id.clone(), policy.clone());
            Ok(())
        })
    }

    async fn update_policy(&self, policy: &AutoDeployPolicy, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            let stored = state.policies.get(&policy.id).filter(|stored| stored.app_id == policy.app_id);
            let created_at = stored.ok_or(RecordError::NotFound)?.created_at;
            fits(state, policy)?;
            state.policies.insert(policy.id.clone(), AutoDeployPolicy { created_at, ..policy.clone() });
            Ok(())
        })
    }

    async fn find_policy(&self, app_id: &str, id: &str) -> Result<Option<AutoDeployPolicy>, RecordError> {
        Ok(self.read(|state| state.policies.get(id).filter(|policy| policy.app_id == app_id).cloned()))
    }

    async fn list_policies(&self, app_id: &str) -> Result<Vec<AutoDeployPolicy>, RecordError> {
        Ok(self.read(|state| {
            let own = state.policies.values().filter(|policy| policy.app_id == app_id);
            latest_first(own, |item| (item.created_at, item.id.clone()))
        }))
    }

    async fn remove_policy(&self, app_id: &str, id: &str, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            if state.policies.get(id).is_none_or(|policy| policy.app_id != app_id) {
                return Err(RecordError::NotFound);
            }
            state.policies.remove(id);
            Ok(())
        })
    }
}

/// Whether the policy's target is there and its name is free.
fn fits(state: &State, policy: &AutoDeployPolicy) -> Result<(), RecordError> {
    let namesake =
        |other: &AutoDeployPolicy| other.app_id == policy.app_id && other.name == policy.name && other.id != policy.id;
    let fits = state.targets.contains_key(&policy.target) && !state.policies.values().any(namesake);
    if fits { Ok(()) } else { Err(RecordError::Conflict) }
}
