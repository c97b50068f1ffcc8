use std::time::Duration;

use dploy_core::releases::ports::RecordError;

use super::{
    error::{OpenError, TimedOut},
    row::Row,
    session::{Session, Transaction, bounded, deadline},
    statement::{Statement, query},
    url::{DatabaseUrl, Driver},
};

/// How long a call may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a look at whether the database answers may take.
pub(super) const READY_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a writer waits for another one's transaction to end.
#[cfg(feature = "sqlite")]
const BUSY: Duration = Duration::from_secs(5);
/// How many connections are open at most.
#[cfg(feature = "postgres")]
const CONNECTIONS: u32 = 16;
/// How many readers SQLite has at most.
#[cfg(feature = "sqlite")]
const READERS: u32 = 4;

/// The connections to one database.
#[derive(Clone, Debug)]
pub(super) enum Pool {
    /// One writer, because SQLite has one anyway and queues others by letting them sleep and try again.
    #[cfg(feature = "sqlite")]
    Sqlite { writer: sqlx::SqlitePool, readers: sqlx::SqlitePool, log: Option<super::wal::Wal> },
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
}

impl Pool {
    pub(super) fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        match url.driver() {
            #[cfg(feature = "sqlite")]
            Some(Driver::Sqlite) => sqlite(url),
            #[cfg(not(feature = "sqlite"))]
            Some(Driver::Sqlite) => Err(OpenError::Driver("sqlite")),
            #[cfg(feature = "postgres")]
            Some(Driver::Postgres) => postgres(url),
            #[cfg(not(feature = "postgres"))]
            Some(Driver::Postgres) => Err(OpenError::Driver("postgres")),
            None => Err(super::url::InvalidDatabaseUrl.into()),
        }
    }

    /// A transaction that writes.
    pub(super) async fn write(&self) -> Result<Session, RecordError> {
        let deadline = deadline(TIMEOUT);
        let transaction = bounded(deadline, async {
            match self {
                #[cfg(feature = "sqlite")]
                Self::Sqlite { writer, log, .. } => {
                    let transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
                    Ok(Transaction::Sqlite { transaction, log: log.clone() })
                }
                #[cfg(feature = "postgres")]
                Self::Postgres(pool) => pool.begin().await.map(Transaction::Postgres),
            }
        });
        Ok(Session { transaction: transaction.await?, deadline })
    }

    /// A transaction that reads one state of the database.
    pub(super) async fn read(&self) -> Result<Session, RecordError> {
        self.read_within(TIMEOUT).await
    }

    pub(super) async fn read_within(&self, timeout: Duration) -> Result<Session, RecordError> {
        let deadline = deadline(timeout);
        let transaction = bounded(deadline, async {
            match self {
                #[cfg(feature = "sqlite")]
                Self::Sqlite { readers, .. } => {
                    Ok(Transaction::Sqlite { transaction: readers.begin_with("BEGIN").await?, log: None })
                }
                #[cfg(feature = "postgres")]
                Self::Postgres(pool) => {
                    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                    pool.begin_with(begin).await.map(Transaction::Postgres)
                }
            }
        });
        Ok(Session { transaction: transaction.await?, deadline })
    }

    /// The first row of the statement, read by `read`, if it has any.
    pub(super) async fn find<T>(
        &self,
        statement: Statement,
        read: impl Fn(&Row) -> Result<T, RecordError>,
    ) -> Result<Option<T>, RecordError> {
        Ok(self.list(statement, read).await?.into_iter().next())
    }

    /// The rows of the statement, read by `read`.
    pub(super) async fn list<T>(
        &self,
        statement: Statement,
        read: impl Fn(&Row) -> Result<T, RecordError>,
    ) -> Result<Vec<T>, RecordError> {
        self.rows(statement).await?.iter().map(read).collect()
    }

    /// One statement that reads needs no transaction of its own.
    async fn rows(&self, statement: Statement) -> Result<Vec<Row>, RecordError> {
        bounded(deadline(TIMEOUT), async {
            match self {
                #[cfg(feature = "sqlite")]
                Self::Sqlite { readers, .. } => {
                    Ok(query!(statement).fetch_all(readers).await?.into_iter().map(Row::Sqlite).collect())
                }
                #[cfg(feature = "postgres")]
                Self::Postgres(pool) => {
                    Ok(query!(statement).fetch_all(pool).await?.into_iter().map(Row::Postgres).collect())
                }
            }
        })
        .await
    }

    /// Closes all connections when their work is done.
    pub(super) async fn close(&self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(url: &DatabaseUrl) -> Result<Pool, OpenError> {
    use sqlx::{
        Connection as _,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    };

    let options: SqliteConnectOptions = url.expose().parse().map_err(OpenError::Parameter)?;
    let options = options.foreign_keys(true).busy_timeout(BUSY);
    let one = SqlitePoolOptions::new().max_connections(1).acquire_timeout(TIMEOUT).test_before_acquire(false);
    if url.is_memory() {
        let only = one.min_connections(1).idle_timeout(None).max_lifetime(None).connect_lazy_with(options);
        return Ok(Pool::Sqlite { writer: only.clone(), readers: only, log: None });
    }
    if let Some(folder) = options.get_filename().parent() {
        std::fs::create_dir_all(folder).map_err(OpenError::Folder)?;
    }
    let written = options.clone().create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    let writer = one.after_release(|connection, _| {
        Box::pin(async move {
            // SQLite ends a transaction by itself where the disk is full; the driver goes on to believe in it, and could
            // begin no other one.
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    });
    // A commit is on the disk before it is reported, as the contract says: the session waits for the log.
    let writer = writer.connect_lazy_with(written.synchronous(SqliteSynchronous::Normal));
    let log = Some(super::wal::Wal::new(options.get_filename(), writer.clone()));
    let readers = SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(TIMEOUT).test_before_acquire(false);
    Ok(Pool::Sqlite { writer, readers: readers.connect_lazy_with(options.pragma("query_only", "ON")), log })
}

#[cfg(feature = "postgres")]
fn postgres(url: &DatabaseUrl) -> Result<Pool, OpenError> {
    use sqlx::{
        Connection as _,
        postgres::{PgConnectOptions, PgPoolOptions},
    };

    let options: PgConnectOptions = url.expose().parse().map_err(OpenError::Parameter)?;
    let options = options.application_name("dploy");
    // A connection whose call was given up may wait for a server that will never answer: it must not stay in the pool.
    let pool =
        PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(TIMEOUT).after_release(|connection, _| {
            Box::pin(async move {
                match tokio::time::timeout(READY_TIMEOUT, connection.ping()).await {
                    Ok(answer) => answer.map(|()| true),
                    Err(_) => Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, TimedOut))),
                }
            })
        });
    Ok(Pool::Postgres(pool.connect_lazy_with(options)))
}
