use async_trait::async_trait;
use dploy_core::{
    releases::{
        audit::AuditEvent,
        ports::{DraftRecords, RecordError},
        version::Version,
    },
    time::Timestamp,
};

use super::{
    super::statement::{Statement, Value},
    SqlRecords,
    blocks::{self, Change, Place},
    versions::version,
};

#[async_trait]
impl DraftRecords for SqlRecords {
    async fn create_draft(&self, version: &Version, event: &AuditEvent) -> Result<(), RecordError> {
        let count = "UPDATE applications SET drafts = drafts + 1 WHERE id = $1";
        let mut session = self.pool.write().await?;
        session.execute(insert(version)).await?;
        session.execute(Statement::with(count, [Value::text(&version.app_id)])).await?;
        blocks::add(&mut session, &Place::of(version)).await?;
        session.commit_with(event).await
    }

    async fn renew_draft(&self, version: &Version, event: &AuditEvent) -> Result<(), RecordError> {
        let values = [
            Value::text(&version.id),
            Value::time(version.drafted_at),
            Value::Int(size(version)),
            Value::maybe_text(version.exact.as_ref().map(|exact| &exact.sha256)),
        ];
        let renew = "UPDATE versions SET drafted_at = $2, exact_size = $3, exact_sha256 = $4 \
                     WHERE id = $1 AND published_at IS NULL";
        let mut session = self.pool.write().await?;
        session.change(Statement::with(renew, values), RecordError::Conflict).await?;
        session.commit_with(event).await
    }

    async fn expired_drafts(&self, before: Timestamp, limit: u32) -> Result<Vec<Version>, RecordError> {
        let list = "SELECT v.*, a.name AS app FROM versions v JOIN applications a ON a.id = v.app_id \
                    WHERE v.published_at IS NULL AND v.drafted_at < $1 ORDER BY v.drafted_at, v.id LIMIT $2";
        let values = [Value::time(before), Value::number(u64::from(limit))];
        self.pool.list(Statement::with(list, values), version).await
    }

    async fn remove_draft(&self, version: &Version, event: &AuditEvent) -> Result<(), RecordError> {
        let values = [Value::text(&version.id), Value::time(version.drafted_at)];
        let remove = "DELETE FROM versions WHERE id = $1 AND drafted_at = $2 AND published_at IS NULL";
        let count = "UPDATE applications SET drafts = drafts - 1 WHERE id = $1";
        let mut session = self.pool.write().await?;
        session.change(Statement::with(remove, values), RecordError::Conflict).await?;
        session.execute(Statement::with(count, [Value::text(&version.app_id)])).await?;
        blocks::change(&mut session, &Place::of(version), Change { drafts: -1, published: 0 }).await?;
        session.commit_with(event).await
    }
}

fn size(version: &Version) -> Option<i64> {
    version.exact.as_ref().map(|exact| i64::try_from(exact.size).unwrap_or(i64::MAX))
}

fn insert(version: &Version) -> Statement {
    let origin = &version.metadata;
    let values = [
        Value::text(&version.id),
        Value::text(&version.app_id),
        Value::text(&version.version),
        Value::text(&origin.git_sha),
        Value::text(&origin.git_branch),
        Value::maybe_text(origin.git_tag.as_ref()),
        Value::maybe_text(origin.git_committer.as_ref()),
        Value::maybe_text(origin.build_number.as_ref()),
        Value::time(origin.timestamp),
        Value::Int(size(version)),
        Value::maybe_text(version.exact.as_ref().map(|exact| &exact.sha256)),
        Value::time(version.drafted_at),
        Value::time(version.created_at),
    ];
    Statement::with(
        "INSERT INTO versions (id, app_id, version, git_sha, git_branch, git_tag, git_committer, build_number, made_at, \
         exact_size, exact_sha256, drafted_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        values,
    )
}
