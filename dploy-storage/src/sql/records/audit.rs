use async_trait::async_trait;
use dploy_core::releases::{
    audit::{AuditEvent, AuditFilter},
    page::{Page, Paged},
    ports::{AuditRecords, RecordError},
};

use super::{
    super::{
        session::limited,
        statement::{Filter, Statement, Value},
    },
    SqlRecords, event,
};

#[async_trait]
impl AuditRecords for SqlRecords {
    async fn append_event(&self, event: &AuditEvent) -> Result<(), RecordError> {
        self.pool.write().await?.commit_with(event).await
    }

    async fn list_events(&self, filter: &AuditFilter, page: Page) -> Result<Paged<AuditEvent>, RecordError> {
        let filter = Filter::default()
            .only("app = ", filter.app.as_ref().map(Value::text))
            .only("actor = ", filter.actor.as_ref().map(Value::text))
            .only("action = ", filter.action.as_ref().map(Value::text))
            .only("at >= ", filter.since.map(Value::time));
        let count = Statement::new("SELECT count(*) AS total FROM audit_events").filtered(&filter);
        let ids =
            Statement::new("SELECT * FROM audit_events WHERE id IN (SELECT id FROM audit_events").filtered(&filter);
        let list = limited(ids.then(" ORDER BY at DESC, id DESC"), page).then(") ORDER BY at DESC, id DESC");
        self.pool.read().await?.paged(count, list, event::read).await
    }
}
