use async_trait::async_trait;
use dploy_core::releases::{
    audit::AuditEvent,
    deployment::Deployment,
    name::VersionId,
    page::{Page, Paged},
    ports::{PublicationRecord, RecordError, VersionRecords},
    version::{Publication, Rejection, Version, VersionMetadata, VersionStatus},
};

use super::{
    super::{
        row::Row,
        session::{Session, limited, nearer},
        statement::{Statement, Value},
    },
    SqlRecords,
    blocks::{self, Change, Place},
    deployments,
};

const NEWEST_FIRST: &str = " ORDER BY created_at DESC, id DESC";
const OLDEST_FIRST: &str = " ORDER BY created_at, id";

#[async_trait]
impl VersionRecords for SqlRecords {
    async fn find_version(&self, app_id: &str, id: &VersionId) -> Result<Option<Version>, RecordError> {
        let find = "SELECT v.*, a.name AS app FROM versions v JOIN applications a ON a.id = v.app_id \
                    WHERE v.app_id = $1 AND v.version = $2";
        self.pool.find(Statement::with(find, [Value::text(app_id), Value::text(id)]), version).await
    }

    async fn list_versions(
        &self,
        app_id: &str,
        status: Option<VersionStatus>,
        page: Page,
    ) -> Result<Paged<Version>, RecordError> {
        // The totals are kept, because counting all versions takes as long as there are many.
        let (count, only) = match status {
            None => ("SELECT drafts + published AS total FROM applications WHERE id = $1", ""),
            Some(VersionStatus::Draft) => {
                ("SELECT drafts AS total FROM applications WHERE id = $1", " AND published_at IS NULL")
            }
            Some(VersionStatus::Published) => {
                ("SELECT published AS total FROM applications WHERE id = $1", " AND published_at IS NOT NULL")
            }
        };
        let count = Statement::with(count, [Value::text(app_id)]);
        let list = Statement::new(
            "SELECT v.*, a.name AS app FROM versions v JOIN applications a ON a.id = v.app_id \
             WHERE v.id IN (SELECT id FROM versions WHERE app_id = ",
        );
        let list = list.bind(Value::text(app_id)).then(only);
        let mut session = self.pool.read().await?;
        let total = session.row(count).await?.map_or(Ok(0), |row| row.number("total"))?;
        let (behind, page) = blocks::before_page(&mut session, app_id, status, total, page).await?;
        let list = match behind {
            Some(Place { created_at, id, .. }) => {
                let list = list.then(" AND (created_at, id) < (").bind(Value::Int(Some(created_at)));
                limited(list.then(", ").bind(Value::text(id)).then(")").then(NEWEST_FIRST), page)
            }
            None => {
                let (reversed, page) = nearer(page, total);
                limited(list.then(if reversed { OLDEST_FIRST } else { NEWEST_FIRST }), page)
            }
        };
        let rows = session.rows(list.then(") ORDER BY v.created_at DESC, v.id DESC")).await?;
        let items = rows.iter().map(version).collect::<Result<_, _>>()?;
        session.commit().await?;
        Ok(Paged { items, total })
    }

    async fn publish(&self, record: &PublicationRecord, event: &AuditEvent) -> Result<Vec<Deployment>, RecordError> {
        let mut session = self.pool.write().await?;
        publish(&mut session, record).await?;
        let mut queued = Vec::with_capacity(record.deployments.len());
        for deployment in &record.deployments {
            let sequence = deployments::next_sequence(&mut session).await?;
            queued.push(deployments::insert(&mut session, deployment, sequence).await?);
        }
        session.commit_with(event).await?;
        Ok(queued)
    }

    async fn reject(&self, id: &str, rejection: Option<&Rejection>, event: &AuditEvent) -> Result<(), RecordError> {
        let values = [
            Value::text(id),
            Value::maybe_text(rejection.map(|rejection| &rejection.reason)),
            Value::maybe_text(rejection.map(|rejection| &rejection.by)),
            Value::maybe_time(rejection.map(|rejection| rejection.at)),
        ];
        let reject = "UPDATE versions SET rejection = $2, rejected_by = $3, rejected_at = $4 WHERE id = $1";
        let mut session = self.pool.write().await?;
        session.change(Statement::with(reject, values), RecordError::NotFound).await?;
        session.commit_with(event).await
    }
}

/// Of parallel transactions that do this to one draft, the first changes it; the others wait for it and change nothing.
async fn publish(session: &mut Session, record: &PublicationRecord) -> Result<(), RecordError> {
    let publication = &record.publication;
    let values = [
        Value::text(&record.id),
        Value::time(publication.at),
        Value::number(publication.archive.size),
        Value::text(&publication.archive.sha256),
        Value::json(&publication.files)?,
        Value::maybe_json(publication.resources.as_ref())?,
    ];
    let publish = "UPDATE versions SET published_at = $2, archive_size = $3, archive_sha256 = $4, files = $5, \
                   resources = $6 WHERE id = $1 AND published_at IS NULL";
    let count = "UPDATE applications SET drafts = drafts - 1, published = published + 1 \
                 WHERE id = (SELECT app_id FROM versions WHERE id = $1)";
    session.change(Statement::with(publish, values), RecordError::Conflict).await?;
    let place = "SELECT app_id, created_at, id FROM versions WHERE id = $1";
    session.execute(Statement::with(count, [Value::text(&record.id)])).await?;
    if let Some(row) = session.row(Statement::with(place, [Value::text(&record.id)])).await? {
        let place = Place { app_id: row.text("app_id")?, created_at: row.int("created_at")?, id: row.text("id")? };
        blocks::change(session, &place, Change { drafts: -1, published: 1 }).await?;
    }
    Ok(())
}

/// A row of `versions` with the application's name as `app`.
pub(super) fn version(row: &Row) -> Result<Version, RecordError> {
    Ok(Version {
        id: row.text("id")?,
        app_id: row.text("app_id")?,
        app: row.name("app")?,
        version: row.name("version")?,
        metadata: VersionMetadata {
            git_sha: row.text("git_sha")?,
            git_branch: row.text("git_branch")?,
            git_tag: row.maybe_text("git_tag")?,
            git_committer: row.maybe_text("git_committer")?,
            build_number: row.maybe_text("build_number")?,
            timestamp: row.time("made_at")?,
        },
        exact: row.maybe_bytes("exact_size", "exact_sha256")?,
        drafted_at: row.time("drafted_at")?,
        created_at: row.time("created_at")?,
        published: publication(row)?,
        rejection: rejection(row)?,
    })
}

fn publication(row: &Row) -> Result<Option<Publication>, RecordError> {
    match (row.maybe_time("published_at")?, row.maybe_bytes("archive_size", "archive_sha256")?) {
        (Some(at), Some(archive)) => {
            let (files, resources) = (row.json("files")?, row.maybe_json("resources")?);
            Ok(Some(Publication { at, archive, files, resources }))
        }
        _ => Ok(None),
    }
}

fn rejection(row: &Row) -> Result<Option<Rejection>, RecordError> {
    match row.maybe_text("rejection")? {
        Some(reason) => Ok(Some(Rejection { reason, by: row.text("rejected_by")?, at: row.time("rejected_at")? })),
        None => Ok(None),
    }
}
