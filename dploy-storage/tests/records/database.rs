//! The databases that the tests use.

use dploy_servers::Postgres;
use dploy_storage::sql::{DatabaseUrl, SqlRecords};
use tempfile::TempDir;

/// A database of its own for a test.
pub(crate) struct Database {
    pub(crate) url: DatabaseUrl,
    pub(crate) text: String,
    _folder: Option<TempDir>,
}

impl Database {
    /// An empty file.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("sqlite://{}", folder.path().join("data/records.db").display());
        Self { url: DatabaseUrl::parse(&text).unwrap(), text, _folder: Some(folder) }
    }

    /// An empty database of the shared server; `None` where PostgreSQL is missing and the test is skipped.
    pub(crate) async fn postgres() -> Option<Self> {
        let text = Postgres::shared().await.unwrap()?.database().await.unwrap();
        Some(Self { url: DatabaseUrl::parse(&text).unwrap(), text, _folder: None })
    }

    pub(crate) async fn open(&self) -> SqlRecords {
        SqlRecords::connect(&self.url).await.unwrap()
    }

    /// Records as two processes have them: each with connections of its own.
    pub(crate) async fn replicas(&self) -> [SqlRecords; 2] {
        [self.open().await, self.open().await]
    }
}

/// Runs statements past the records.
pub(crate) async fn run(database: &Database, statements: String) {
    let statements = sqlx::AssertSqlSafe(statements);
    if database.text.starts_with("sqlite") {
        let pool = sqlx::SqlitePool::connect(&database.text).await.unwrap();
        sqlx::raw_sql(statements).execute(&pool).await.unwrap();
        pool.close().await;
    } else {
        let pool = sqlx::PgPool::connect(&database.text).await.unwrap();
        sqlx::raw_sql(statements).execute(&pool).await.unwrap();
        pool.close().await;
    }
}

/// The numbers of a query's only column.
pub(crate) async fn numbers(database: &Database, query: &'static str) -> Vec<i64> {
    if database.text.starts_with("sqlite") {
        let pool = sqlx::SqlitePool::connect(&database.text).await.unwrap();
        let found = sqlx::query_scalar(query).fetch_all(&pool).await.unwrap();
        pool.close().await;
        found
    } else {
        let pool = sqlx::PgPool::connect(&database.text).await.unwrap();
        let found = sqlx::query_scalar(query).fetch_all(&pool).await.unwrap();
        pool.close().await;
        found
    }
}

/// Defines the test for both databases.
macro_rules! on_both {
    ($($name:ident($database:ident) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn prove($database: &crate::database::Database) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                prove(&crate::database::Database::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(database) = crate::database::Database::postgres().await {
                    prove(&database).await;
                }
            }
        }
    )*};
}

pub(crate) use on_both;
