use async_trait::async_trait;
use dploy_core::releases::{
    audit::AuditEvent,
    deployment::{Deployment, DeploymentState, Trigger},
    page::{Page, Paged},
    ports::{DeploymentFilter, DeploymentRecords, Enqueue, HoldChange, RecordError},
};

use super::{
    super::{
        row::Row,
        session::{Session, limited, nearer},
        statement::{Filter, Statement, Value},
    },
    SqlRecords, targets,
};

#[async_trait]
impl DeploymentRecords for SqlRecords {
    async fn enqueue(&self, enqueue: &Enqueue, event: &AuditEvent) -> Result<Deployment, RecordError> {
        let deployment = &enqueue.deployment;
        let mut session = self.pool.write().await?;
        // Whoever changes the sequence waits for the transaction that has changed it: from here on nobody else queues.
        let sequence = next_sequence(&mut session).await?;
        if queued(&mut session).await? >= enqueue.capacity {
            return Err(RecordError::Conflict);
        }
        // The hold first: the removal of a target locks holds before the target, and so does this.
        match &enqueue.hold {
            HoldChange::Keep => {}
            HoldChange::Set(hold) => {
                targets::put_hold(&mut session, &deployment.app_id, &deployment.target, Some(hold)).await?;
            }
            HoldChange::Lift => targets::put_hold(&mut session, &deployment.app_id, &deployment.target, None).await?,
        }
        let stored = insert(&mut session, deployment, sequence).await?;
        session.commit_with(event).await?;
        Ok(stored)
    }

    async fn find_deployment(&self, id: &str) -> Result<Option<Deployment>, RecordError> {
        let find =
            "SELECT d.*, a.name AS app FROM deployments d JOIN applications a ON a.id = d.app_id WHERE d.id = $1";
        self.pool.find(Statement::with(find, [Value::text(id)]), deployment).await
    }

    async fn list_deployments(&self, filter: &DeploymentFilter, page: Page) -> Result<Paged<Deployment>, RecordError> {
        let states = filter.states.iter().map(|state| state.as_str()).collect();
        let filter = Filter::default()
            .among("app_id IN (SELECT id FROM applications WHERE name IN ", filter.among.as_ref(), ")")
            .only("app_id = ", filter.app_id.as_ref().map(Value::text))
            .only("target = ", filter.target.as_ref().map(Value::text))
            .only("version = ", filter.version.as_ref().map(Value::text))
            .among("state IN ", (!filter.states.is_empty()).then_some(&states), "");
        let count = Statement::new("SELECT count(*) AS total FROM deployments").filtered(&filter);
        let list = Statement::new(
            "SELECT d.*, a.name AS app FROM deployments d JOIN applications a ON a.id = d.app_id \
             WHERE d.sequence IN (SELECT sequence FROM deployments",
        );
        let list = |total| {
            let (reversed, page) = nearer(page, total);
            let order = if reversed { " ORDER BY sequence" } else { " ORDER BY sequence DESC" };
            limited(list.filtered(&filter).then(order), page).then(") ORDER BY d.sequence DESC")
        };
        self.pool.read().await?.paged_with(count, list, deployment).await
    }
}

/// The next place in the order of deployments; it is the transaction's own until that ends.
pub(super) async fn next_sequence(session: &mut Session) -> Result<u64, RecordError> {
    let next = Statement::new("UPDATE deployment_sequence SET last = last + 1 RETURNING last");
    session.row(next).await?.map_or(Err(RecordError::NotFound), |row| row.number("last"))
}

async fn queued(session: &mut Session) -> Result<u64, RecordError> {
    let count = Statement::new("SELECT count(*) AS total FROM deployments WHERE state = 'queued'");
    session.row(count).await?.map_or(Ok(0), |row| row.number("total"))
}

/// Stores a deployment that is not final.
pub(super) async fn insert(
    session: &mut Session,
    deployment: &Deployment,
    sequence: u64,
) -> Result<Deployment, RecordError> {
    let (from, policy) = match &deployment.trigger {
        Trigger::Manual | Trigger::Rollback | Trigger::Removal => (None, None),
        Trigger::Promotion { from } => (Some(from), None),
        Trigger::Policy { id, name } => (None, Some((id, name))),
    };
    let values = [
        Value::text(&deployment.id),
        Value::number(sequence),
        Value::text(&deployment.app_id),
        Value::text(&deployment.version),
        Value::text(&deployment.target),
        Value::text(deployment.trigger.as_str()),
        Value::maybe_text(from),
        Value::maybe_text(policy.map(|(id, _)| id)),
        Value::maybe_text(policy.map(|(_, name)| name)),
        Value::text(&deployment.actor),
        Value::maybe_text(deployment.triggered_by.as_ref()),
        Value::maybe_text(deployment.replaces.as_ref()),
        Value::text(deployment.state.as_str()),
        Value::number(u64::from(deployment.attempts)),
        Value::maybe_time(deployment.not_before),
        Value::time(deployment.queued_at),
    ];
    let insert = "INSERT INTO deployments (id, sequence, app_id, version, target, open_target, trigger_kind, promoted_from, \
                  policy_id, policy_name, actor, triggered_by, replaces, state, attempts, not_before, queued_at) \
                  VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    session.execute(Statement::with(insert, values)).await?;
    Ok(Deployment { sequence, ..deployment.clone() })
}

/// A row of `deployments` with the application's name as `app`.
pub(super) fn deployment(row: &Row) -> Result<Deployment, RecordError> {
    Ok(Deployment {
        id: row.text("id")?,
        sequence: row.number("sequence")?,
        app_id: row.text("app_id")?,
        app: row.name("app")?,
        version: row.name("version")?,
        target: row.name("target")?,
        trigger: trigger(row)?,
        actor: row.text("actor")?,
        triggered_by: row.maybe_text("triggered_by")?,
        replaces: row.maybe_name("replaces")?,
        state: row.read("state", DeploymentState::parse)?,
        reason: row.maybe_text("reason")?,
        commit: row.maybe_text("commit_id")?,
        attempts: row.number("attempts")?,
        not_before: row.maybe_time("not_before")?,
        queued_at: row.time("queued_at")?,
        started_at: row.maybe_time("started_at")?,
        finished_at: row.maybe_time("finished_at")?,
    })
}

fn trigger(row: &Row) -> Result<Trigger, RecordError> {
    match row.text("trigger_kind")?.as_str() {
        "promotion" => Ok(Trigger::Promotion { from: row.name("promoted_from")? }),
        "policy" => Ok(Trigger::Policy { id: row.text("policy_id")?, name: row.text("policy_name")? }),
        _ => row.read("trigger_kind", |kind| match kind {
            "manual" => Some(Trigger::Manual),
            "rollback" => Some(Trigger::Rollback),
            "removal" => Some(Trigger::Removal),
            _ => None,
        }),
    }
}
