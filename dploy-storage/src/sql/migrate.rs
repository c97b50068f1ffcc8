use dploy_core::releases::ports::RecordError;

use super::{
    error::OpenError,
    pool::Pool,
    session::{Session, Transaction},
    statement::{Statement, Value},
};

/// The steps of the schema in their order; their numbers are their places, from 1. A released step never changes.
const STEPS: &[&str] =
    &[include_str!("../../migrations/0001_releases.sql"), include_str!("../../migrations/0002_version_blocks.sql")];

/// Brings the database to the schema that this program knows, all or nothing; one replica at a time.
pub(super) async fn migrate(pool: &Pool) -> Result<(), OpenError> {
    let mut session = pool.write().await?;
    lock(&mut session).await?;
    session.script("CREATE TABLE IF NOT EXISTS schema_steps (number BIGINT NOT NULL PRIMARY KEY)").await?;
    let latest = Statement::new("SELECT coalesce(max(number), 0) AS latest FROM schema_steps");
    let found = session.row(latest).await?.map_or(Ok(0), |row| row.int("latest"))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    for (number, step) in (1..).zip(STEPS).filter(|(number, _)| *number > found) {
        session.script(step).await?;
        let done = Statement::with("INSERT INTO schema_steps (number) VALUES ($1)", [Value::Int(Some(number))]);
        session.execute(done).await?;
        tracing::info!(schema.step = number, "database schema brought forward");
    }
    Ok(session.commit().await?)
}

/// Keeps other replicas from migrating until the transaction ends; SQLite's writers exclude one another anyway.
async fn lock(session: &mut Session) -> Result<(), RecordError> {
    match session.transaction {
        #[cfg(feature = "sqlite")]
        Transaction::Sqlite { .. } => Ok(()),
        #[cfg(feature = "postgres")]
        Transaction::Postgres(_) => {
            // The number is this program's own among the advisory locks of the database.
            session.execute(Statement::new("SELECT pg_advisory_xact_lock(7236837105)")).await.map(drop)
        }
    }
}
