use std::collections::BTreeSet;

use async_trait::async_trait;
use dploy_core::{
    releases::{
        access::{Action, Scope},
        api_key::{ApiKey, SecretHash},
        audit::AuditEvent,
        page::{Page, Paged},
        ports::{KeyRecords, RecordError},
    },
    time::Timestamp,
};

use super::{
    super::{
        row::Row,
        session::limited,
        statement::{Statement, Value},
    },
    SqlRecords,
};

#[async_trait]
impl KeyRecords for SqlRecords {
    async fn create_key(&self, key: &ApiKey, event: &AuditEvent) -> Result<(), RecordError> {
        let insert = insert(key)?;
        let mut session = self.pool.write().await?;
        session.execute(insert).await?;
        session.commit_with(event).await
    }

    async fn find_keys(&self, prefix: &str) -> Result<Vec<ApiKey>, RecordError> {
        let find = "SELECT * FROM api_keys WHERE prefix = $1 ORDER BY created_at DESC, id DESC";
        self.pool.list(Statement::with(find, [Value::text(prefix)]), key).await
    }

    async fn list_keys(&self, page: Page) -> Result<Paged<ApiKey>, RecordError> {
        let count = Statement::new("SELECT count(*) AS total FROM api_keys");
        let list = limited(Statement::new("SELECT * FROM api_keys ORDER BY created_at DESC, id DESC"), page);
        self.pool.read().await?.paged(count, list, key).await
    }

    async fn revoke_key(&self, id: &str, at: Timestamp, event: &AuditEvent) -> Result<(), RecordError> {
        let revoke = "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        let revoke = Statement::with(revoke, [Value::text(id), Value::time(at)]);
        let mut session = self.pool.write().await?;
        session.change(revoke, RecordError::NotFound).await?;
        session.commit_with(event).await
    }

    async fn touch_key(&self, id: &str, at: Timestamp) -> Result<(), RecordError> {
        let touch = "UPDATE api_keys SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)";
        let mut session = self.pool.write().await?;
        session.execute(Statement::with(touch, [Value::text(id), Value::time(at)])).await?;
        session.commit().await
    }
}

fn insert(key: &ApiKey) -> Result<Statement, RecordError> {
    let actions: Vec<&str> = key.scope.actions.iter().map(|action| action.as_str()).collect();
    let values = [
        Value::text(&key.id),
        Value::text(&key.name),
        Value::text(&key.prefix),
        Value::text(&key.hash.salt),
        Value::text(&key.hash.digest),
        Value::maybe_json(key.scope.applications.as_ref())?,
        Value::json(&actions)?,
        Value::text(&key.created_by),
        Value::time(key.created_at),
        Value::maybe_time(key.expires_at),
        Value::maybe_time(key.used_at),
        Value::maybe_time(key.revoked_at),
    ];
    Ok(Statement::with(
        "INSERT INTO api_keys (id, name, prefix, salt, digest, applications, actions, created_by, created_at, expires_at, \
         used_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        values,
    ))
}

fn key(row: &Row) -> Result<ApiKey, RecordError> {
    let actions = |text: &str| {
        let words: BTreeSet<String> = serde_json::from_str(text).ok()?;
        words.iter().map(|word| Action::parse(word)).collect()
    };
    Ok(ApiKey {
        id: row.text("id")?,
        name: row.text("name")?,
        prefix: row.text("prefix")?,
        hash: SecretHash { salt: row.text("salt")?, digest: row.text("digest")? },
        scope: Scope { applications: row.maybe_json("applications")?, actions: row.read("actions", actions)? },
        created_by: row.text("created_by")?,
        created_at: row.time("created_at")?,
        expires_at: row.maybe_time("expires_at")?,
        used_at: row.maybe_time("used_at")?,
        revoked_at: row.maybe_time("revoked_at")?,
    })
}
