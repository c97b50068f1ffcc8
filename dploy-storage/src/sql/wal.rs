//! Commits on the disk: one wait for all that were made in the meantime.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use sqlx::{Row as _, SqlitePool};
use tokio::{sync::Mutex, task::spawn_blocking};

/// The write-ahead log of a database file.
///
/// SQLite commits to the log and leaves it to the system when that reaches the disk (`synchronous = NORMAL`); who reports a
/// commit waits for [`Wal::sync`] first. Those who wait at the same time share one wait for the disk, which SQLite's own
/// (`synchronous = FULL`) makes for each commit, with the writer held.
#[derive(Clone, Debug)]
pub(super) struct Wal(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    writer: SqlitePool,
    /// How many commits asked to be kept, and up to which one all are.
    asked: AtomicU64,
    kept: AtomicU64,
    turn: Mutex<()>,
    /// The system may have lost a part of the log, and never says so twice.
    doubtful: AtomicBool,
}

impl Wal {
    /// The log of that database; what it holds is brought into the database by the writer where the log is in doubt.
    pub(super) fn new(database: &Path, writer: SqlitePool) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        Self(Arc::new(Inner {
            path: path.into(),
            writer,
            asked: AtomicU64::new(0),
            kept: AtomicU64::new(0),
            turn: Mutex::new(()),
            doubtful: AtomicBool::new(false),
        }))
    }

    /// Waits until every commit that came before this call is on the disk.
    pub(super) async fn sync(&self) -> Result<(), sqlx::Error> {
        let Inner { asked, kept, turn, .. } = &*self.0;
        let own = asked.fetch_add(1, Ordering::SeqCst) + 1;
        let _turn = turn.lock().await;
        if kept.load(Ordering::SeqCst) >= own {
            return Ok(());
        }
        let all = asked.load(Ordering::SeqCst);
        self.keep().await?;
        kept.store(all, Ordering::SeqCst);
        Ok(())
    }

    async fn keep(&self) -> Result<(), sqlx::Error> {
        let doubtful = &self.0.doubtful;
        if doubtful.swap(true, Ordering::SeqCst) {
            self.carry_over().await?;
        } else {
            let path = self.0.path.clone();
            let synced = spawn_blocking(move || sync(&path)).await;
            synced.map_err(io::Error::other).and_then(|done| done).map_err(sqlx::Error::Io)?;
        }
        doubtful.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Brings all of the log into the database, whose file is on the disk then.
    async fn carry_over(&self) -> Result<(), sqlx::Error> {
        let done = sqlx::query("PRAGMA wal_checkpoint(FULL)").fetch_one(&self.0.writer).await?;
        let (logged, carried): (i64, i64) = (done.try_get(1)?, done.try_get(2)?);
        match logged == carried {
            true => Ok(()),
            false => Err(sqlx::Error::Io(io::Error::other("readers keep the log from being carried over"))),
        }
    }
}

fn sync(path: &Path) -> io::Result<()> {
    match File::open(path) {
        Ok(log) => log.sync_data(),
        // The last process that had it open has brought all of it into the database.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_log_in_doubt_is_carried_over_before_a_commit_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("records.db");
        let url = format!("sqlite://{}?mode=rwc", database.display());
        let one = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
        let pool = one.connect(&url).await.unwrap();
        let run = async |text: &'static str| sqlx::query(text).execute(&pool).await.unwrap();
        run("PRAGMA journal_mode = WAL").await;
        run("CREATE TABLE t (x INT)").await;
        let wal = Wal::new(&database, pool.clone());
        // What the file holds without the log, as after a failure of the machine that took the log along.
        let rows = async || {
            let copy = folder.path().join("copy.db");
            std::fs::copy(&database, &copy).unwrap();
            let copied = SqlitePool::connect(&format!("sqlite://{}", copy.display())).await.unwrap();
            sqlx::query("SELECT x FROM t").fetch_all(&copied).await.map(|rows| rows.len()).ok()
        };
        wal.sync().await.unwrap();
        assert_eq!(rows().await, None, "a log that is on the disk stays as it is");
        run("INSERT INTO t VALUES (1)").await;
        wal.0.doubtful.store(true, Ordering::SeqCst);
        wal.sync().await.unwrap();
        assert_eq!((rows().await, wal.0.doubtful.load(Ordering::SeqCst)), (Some(1), false));
    }

    #[tokio::test]
    async fn all_who_wait_at_once_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("records.db");
        let pool = SqlitePool::connect_lazy("sqlite::memory:").unwrap();
        // There is no log, as after the end of the last process that used the database.
        let wal = Wal::new(&database, pool);
        let waiting = (0..100).map(|_| wal.sync());
        futures::future::try_join_all(waiting).await.unwrap();
        assert_eq!((wal.0.asked.load(Ordering::SeqCst), wal.0.kept.load(Ordering::SeqCst)), (100, 100));
    }
}
