use std::time::Duration;

use async_trait::async_trait;
use dploy_core::releases::ports::{Lease, LeaseRecords, RecordError};

use super::{
    super::{
        pool::READY_TIMEOUT,
        statement::{Statement, Value},
    },
    SqlRecords,
};

/// A lease need not outlive the machine: whoever held it is gone then as well, or finds out before it next writes.
#[async_trait]
impl LeaseRecords for SqlRecords {
    async fn acquire(&self, lease: &Lease, duration: Duration) -> Result<bool, RecordError> {
        let acquire = "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3) \
                       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at \
                       WHERE leases.holder = excluded.holder OR leases.expires_at <= $4";
        let mut session = self.pool.write().await?;
        let now = session.clock().await?;
        let end = now.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX));
        let (end, now) = (Value::Int(Some(end)), Value::Int(Some(now)));
        let values = [Value::text(&lease.name), Value::text(&lease.holder), end, now];
        let taken = session.execute(Statement::with(acquire, values)).await?;
        session.commit_lightly().await?;
        Ok(taken == 1)
    }

    async fn release(&self, lease: &Lease) -> Result<(), RecordError> {
        let release = "DELETE FROM leases WHERE name = $1 AND holder = $2";
        let mut session = self.pool.write().await?;
        session.execute(Statement::with(release, [Value::text(&lease.name), Value::text(&lease.holder)])).await?;
        session.commit_lightly().await
    }

    async fn ready(&self) -> Result<(), RecordError> {
        let mut session = self.pool.read_within(READY_TIMEOUT).await?;
        session.rows(Statement::new("SELECT last FROM deployment_sequence")).await?;
        session.commit().await
    }
}
