use dploy_core::releases::{
    audit::{AuditEvent, Outcome},
    ports::RecordError,
};

use super::super::{
    row::Row,
    statement::{Statement, Value},
};

/// Stores the event.
pub(in crate::sql) fn insert(event: &AuditEvent) -> Result<Statement, RecordError> {
    let values = [
        Value::text(&event.id),
        Value::time(event.at),
        Value::text(&event.actor),
        Value::text(&event.action),
        Value::text(&event.object),
        Value::maybe_text(event.app.as_ref()),
        Value::text(event.outcome.as_str()),
        Value::json(&event.detail)?,
        Value::maybe_text(event.request.as_ref()),
        Value::maybe_text(event.address.as_ref()),
    ];
    Ok(Statement::with(
        "INSERT INTO audit_events (id, at, actor, action, object, app, outcome, detail, request, address) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values,
    ))
}

pub(super) fn read(row: &Row) -> Result<AuditEvent, RecordError> {
    Ok(AuditEvent {
        id: row.text("id")?,
        at: row.time("at")?,
        actor: row.text("actor")?,
        action: row.text("action")?,
        object: row.text("object")?,
        app: row.maybe_name("app")?,
        outcome: row.read("outcome", Outcome::parse)?,
        detail: row.json("detail")?,
        request: row.maybe_text("request")?,
        address: row.maybe_text("address")?,
    })
}
