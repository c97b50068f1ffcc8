use async_trait::async_trait;
use dploy_core::{
    releases::{
        deployment::{Deployment, DeploymentId},
        name::TargetName,
        ports::{Finish, Lease, QueueRecords, RecordError},
    },
    time::Timestamp,
};

use super::{
    super::{
        session::Session,
        statement::{Statement, Value},
    },
    SqlRecords,
    deployments::deployment,
};

#[async_trait]
impl QueueRecords for SqlRecords {
    async fn unfinished(&self, targets: &[TargetName], limit: u32) -> Result<Vec<Deployment>, RecordError> {
        let list = Statement::new(
            "SELECT d.*, a.name AS app FROM deployments d JOIN applications a ON a.id = d.app_id WHERE d.open_target IN ",
        );
        let list = list.list(targets.iter().map(Value::text)).then(" ORDER BY d.sequence LIMIT ");
        self.pool.list(list.bind(Value::number(u64::from(limit))), deployment).await
    }

    async fn start(
        &self,
        ids: &[DeploymentId],
        at: Timestamp,
        lease: &Lease,
    ) -> Result<Vec<DeploymentId>, RecordError> {
        let start = "UPDATE deployments SET state = 'running', attempts = attempts + 1, not_before = NULL, \
                     started_at = coalesce(started_at, $2) WHERE id = $1 AND state = 'queued'";
        let mut session = self.pool.write().await?;
        hold_on(&mut session, lease).await?;
        let mut started = Vec::with_capacity(ids.len());
        for id in ids {
            let start = Statement::with(start, [Value::text(id), Value::time(at)]);
            if session.execute(start).await? == 1 {
                started.push(id.clone());
            }
        }
        session.commit().await?;
        Ok(started)
    }

    async fn finish(&self, transitions: &[Finish], lease: &Lease) -> Result<(), RecordError> {
        let mut session = self.pool.write().await?;
        hold_on(&mut session, lease).await?;
        for transition in transitions {
            let changed = session.execute(transit(transition)).await? == 1;
            if changed && transition.state.is_success() {
                session.execute(advance(transition)).await?;
            }
        }
        session.commit().await
    }
}

/// Makes sure that the lease is held, and that nobody else takes it until the transaction ends.
async fn hold_on(session: &mut Session, lease: &Lease) -> Result<(), RecordError> {
    let touch = "UPDATE leases SET holder = holder WHERE name = $1 AND holder = $2 AND expires_at > $3";
    let now = session.clock().await?;
    let values = [Value::text(&lease.name), Value::text(&lease.holder), Value::Int(Some(now))];
    session.change(Statement::with(touch, values), RecordError::LeaseLost).await
}

/// Changes a deployment that is not final.
fn transit(transition: &Finish) -> Statement {
    let last = transition.state.is_final();
    let values = [
        Value::text(&transition.id),
        Value::text(transition.state.as_str()),
        Value::maybe_text(transition.reason.as_ref()),
        Value::maybe_text(transition.commit.as_ref()),
        Value::maybe_time(transition.not_before),
        Value::maybe_time(last.then_some(transition.at)),
        Value::number(u64::from(last)),
    ];
    Statement::with(
        "UPDATE deployments SET state = $2, reason = $3, commit_id = $4, not_before = $5, finished_at = $6, \
         open_target = CASE WHEN $7 = 1 THEN NULL ELSE open_target END WHERE id = $1 AND open_target IS NOT NULL",
        values,
    )
}

/// Makes the deployment's version the current one of its target, or none where it is a removal, unless a later deployment
/// did either.
fn advance(transition: &Finish) -> Statement {
    let values = [Value::text(&transition.id), Value::time(transition.at)];
    Statement::with(
        "INSERT INTO app_targets (app_id, target, deployment_id, sequence, version, commit_id, deployed_at) \
         SELECT app_id, target, CASE WHEN trigger_kind <> 'removal' THEN id END, sequence, \
         CASE WHEN trigger_kind <> 'removal' THEN version END, CASE WHEN trigger_kind <> 'removal' THEN commit_id END, \
         CASE WHEN trigger_kind <> 'removal' THEN CAST($2 AS BIGINT) END FROM deployments WHERE id = $1 \
         ON CONFLICT (app_id, target) DO UPDATE SET deployment_id = excluded.deployment_id, sequence = excluded.sequence, \
         version = excluded.version, commit_id = excluded.commit_id, deployed_at = excluded.deployed_at \
         WHERE app_targets.sequence IS NULL OR app_targets.sequence < excluded.sequence",
        values,
    )
}
