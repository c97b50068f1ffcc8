use async_trait::async_trait;

use crate::releases::{
    audit::{AuditEvent, AuditFilter},
    page::{Page, Paged},
    ports::{AuditRecords, RecordError},
};

use super::{
    MemoryRecords,
    state::{latest_first, paged},
};

#[async_trait]
impl AuditRecords for MemoryRecords {
    async fn append_event(&self, event: &AuditEvent) -> Result<(), RecordError> {
        self.change(event, |_| Ok(()))
    }

    async fn list_events(&self, filter: &AuditFilter, page: Page) -> Result<Paged<AuditEvent>, RecordError> {
        let matching = |event: &&AuditEvent| {
            filter.app.as_ref().is_none_or(|app| event.app.as_ref() == Some(app))
                && filter.actor.as_ref().is_none_or(|actor| *actor == event.actor)
                && filter.action.as_ref().is_none_or(|action| *action == event.action)
                && filter.since.is_none_or(|since| since <= event.at)
        };
        let all =
            self.read(|state| latest_first(state.events.values().filter(matching), |item| (item.at, item.id.clone())));
        Ok(paged(all, page))
    }
}
