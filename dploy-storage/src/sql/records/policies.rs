use async_trait::async_trait;
use dploy_core::releases::{
    audit::AuditEvent,
    pattern::Pattern,
    policy::{AutoDeployPolicy, Rule},
    ports::{PolicyRecords, RecordError},
};

use super::{
    super::{
        row::Row,
        statement::{Statement, Value},
    },
    SqlRecords,
};

#[async_trait]
impl PolicyRecords for SqlRecords {
    async fn create_policy(&self, policy: &AutoDeployPolicy, event: &AuditEvent) -> Result<(), RecordError> {
        let insert = "INSERT INTO policies (id, app_id, name, branch, tag, exclude, target, enabled, created_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let mut values = values(policy)?;
        values.push(Value::time(policy.created_at));
        let mut session = self.pool.write().await?;
        session.execute(Statement::with(insert, values)).await?;
        session.commit_with(event).await
    }

    async fn update_policy(&self, policy: &AutoDeployPolicy, event: &AuditEvent) -> Result<(), RecordError> {
        let update = "UPDATE policies SET name = $3, branch = $4, tag = $5, exclude = $6, target = $7, enabled = $8 \
                      WHERE id = $1 AND app_id = $2";
        let mut session = self.pool.write().await?;
        session.change(Statement::with(update, values(policy)?), RecordError::NotFound).await?;
        session.commit_with(event).await
    }

    async fn find_policy(&self, app_id: &str, id: &str) -> Result<Option<AutoDeployPolicy>, RecordError> {
        let find = "SELECT * FROM policies WHERE id = $1 AND app_id = $2";
        self.pool.find(Statement::with(find, [Value::text(id), Value::text(app_id)]), policy).await
    }

    async fn list_policies(&self, app_id: &str) -> Result<Vec<AutoDeployPolicy>, RecordError> {
        let list = "SELECT * FROM policies WHERE app_id = $1 ORDER BY created_at DESC, id DESC";
        self.pool.list(Statement::with(list, [Value::text(app_id)]), policy).await
    }

    async fn remove_policy(&self, app_id: &str, id: &str, event: &AuditEvent) -> Result<(), RecordError> {
        let remove = "DELETE FROM policies WHERE id = $1 AND app_id = $2";
        let remove = Statement::with(remove, [Value::text(id), Value::text(app_id)]);
        let mut session = self.pool.write().await?;
        session.change(remove, RecordError::NotFound).await?;
        session.commit_with(event).await
    }
}

fn values(policy: &AutoDeployPolicy) -> Result<Vec<Value>, RecordError> {
    let exclude: Vec<&str> = policy.rule.exclude.iter().map(Pattern::as_str).collect();
    Ok(vec![
        Value::text(&policy.id),
        Value::text(&policy.app_id),
        Value::text(&policy.name),
        Value::maybe_text(policy.rule.branch.as_ref()),
        Value::maybe_text(policy.rule.tag.as_ref()),
        Value::json(&exclude)?,
        Value::text(&policy.target),
        Value::number(u64::from(policy.enabled)),
    ])
}

fn policy(row: &Row) -> Result<AutoDeployPolicy, RecordError> {
    let pattern = |text: &str| Pattern::parse(text).ok();
    let patterns = |text: &str| {
        let texts: Vec<String> = serde_json::from_str(text).ok()?;
        texts.iter().map(|text| pattern(text)).collect()
    };
    Ok(AutoDeployPolicy {
        id: row.text("id")?,
        app_id: row.text("app_id")?,
        name: row.name("name")?,
        rule: Rule {
            branch: row.maybe_read("branch", pattern)?,
            tag: row.maybe_read("tag", pattern)?,
            exclude: row.read("exclude", patterns)?,
        },
        target: row.name("target")?,
        enabled: row.int("enabled")? != 0,
        created_at: row.time("created_at")?,
    })
}
