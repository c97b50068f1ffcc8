//! Two hundred deployments at once, and the memory that they take.

use std::time::{Duration, Instant};

use futures::{
    StreamExt as _, TryStreamExt as _,
    future::{join_all, try_join_all},
    stream,
};
use tokio::{task::spawn_blocking, time::sleep};

use crate::bench::{
    figures::{median, millis},
    goal::{Goal, Row, Unit},
    releases::{
        Bench,
        client::{Client, succeeded},
        error::Error,
        remote::Remote,
        server::{Memory, Server},
    },
};

const COUNT: usize = 200;
/// How often somebody else commits, in the row where somebody does.
const HAND: Duration = Duration::from_millis(100);

pub(in crate::bench::releases) async fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let remote = std::sync::Arc::new(Remote::of(10)?);
    let server = Server::start(&bench.program, &remote.repository.url(), None)?;
    sleep(Duration::from_secs(3)).await;
    let idle = server.memory()?;
    let client = server.client();
    let mut git = Vec::new();
    for turn in 0..bench.turns {
        git.push(millis(remote.by_git(&format!("git-{turn}"))?));
    }
    // What uses an outside queue does them one after another.
    let singly = COUNT as f64 * median(&git);
    server.forget_peak()?;
    let alone = storm(&client, "alone").await?;
    let memory = server.memory()?;
    let hand = tokio::spawn(by_hand(std::sync::Arc::clone(&remote)));
    let together = storm(&client, "hand").await?;
    hand.abort();
    let other = ("200 × git: clone, commit, push", singly);
    let row = |name: &str, (time, failed): (Duration, usize)| Row {
        failure: (failed > 0).then(|| format!("{failed} failed")),
        ..Row::new(name, Unit::Millis, millis(time), other)
    };
    let original = "1 to 10 succeed; behind an outside queue 22 s";
    let mut rows = vec![
        row("200 deployments of 200 applications at once", alone).goal(Goal::AtMost(3_000.0)).original(original),
        row("  while somebody commits every 100 ms", together),
    ];
    rows.extend(memory_rows(idle, memory));
    Ok(rows)
}

fn memory_rows(idle: Memory, storm: Memory) -> [Row; 2] {
    let now = ("the most since its start", idle.peak);
    let while_idle = Row::new("resident memory, idle", Unit::Mib, idle.now, now).goal(Goal::AtMost(40.0));
    let most = Row::new("resident memory, most in the storm", Unit::Mib, storm.peak, ("idle", idle.now));
    [while_idle, most.goal(Goal::AtMost(100.0)).original("170 MiB at 10,000 applications")]
}

/// From the first request to the last end, and how many did not succeed.
async fn storm(client: &Client, name: &str) -> Result<(Duration, usize), Error> {
    let apps: Vec<String> = (0..COUNT).map(|n| format!("{name}-{n}")).collect();
    let made = stream::iter(&apps).map(|app| client.published(app)).buffer_unordered(8);
    made.try_collect::<()>().await?;
    let started = Instant::now();
    let ids = try_join_all(apps.iter().map(|app| client.queue(app))).await?;
    let ended = join_all(ids.iter().map(|id| client.ended(id))).await;
    let time = started.elapsed();
    let failed = ended.iter().filter(|ended| !ended.as_ref().is_ok_and(succeeded)).count();
    Ok((time, failed))
}

async fn by_hand(remote: std::sync::Arc<Remote>) {
    for number in 0_usize.. {
        let remote = std::sync::Arc::clone(&remote);
        let commit = move || remote.repository.commit_by_hand(&format!("notes/hand-{number}.md"), "A note.\n");
        // Somebody who never is first gives up.
        drop(spawn_blocking(commit).await);
        sleep(HAND).await;
    }
}
