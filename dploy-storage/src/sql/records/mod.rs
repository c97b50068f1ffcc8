mod applications;
mod audit;
mod blocks;
mod deployments;
mod drafts;
pub(super) mod event;
mod keys;
mod leases;
mod policies;
mod queue;
mod targets;
mod versions;

use dploy_core::error::chain;

use super::{error::OpenError, migrate::migrate, pool::Pool, url::DatabaseUrl};

/// The records in SQLite or PostgreSQL.
///
/// Any number of processes may use one PostgreSQL database; the processes that use one SQLite file have to be on one
/// machine. A call ends after ten seconds at the latest, with
/// [`RecordError::Unavailable`](dploy_core::releases::ports::RecordError::Unavailable); the next one tries anew.
#[derive(Clone, Debug)]
pub struct SqlRecords {
    pool: Pool,
}

impl SqlRecords {
    /// Opens the database and brings its schema to the one that this program knows; several processes may do so at once.
    ///
    /// # Errors
    /// The database does not answer, or its schema is newer than this program's.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self, OpenError> {
        let pool = Pool::open(url)?;
        migrate(&pool).await?;
        if let Err(error) = blocks::mend(&pool).await {
            tracing::warn!(error = chain(&error), "long lists of versions may be slow");
        }
        Ok(Self { pool })
    }

    /// Waits for calls that are under way and closes all connections; later calls fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
