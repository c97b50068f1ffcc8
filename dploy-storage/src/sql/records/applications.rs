use async_trait::async_trait;
use dploy_core::releases::{
    application::{AppRef, AppTarget, Application, Current, ObjectRules},
    audit::AuditEvent,
    page::{Page, Paged},
    ports::{ApplicationFilter, ApplicationRecords, RecordError},
    target::Hold,
};

use super::{
    super::{
        row::Row,
        session::limited,
        statement::{Filter, Statement, Value},
    },
    SqlRecords,
};

#[async_trait]
impl ApplicationRecords for SqlRecords {
    async fn create_application(&self, application: &Application, event: &AuditEvent) -> Result<(), RecordError> {
        let values = [
            Value::text(&application.id),
            Value::text(&application.name),
            Value::maybe_json(application.rules.kinds.as_ref())?,
            Value::maybe_json(application.rules.namespaces.as_ref())?,
            Value::time(application.created_at),
            Value::time(application.updated_at),
        ];
        let insert = "INSERT INTO applications (id, name, kinds, namespaces, created_at, updated_at) \
                      VALUES ($1, $2, $3, $4, $5, $6)";
        let mut session = self.pool.write().await?;
        session.execute(Statement::with(insert, values)).await?;
        session.commit_with(event).await
    }

    async fn update_application(&self, application: &Application, event: &AuditEvent) -> Result<(), RecordError> {
        let values = [
            Value::text(&application.id),
            Value::maybe_json(application.rules.kinds.as_ref())?,
            Value::maybe_json(application.rules.namespaces.as_ref())?,
            Value::time(application.updated_at),
        ];
        let update = "UPDATE applications SET kinds = $2, namespaces = $3, updated_at = $4 WHERE id = $1";
        let mut session = self.pool.write().await?;
        session.change(Statement::with(update, values), RecordError::NotFound).await?;
        session.commit_with(event).await
    }

    async fn find_application(&self, app: &AppRef) -> Result<Option<Application>, RecordError> {
        let find = "SELECT * FROM applications WHERE id = $1 OR name = $1 \
                    ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1";
        self.pool.find(Statement::with(find, [Value::text(app.as_str())]), application).await
    }

    async fn list_applications(
        &self,
        filter: &ApplicationFilter,
        page: Page,
    ) -> Result<Paged<Application>, RecordError> {
        let filter = Filter::default().only("name = ", filter.name.as_ref().map(Value::text)).among(
            "name IN ",
            filter.among.as_ref(),
            "",
        );
        let count = Statement::new("SELECT count(*) AS total FROM applications").filtered(&filter);
        let list = Statement::new("SELECT * FROM applications").filtered(&filter);
        let list = limited(list.then(" ORDER BY created_at DESC, id DESC"), page);
        self.pool.read().await?.paged(count, list, application).await
    }

    async fn app_targets(&self, app_ids: &[String]) -> Result<Vec<(String, AppTarget)>, RecordError> {
        let list = Statement::new("SELECT * FROM app_targets WHERE app_id IN ").list(app_ids.iter().map(Value::text));
        let list = list.then(" AND (deployment_id IS NOT NULL OR hold IS NOT NULL) ORDER BY app_id, target");
        self.pool.list(list, |row| Ok((row.text("app_id")?, standing(row)?))).await
    }
}

fn application(row: &Row) -> Result<Application, RecordError> {
    Ok(Application {
        id: row.text("id")?,
        name: row.name("name")?,
        rules: ObjectRules { kinds: row.maybe_json("kinds")?, namespaces: row.maybe_json("namespaces")? },
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn standing(row: &Row) -> Result<AppTarget, RecordError> {
    let current = match row.maybe_text("deployment_id")? {
        Some(deployment) => Some(Current {
            deployment,
            sequence: row.number("sequence")?,
            version: row.name("version")?,
            commit: row.maybe_text("commit_id")?,
            deployed_at: row.time("deployed_at")?,
        }),
        None => None,
    };
    let hold = match row.maybe_text("hold")? {
        Some(reason) => Some(Hold {
            reason,
            by: row.text("held_by")?,
            at: row.time("held_at")?,
            deployment: row.maybe_text("hold_deployment")?,
        }),
        None => None,
    };
    Ok(AppTarget { target: row.name("target")?, current, hold })
}
