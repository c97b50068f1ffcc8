//! One deployment and fifty at once, into repositories of different sizes.

use std::time::Instant;

use futures::future::try_join_all;
use serde_json::Value;

use crate::bench::{
    figures::{median, millis},
    goal::{Goal, Row, Unit},
    releases::{
        Bench,
        client::{Client, succeeded},
        error::Error,
        remote::Remote,
        server::Server,
    },
};

/// How many applications the repository has, and what the original took for one more.
const SIZES: [(usize, &str); 4] = [(10, "47 ms"), (100, "86 ms"), (1_000, "362 ms"), (10_000, "2,977 ms")];
const LARGEST: usize = 10_000;
const BATCH: usize = 50;

/// Medians in milliseconds.
struct Size {
    applications: usize,
    original: &'static str,
    whole: f64,
    fetch_to_commit: f64,
    by_git: f64,
    batch: Batch,
}

/// The time of a batch, and of a single deployment in the same turn.
struct Batch {
    many: f64,
    one: f64,
}

pub(in crate::bench::releases) async fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let mut sizes = Vec::new();
    for (applications, original) in SIZES {
        sizes.push(size(bench, applications, original).await?);
    }
    Ok(rows(&sizes))
}

async fn size(bench: &Bench, applications: usize, original: &'static str) -> Result<Size, Error> {
    let remote = Remote::of(applications)?;
    let server = Server::start(&bench.program, &remote.repository.url(), None)?;
    let client = server.client();
    client.published("warm").await?;
    client.deploy("warm").await?;
    let (mut whole, mut fetch_to_commit, mut by_git) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..bench.turns {
        let app = format!("one-{turn}");
        client.published(&app).await?;
        remote.move_on()?;
        server.pushes();
        let started = Instant::now();
        client.deploy(&app).await?;
        whole.push(millis(started.elapsed()));
        fetch_to_commit.extend(server.pushes().last());
    }
    let batch = batch(bench, &remote, &server, &client).await?;
    // Last: tens of thousands of files that come and go keep the file system busy for a while.
    for turn in 0..bench.turns.div_ceil(2) {
        by_git.push(millis(remote.by_git(&format!("git-{turn}"))?));
    }
    let (whole, fetch_to_commit, by_git) = (median(&whole), median(&fetch_to_commit), median(&by_git));
    Ok(Size { applications, original, whole, fetch_to_commit, by_git, batch })
}

/// Fifty deployments that wait for one that is held up, so that they go in one push; and one by itself.
async fn batch(bench: &Bench, remote: &Remote, server: &Server, client: &Client) -> Result<Batch, Error> {
    let (mut many, mut one) = (Vec::new(), Vec::new());
    for turn in 0..bench.turns.div_ceil(2) {
        for (count, times) in [(BATCH, &mut many), (1, &mut one)] {
            let apps: Vec<String> = (0..count).map(|n| format!("batch-{turn}-{count}-{n}")).collect();
            try_join_all(apps.iter().map(|app| client.published(app))).await?;
            let gate = format!("gate-{turn}-{count}");
            client.published(&gate).await?;
            remote.repository.delay_pushes(std::time::Duration::from_secs(2))?;
            let held = client.queue(&gate).await?;
            let ids = try_join_all(apps.iter().map(|app| client.queue(app))).await?;
            remote.repository.remove_hooks()?;
            client.ended(&held).await?;
            remote.move_on()?;
            server.pushes();
            let ended = try_join_all(ids.iter().map(|id| client.ended(id))).await?;
            times.push(span(&ended)?);
        }
    }
    Ok(Batch { many: median(&many), one: median(&one) })
}

/// From the first start to the last end, in milliseconds, of deployments that all succeeded.
fn span(deployments: &[Value]) -> Result<f64, Error> {
    let unexpected = |deployment: &Value| Error::Answer { what: "a batch".to_owned(), answer: deployment.to_string() };
    if let Some(failed) = deployments.iter().find(|deployment| !succeeded(deployment)) {
        return Err(unexpected(failed));
    }
    let times = |name: &str| -> Result<Vec<f64>, Error> {
        let time = |one: &Value| one.get(name)?.as_str()?.parse::<jiff::Timestamp>().ok();
        let micros =
            deployments.iter().map(|one| time(one).ok_or_else(|| unexpected(one)).map(|at| at.as_microsecond()));
        #[expect(clippy::cast_precision_loss, reason = "microseconds of this century fit")]
        micros.map(|micros| micros.map(|micros| micros as f64 / 1e3)).collect()
    };
    let start = times("startedAt")?.into_iter().fold(f64::INFINITY, f64::min);
    let end = times("completedAt")?.into_iter().fold(f64::NEG_INFINITY, f64::max);
    Ok(end - start)
}

fn rows(sizes: &[Size]) -> Vec<Row> {
    let smallest = sizes.first().map_or(f64::NAN, |size| size.fetch_to_commit);
    let mut rows = Vec::new();
    for Size { applications, original, whole, fetch_to_commit, by_git, batch } in sizes {
        let largest = *applications == LARGEST;
        let row = |name: &str, ours, other| {
            Row::new(format!("{name}, {applications} applications"), Unit::Millis, ours, other)
        };
        let against = row("deploy", *whole, ("git: clone, commit, push", *by_git)).original(original);
        let fetched = row("  of it, from fetch to commit", *fetch_to_commit, ("the same with 10", smallest));
        let batched = row("  a batch of 50", batch.many, ("a single one", batch.one));
        rows.push(if largest { against.goal(Goal::AtMost(300.0)) } else { against });
        if largest {
            rows.push(row("  the same", *whole, ("git: clone, commit, push", *by_git)).goal(Goal::Faster(3.0)));
        }
        rows.push(if largest { fetched.goal(Goal::Times(3.0)) } else { fetched });
        rows.push(if largest { batched.goal(Goal::Times(3.0)) } else { batched });
    }
    rows
}
