use async_trait::async_trait;

use crate::releases::{
    application::{AppRef, AppTarget, Application},
    audit::AuditEvent,
    page::{Page, Paged},
    ports::{ApplicationFilter, ApplicationRecords, RecordError},
};

use super::{
    MemoryRecords,
    state::{latest_first, paged},
};

#[async_trait]
impl ApplicationRecords for MemoryRecords {
    async fn create_application(&self, application: &Application, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            let taken = |other: &Application| other.id == application.id || other.name == application.name;
            if state.applications.values().any(taken) {
                return Err(RecordError::Conflict);
            }
            state.applications.insert(application.id.clone(), application.clone());
            Ok(())
        })
    }

    async fn update_application(&self, application: &Application, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |state| {
            let stored = state.applications.get_mut(&application.id).ok_or(RecordError::NotFound)?;
            stored.rules = application.rules.clone();
            stored.updated_at = application.updated_at;
            Ok(())
        })
    }

    async fn find_application(&self, app: &AppRef) -> Result<Option<Application>, RecordError> {
        Ok(self.read(|state| {
            let named = || state.applications.values().find(|application| application.name.as_str() == app.as_str());
            state.applications.get(app.as_str()).or_else(named).cloned()
        }))
    }

    async fn list_applications(
        &self,
        filter: &ApplicationFilter,
        page: Page,
    ) -> Result<Paged<Application>, RecordError> {
        let matching = |application: &&Application| {
            filter.name.as_ref().is_none_or(|name| *name == application.name)
                && filter.among.as_ref().is_none_or(|among| among.contains(&application.name))
        };
        let all = self.read(|state| {
            latest_first(state.applications.values().filter(matching), |item| (item.created_at, item.id.clone()))
        });
        Ok(paged(all, page))
    }

    async fn app_targets(&self, app_ids: &[String]) -> Result<Vec<(String, AppTarget)>, RecordError> {
        Ok(self.read(|state| {
            let asked = state.app_targets.iter().filter(|((app_id, _), _)| app_ids.contains(app_id));
            asked.map(|((app_id, _), standing)| (app_id.clone(), standing.clone())).collect()
        }))
    }
}
