use std::time::Duration;

use dploy_core::releases::{
    audit::AuditEvent,
    page::{Page, Paged},
    ports::RecordError,
};
use tokio::time::{Instant, timeout_at};

use super::{
    error::{TimedOut, refused},
    records::event,
    row::Row,
    statement::{Statement, Value, query},
};

/// A transaction of either database, with the time it has to end in. One that is dropped is rolled back.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) transaction: Transaction,
    pub(super) deadline: Instant,
}

#[derive(Debug)]
pub(super) enum Transaction {
    #[cfg(feature = "sqlite")]
    Sqlite {
        transaction: sqlx::Transaction<'static, sqlx::Sqlite>,
        /// Where a commit has to be on the disk before it is reported.
        log: Option<super::wal::Wal>,
    },
    #[cfg(feature = "postgres")]
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Session {
    /// Carries out the statement; how many rows it changed.
    pub(super) async fn execute(&mut self, statement: Statement) -> Result<u64, RecordError> {
        let transaction = &mut self.transaction;
        bounded(self.deadline, async {
            match transaction {
                #[cfg(feature = "sqlite")]
                Transaction::Sqlite { transaction: tx, .. } => {
                    Ok(query!(statement).execute(&mut **tx).await?.rows_affected())
                }
                #[cfg(feature = "postgres")]
                Transaction::Postgres(tx) => Ok(query!(statement).execute(&mut **tx).await?.rows_affected()),
            }
        })
        .await
    }

    /// The rows of the statement.
    pub(super) async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, RecordError> {
        let transaction = &mut self.transaction;
        bounded(self.deadline, async {
            match transaction {
                #[cfg(feature = "sqlite")]
                Transaction::Sqlite { transaction: tx, .. } => {
                    Ok(query!(statement).fetch_all(&mut **tx).await?.into_iter().map(Row::Sqlite).collect())
                }
                #[cfg(feature = "postgres")]
                Transaction::Postgres(tx) => {
                    Ok(query!(statement).fetch_all(&mut **tx).await?.into_iter().map(Row::Postgres).collect())
                }
            }
        })
        .await
    }

    /// Runs a text of several statements without values.
    pub(super) async fn script(&mut self, text: &'static str) -> Result<(), RecordError> {
        let transaction = &mut self.transaction;
        bounded(self.deadline, async {
            match transaction {
                #[cfg(feature = "sqlite")]
                Transaction::Sqlite { transaction: tx, .. } => {
                    let text = sqlx::AssertSqlSafe(text.replace(r#" COLLATE "C""#, ""));
                    sqlx::raw_sql(text).execute(&mut **tx).await.map(drop)
                }
                #[cfg(feature = "postgres")]
                Transaction::Postgres(tx) => sqlx::raw_sql(text).execute(&mut **tx).await.map(drop),
            }
        })
        .await
    }

    /// The first row of the statement, if it has any.
    pub(super) async fn row(&mut self, statement: Statement) -> Result<Option<Row>, RecordError> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Carries out the statement, which has to change something: `otherwise` where it does not.
    pub(super) async fn change(&mut self, statement: Statement, otherwise: RecordError) -> Result<(), RecordError> {
        if self.execute(statement).await? == 0 { Err(otherwise) } else { Ok(()) }
    }

    /// The number in the column `total` of the only row of `count`, and the rows of `list`, read by `read`.
    pub(super) async fn paged<T>(
        self,
        count: Statement,
        list: Statement,
        read: impl Fn(&Row) -> Result<T, RecordError>,
    ) -> Result<Paged<T>, RecordError> {
        self.paged_with(count, |_| list, read).await
    }

    /// The same with a list that depends on how many rows there are.
    pub(super) async fn paged_with<T>(
        mut self,
        count: Statement,
        list: impl FnOnce(u64) -> Statement,
        read: impl Fn(&Row) -> Result<T, RecordError>,
    ) -> Result<Paged<T>, RecordError> {
        let total = self.row(count).await?.map_or(Ok(0), |row| row.number("total"))?;
        let items = self.rows(list(total)).await?.iter().map(read).collect::<Result<_, _>>()?;
        self.commit().await?;
        Ok(Paged { items, total })
    }

    /// Stores the event and ends the transaction.
    pub(super) async fn commit_with(mut self, event: &AuditEvent) -> Result<(), RecordError> {
        self.execute(event::insert(event)?).await?;
        self.commit().await
    }

    /// Ends the transaction: others see what it did, and it is on the disk when a later one is. A machine that fails before
    /// forgets it.
    pub(super) async fn commit_lightly(mut self) -> Result<(), RecordError> {
        match &mut self.transaction {
            #[cfg(feature = "sqlite")]
            Transaction::Sqlite { log, .. } => *log = None,
            #[cfg(feature = "postgres")]
            Transaction::Postgres(_) => {}
        }
        self.commit().await
    }

    /// Ends the transaction: what it did is kept.
    pub(super) async fn commit(self) -> Result<(), RecordError> {
        bounded(self.deadline, async {
            match self.transaction {
                #[cfg(feature = "sqlite")]
                Transaction::Sqlite { transaction, log } => {
                    transaction.commit().await?;
                    match log {
                        Some(log) => log.sync().await,
                        None => Ok(()),
                    }
                }
                #[cfg(feature = "postgres")]
                Transaction::Postgres(tx) => tx.commit().await,
            }
        })
        .await
    }

    /// The database's clock, in microseconds since 1970.
    pub(super) async fn clock(&mut self) -> Result<i64, RecordError> {
        let text = match self.transaction {
            #[cfg(feature = "sqlite")]
            Transaction::Sqlite { .. } => "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER) AS now",
            #[cfg(feature = "postgres")]
            Transaction::Postgres(_) => "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now",
        };
        self.row(Statement::new(text)).await?.map_or(Ok(i64::MAX), |row| row.int("now"))
    }
}

/// ` LIMIT … OFFSET …`.
pub(super) fn limited(statement: Statement, page: Page) -> Statement {
    let statement = statement.then(" LIMIT ").bind(Value::number(u64::from(page.limit)));
    statement.then(" OFFSET ").bind(Value::number(page.offset))
}

/// The page of a list of `total` rows as its nearer end has it: whether the order is reversed, and the page in that order.
/// Databases find a page by counting up to it.
pub(super) fn nearer(page: Page, total: u64) -> (bool, Page) {
    let behind = total.saturating_sub(page.offset);
    if page.offset <= behind {
        return (false, page);
    }
    let limit = u32::try_from(behind).unwrap_or(u32::MAX).min(page.limit);
    (true, Page { limit, offset: behind - u64::from(limit) })
}

/// The outcome of the driver's work, which has to come before the deadline.
pub(super) async fn bounded<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, RecordError> {
    match timeout_at(deadline, work).await {
        Ok(done) => done.map_err(refused),
        Err(_) => Err(RecordError::Unavailable(Box::new(TimedOut))),
    }
}

/// When a call that begins now has to end.
pub(super) fn deadline(timeout: Duration) -> Instant {
    Instant::now() + timeout
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_counted_from_the_nearer_end() {
        let all: Vec<u32> = (0..10).collect();
        for (limit, offset) in (0..12).flat_map(|limit| (0..13).map(move |offset| (limit, offset))) {
            let (reversed, page) = nearer(Page { limit, offset }, 10);
            let take = |all: Vec<u32>, page: Page| {
                let skipped = all.into_iter().skip(usize::try_from(page.offset).unwrap());
                skipped.take(usize::try_from(page.limit).unwrap()).collect::<Vec<_>>()
            };
            let mut found = take(if reversed { all.iter().rev().copied().collect() } else { all.clone() }, page);
            if reversed {
                found.reverse();
            }
            assert_eq!(found, take(all.clone(), Page { limit, offset }), "limit {limit}, offset {offset}");
            assert!(page.offset <= 5, "{page:?}");
        }
    }
}
