use async_trait::async_trait;
use dploy_core::releases::{
    audit::AuditEvent,
    file::FilePath,
    name::TargetName,
    ports::{RecordError, TargetRecords},
    target::{Hold, RepositoryUrl, Target},
};

use super::{
    super::{
        row::Row,
        session::Session,
        statement::{Statement, Value},
    },
    SqlRecords,
};

#[async_trait]
impl TargetRecords for SqlRecords {
    async fn create_target(&self, target: &Target, event: &AuditEvent) -> Result<(), RecordError> {
        let insert = "INSERT INTO targets (name, repository, branch, folder, created_at) VALUES ($1, $2, $3, $4, $5)";
        let created_at = Value::time(target.created_at);
        let mut session = self.pool.write().await?;
        session.execute(Statement::with(insert, values(target).into_iter().chain([created_at]))).await?;
        session.commit_with(event).await
    }

    async fn update_target(&self, target: &Target, event: &AuditEvent) -> Result<(), RecordError> {
        let update = "UPDATE targets SET repository = $2, branch = $3, folder = $4 WHERE name = $1";
        let mut session = self.pool.write().await?;
        session.change(Statement::with(update, values(target)), RecordError::NotFound).await?;
        session.commit_with(event).await
    }

    async fn list_targets(&self) -> Result<Vec<Target>, RecordError> {
        self.pool.list(Statement::new("SELECT * FROM targets ORDER BY name"), target).await
    }

    async fn remove_target(&self, target: &TargetName, event: &AuditEvent) -> Result<(), RecordError> {
        // What is left and names the target keeps the database from removing it.
        let holds = "DELETE FROM app_targets WHERE target = $1 AND deployment_id IS NULL";
        let remove = "DELETE FROM targets WHERE name = $1";
        let mut session = self.pool.write().await?;
        session.execute(Statement::with(holds, [Value::text(target)])).await?;
        session.change(Statement::with(remove, [Value::text(target)]), RecordError::NotFound).await?;
        session.commit_with(event).await
    }

    async fn set_hold(
        &self,
        app_id: &str,
        target: &TargetName,
        hold: Option<&Hold>,
        event: &AuditEvent,
    ) -> Result<(), RecordError> {
        let both = "SELECT id FROM applications WHERE id = $1 AND EXISTS (SELECT name FROM targets WHERE name = $2)";
        let both = Statement::with(both, [Value::text(app_id), Value::text(target)]);
        let mut session = self.pool.write().await?;
        session.row(both).await?.ok_or(RecordError::NotFound)?;
        put_hold(&mut session, app_id, target, hold).await?;
        session.commit_with(event).await
    }
}

/// Sets or lifts the hold.
pub(super) async fn put_hold(
    session: &mut Session,
    app_id: &str,
    target: &TargetName,
    hold: Option<&Hold>,
) -> Result<(), RecordError> {
    let values = [
        Value::text(app_id),
        Value::text(target),
        Value::maybe_text(hold.map(|hold| &hold.reason)),
        Value::maybe_text(hold.map(|hold| &hold.by)),
        Value::maybe_time(hold.map(|hold| hold.at)),
        Value::maybe_text(hold.and_then(|hold| hold.deployment.as_ref())),
    ];
    let put = "INSERT INTO app_targets (app_id, target, hold, held_by, held_at, hold_deployment) \
               VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (app_id, target) DO UPDATE SET hold = excluded.hold, held_by = excluded.held_by, \
               held_at = excluded.held_at, hold_deployment = excluded.hold_deployment";
    session.execute(Statement::with(put, values)).await.map(drop)
}

fn values(target: &Target) -> [Value; 4] {
    [
        Value::text(&target.name),
        Value::maybe_text(target.repository.as_ref()),
        Value::maybe_text(target.branch.as_ref()),
        Value::text(target.folder.as_str()),
    ]
}

fn target(row: &Row) -> Result<Target, RecordError> {
    Ok(Target {
        name: row.name("name")?,
        repository: row.maybe_read("repository", RepositoryUrl::parse)?,
        branch: row.maybe_name("branch")?,
        folder: row.read("folder", |text| FilePath::parse(text).ok())?,
        created_at: row.time("created_at")?,
    })
}
