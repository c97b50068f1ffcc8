//! Where a page of a long list of versions begins, without counting up to it.
//!
//! Whoever changes a block has changed the application's own totals before, so that writers of one application take turns.

use dploy_core::releases::{
    page::Page,
    ports::RecordError,
    version::{Version, VersionStatus},
};

use super::super::{
    pool::Pool,
    session::Session,
    statement::{Statement, Value},
};

/// How many versions are in a block when the next one begins.
const SIZE: u64 = 1_000;
/// What comes before every version.
const BEGINNING: i64 = i64::MIN;

/// A version's place in the list.
pub(super) struct Place {
    pub(super) app_id: String,
    pub(super) created_at: i64,
    pub(super) id: String,
}

impl Place {
    pub(super) fn of(version: &Version) -> Self {
        let (app_id, id) = (version.app_id.clone(), version.id.clone());
        Self { app_id, created_at: version.created_at.unix_micros(), id }
    }

    fn values(&self) -> [Value; 3] {
        [Value::text(&self.app_id), Value::Int(Some(self.created_at)), Value::text(&self.id)]
    }
}

/// How many drafts and published versions a block has more than before.
#[derive(Clone, Copy)]
pub(super) struct Change {
    pub(super) drafts: i64,
    pub(super) published: i64,
}

/// Counts a draft that was stored.
pub(super) async fn add(session: &mut Session, place: &Place) -> Result<(), RecordError> {
    let open = "INSERT INTO version_blocks (app_id, created_at, id, drafts, published) SELECT $1, $2, $3, 0, 0 \
                WHERE (SELECT drafts + published FROM version_blocks WHERE app_id = $1 \
                ORDER BY created_at DESC, id DESC LIMIT 1) >= $4 \
                AND NOT EXISTS (SELECT 1 FROM versions WHERE app_id = $1 AND (created_at, id) > ($2, $3))";
    let values = place.values().into_iter().chain([Value::number(SIZE)]);
    session.execute(Statement::with(open, values)).await?;
    if change(session, place, Change { drafts: 1, published: 0 }).await? == 0 {
        let first = "INSERT INTO version_blocks (app_id, created_at, id, drafts, published) VALUES ($1, $2, '', 1, 0)";
        session.execute(Statement::with(first, [Value::text(&place.app_id), Value::Int(Some(BEGINNING))])).await?;
    }
    Ok(())
}

/// Changes the block of a version; how many blocks that were.
pub(super) async fn change(session: &mut Session, place: &Place, change: Change) -> Result<u64, RecordError> {
    let count = "UPDATE version_blocks SET drafts = drafts + $4, published = published + $5 WHERE app_id = $1 \
                 AND (created_at, id) = (SELECT created_at, id FROM version_blocks WHERE app_id = $1 \
                 AND (created_at, id) <= ($2, $3) ORDER BY created_at DESC, id DESC LIMIT 1)";
    let changes = [Value::Int(Some(change.drafts)), Value::Int(Some(change.published))];
    session.execute(Statement::with(count, place.values().into_iter().chain(changes))).await
}

/// What a page is looked for behind, and the page from there on; the whole list where its blocks do not say where that is.
pub(super) async fn before_page(
    session: &mut Session,
    app_id: &str,
    status: Option<VersionStatus>,
    total: u64,
    page: Page,
) -> Result<(Option<Place>, Page), RecordError> {
    if page.offset <= SIZE || page.offset >= total {
        return Ok((None, page));
    }
    let size = match status {
        None => "SELECT created_at, id, drafts + published AS size",
        Some(VersionStatus::Draft) => "SELECT created_at, id, drafts AS size",
        Some(VersionStatus::Published) => "SELECT created_at, id, published AS size",
    };
    let blocks = Statement::new(size).then(" FROM version_blocks WHERE app_id = ").bind(Value::text(app_id));
    let blocks = session.rows(blocks.then(" ORDER BY created_at DESC, id DESC")).await?;
    let (mut counted, mut found) = (0, (None, page));
    for block in &blocks {
        let behind = counted + u64::try_from(block.int("size")?).unwrap_or_default();
        if behind <= page.offset {
            let place =
                Place { app_id: app_id.to_owned(), created_at: block.int("created_at")?, id: block.text("id")? };
            found = (Some(place), Page { offset: page.offset - behind, ..page });
        }
        counted = behind;
    }
    // A program that does not know of blocks has counted in the totals alone.
    Ok(if counted == total { found } else { (None, page) })
}

/// Counts anew where the blocks and the totals differ, because a program that does not know of blocks wrote to the database.
/// Lists are right without that, and slower.
pub(super) async fn mend(pool: &Pool) -> Result<(), RecordError> {
    let differing = "SELECT a.id FROM applications a LEFT JOIN (SELECT app_id, sum(drafts) AS drafts, \
                     sum(published) AS published FROM version_blocks GROUP BY app_id) b ON b.app_id = a.id \
                     WHERE a.drafts <> coalesce(b.drafts, 0) OR a.published <> coalesce(b.published, 0)";
    for app_id in pool.list(Statement::new(differing), |row| row.text("id")).await? {
        let mut session = pool.write().await?;
        for statement in recount(&app_id) {
            session.execute(statement).await?;
        }
        session.commit().await?;
        tracing::info!(application.id = app_id, "the blocks of its versions were counted");
    }
    Ok(())
}

fn recount(app_id: &str) -> [Statement; 3] {
    let app_id = || Value::text(app_id);
    let count = "INSERT INTO version_blocks (app_id, created_at, id, drafts, published) \
                 WITH numbered AS (SELECT created_at, id, published_at, \
                 row_number() OVER (ORDER BY created_at, id) - 1 AS place FROM versions WHERE app_id = $1) \
                 SELECT $1, max(CASE WHEN place = 0 THEN $2 WHEN place % $3 = 0 THEN created_at END), \
                 max(CASE WHEN place = 0 THEN '' WHEN place % $3 = 0 THEN id END), \
                 count(*) - count(published_at), count(published_at) FROM numbered GROUP BY place / $3";
    [
        Statement::with("UPDATE applications SET drafts = drafts WHERE id = $1", [app_id()]),
        Statement::with("DELETE FROM version_blocks WHERE app_id = $1", [app_id()]),
        Statement::with(count, [app_id(), Value::Int(Some(BEGINNING)), Value::number(SIZE)]),
    ]
}
