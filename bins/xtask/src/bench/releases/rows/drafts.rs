//! Drafts a second.

use std::{
    fs::File,
    io::Write as _,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::{
    bench::{
        goal::{Goal, Row, Unit},
        releases::{Bench, error::Error, remote::Remote, server::Server},
    },
    process,
};

const DRAFTS: usize = 2_000;
/// How many clients draft at the same time.
const CLIENTS: usize = 32;
const WRITES: usize = 200;

pub(in crate::bench::releases) async fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let remote = Remote::of(0)?;
    let server = Server::start(&bench.program, &remote.repository.url(), None)?;
    let client = server.client();
    client.register("drafts").await?;
    let started = Instant::now();
    let client = &client;
    let drafts =
        stream::iter(0..DRAFTS).map(|n| async move { client.draft("drafts", &format!("v{n}")).await.map(drop) });
    drafts.buffer_unordered(CLIENTS).try_collect::<()>().await?;
    let ours = per_second(DRAFTS, started.elapsed());
    let other = ("durable writes of the disk", disk()?);
    let row = Row::new("drafts, 32 clients, SQLite", Unit::PerSecond, ours, other);
    Ok(vec![row.goal(Goal::AtLeast(270.0)).original("270 /s")])
}

/// How many small writes the disk keeps in a second, one after another.
fn disk() -> Result<f64, Error> {
    let folder = tempfile::Builder::new().prefix("dploy-bench-").tempdir();
    let folder = folder.map_err(process::Error::file("a folder"))?;
    let path = folder.path().join("writes");
    let write = || -> std::io::Result<Duration> {
        let mut file = File::create(&path)?;
        let started = Instant::now();
        for _ in 0..WRITES {
            file.write_all(&[1; 4096])?;
            file.sync_data()?;
        }
        Ok(started.elapsed())
    };
    Ok(per_second(WRITES, write().map_err(process::Error::file(&path))?))
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
