//! Pages of a long list, on both databases.

use std::time::Instant;

use dploy_servers::{Error as ServerError, Postgres};

use crate::bench::{
    figures::{millis, quantile},
    goal::{Goal, Row, Unit},
    releases::{Bench, client::Client, error::Error, remote::Remote, server::Server},
};

const VERSIONS: u64 = 100_000;
/// The items of a page.
const PAGE: u64 = 50;
/// How often each page is asked for: one in a hundred is what the figure tells.
const REQUESTS: usize = 300;

/// Published versions of one application, as statements that both databases understand.
const FILL: [&str; 3] = [
    "INSERT INTO versions (id, app_id, version, git_sha, git_branch, git_committer, build_number, made_at, drafted_at, \
     created_at, published_at, archive_size, archive_sha256, files) \
     WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $2) \
     SELECT a.id || '-' || n, a.id, 'v' || n, '0123456789abcdef0123456789abcdef01234567', 'main', 'bench@example.org', '1', \
     1700000000000000, 1700000000000000 + n, 1700000000000000 + n, 1700000000000000 + n, 2048, \
     '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', '[\"deployment.yaml\", \"service.yaml\"]' \
     FROM numbers CROSS JOIN applications a WHERE a.name = $1",
    "UPDATE applications SET published = $2 WHERE name = $1",
    "INSERT INTO version_blocks (app_id, created_at, id, drafts, published) \
     WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1000 FROM numbers WHERE n + 1000 <= $2) \
     SELECT a.id, CASE WHEN n = 1 THEN -9223372036854775807 ELSE 1700000000000000 + n END, \
     CASE WHEN n = 1 THEN '' ELSE a.id || '-' || n END, 0, CASE WHEN $2 - n < 999 THEN $2 - n + 1 ELSE 1000 END \
     FROM numbers CROSS JOIN applications a WHERE a.name = $1",
];

pub(in crate::bench::releases) async fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let mut rows = sqlite(bench).await?;
    match Postgres::start_durable().await {
        Ok(postgres) => rows.extend(postgresql(bench, &postgres).await?),
        Err(missing @ ServerError::Missing { .. }) => eprintln!("SKIPPED lists on PostgreSQL: {missing}"),
        Err(error) => return Err(error.into()),
    }
    Ok(rows)
}

async fn sqlite(bench: &Bench) -> Result<Vec<Row>, Error> {
    let remote = Remote::of(0)?;
    let server = Server::start(&bench.program, &remote.repository.url(), None)?;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(server.database());
    let pool = sqlx::SqlitePool::connect_with(options).await?;
    let client = server.client();
    for (app, count) in apps() {
        client.register(app).await?;
        for text in FILL {
            sqlx::query(text).bind(app).bind(count).execute(&pool).await?;
        }
    }
    pool.close().await;
    pages(&client, "SQLite").await
}

async fn postgresql(bench: &Bench, postgres: &Postgres) -> Result<Vec<Row>, Error> {
    let remote = Remote::of(0)?;
    let url = postgres.database().await?;
    let server = Server::start(&bench.program, &remote.repository.url(), Some(&url))?;
    let pool = sqlx::PgPool::connect(&url).await?;
    let client = server.client();
    for (app, count) in apps() {
        client.register(app).await?;
        for text in FILL {
            sqlx::query(text).bind(app).bind(count).execute(&pool).await?;
        }
    }
    // As the server does by itself, some time after so many changes.
    sqlx::query("VACUUM ANALYZE versions").execute(&pool).await?;
    pool.close().await;
    pages(&client, "PostgreSQL").await
}

/// An application with many versions, and one with a page of them.
fn apps() -> [(&'static str, i64); 2] {
    [("many", VERSIONS.cast_signed()), ("few", PAGE.cast_signed())]
}

async fn pages(client: &Client, database: &str) -> Result<Vec<Row>, Error> {
    let few = page(client, "few", 0).await?;
    let mut rows = Vec::new();
    for (name, offset) in [("first", 0), ("middle", VERSIONS / 2), ("last", VERSIONS - PAGE)] {
        let ours = page(client, "many", offset).await?;
        let name = format!("list of 100,000 versions, {database}, {name} page, p99");
        let row = Row::new(name, Unit::Millis, ours, ("a list of 50 versions", few));
        rows.push(row.goal(Goal::AtMost(20.0)).original(if offset == 0 { "21 ms at 5,000 versions" } else { "" }));
    }
    Ok(rows)
}

/// Of a hundred requests for a page the slowest but one, in milliseconds.
async fn page(client: &Client, app: &str, offset: u64) -> Result<f64, Error> {
    let path = format!("/apps/{app}/versions?limit={PAGE}&offset={offset}");
    let mut times = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        let started = Instant::now();
        let list = client.get(&path).await?;
        times.push(millis(started.elapsed()));
        let versions = list.get("versions").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
        if versions as u64 != PAGE {
            return Err(Error::Answer { what: path, answer: format!("{versions} versions") });
        }
    }
    Ok(quantile(&times, 0.99))
}
