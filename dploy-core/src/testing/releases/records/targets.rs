use async_trait::async_trait;

use crate::releases::{
    audit::AuditEvent,
    name::TargetName,
    ports::{HoldChange, RecordError, TargetRecords},
    target::{Hold, Target},
};

use super::MemoryRecords;

#[async_trait]
impl TargetRecords for MemoryRecords {
    async fn create_target(&self, target: &Target, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            if state.targets.contains_key(&target.name) {
                return Err(RecordError::Conflict);
            }
            state.targets.insert(target.name.clone(), target.clone());
            Ok(())
        })
    }

    async fn update_target(&self, target: &Target, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            let stored = state.targets.get_mut(&target.name).ok_or(RecordError::NotFound)?;
            *stored = Target { created_at: stored.created_at, ..target.clone() };
            Ok(())
        })
    }

    async fn list_targets(&self) -> Result<Vec<Target>, RecordError> {
        Ok(self.read(|state| state.targets.values().cloned().collect()))
    }

    async fn remove_target(&self, target: &TargetName, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            if !state.targets.contains_key(target) {
                return Err(RecordError::NotFound);
            }
            let used = state.policies.values().any(|policy| policy.target == *target)
                || state.app_targets.values().any(|at| at.target == *target && at.current.is_some())
                || state.deployments.values().any(|on| on.target == *target && !on.state.is_final());
            if used {
                return Err(RecordError::Conflict);
            }
            state.targets.remove(target);
            state.app_targets.retain(|(_, name), _| name != target);
            Ok(())
        })
    }

    async fn set_hold(
        &self,
        app_id: &str,
        target: &TargetName,
        hold: Option<&Hold>,
        event: &AuditEvent,
    ) -> Result<(), RecordError> {
        self.change(event, |state| {
            if !state.applications.contains_key(app_id) || !state.targets.contains_key(target) {
                return Err(RecordError::NotFound);
            }
            state.change_hold(app_id, target, hold.cloned().map_or(HoldChange::Lift, HoldChange::Set));
            Ok(())
        })
    }
}
