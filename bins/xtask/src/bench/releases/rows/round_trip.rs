//! One version from its upload to its commit.

use std::time::Instant;

use crate::bench::{
    figures::{median, millis},
    goal::{Goal, Row, Unit},
    releases::{Bench, client::VERSION, error::Error, remote::Remote, server::Server},
};

pub(in crate::bench::releases) async fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let remote = Remote::of(10)?;
    let server = Server::start(&bench.program, &remote.repository.url(), None)?;
    let client = server.client();
    client.published("warm").await?;
    client.deploy("warm").await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..bench.turns * 3 {
        let app = format!("trip-{turn}");
        client.uploaded(&app).await?;
        let started = Instant::now();
        client.publish(&app, VERSION).await?;
        client.deploy(&app).await?;
        ours.push(millis(started.elapsed()));
        theirs.push(millis(remote.by_git(&format!("git-{turn}"))?));
    }
    let other = ("git: clone, commit, push", median(&theirs));
    let row = Row::new("publish and deploy, p50", Unit::Millis, median(&ours), other);
    Ok(vec![row.goal(Goal::AtMost(58.0)).original("58 ms")])
}
