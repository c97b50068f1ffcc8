//! Archives that strangers made to hurt, one after another, and the memory that each takes.

use std::time::Duration;

use tokio::time::sleep;

use crate::bench::{
    goal::{Goal, Row, Unit},
    releases::{Bench, client::VERSION, corpus::hostile, error::Error, remote::Remote, server::Server},
};

pub(in crate::bench::releases) async fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let remote = Remote::of(0)?;
    let server = Server::start(&bench.program, &remote.repository.url(), None)?;
    sleep(Duration::from_secs(2)).await;
    let (idle, client) = (server.memory()?.now, server.client());
    let (mut most, mut accepted) = ((f64::NAN, ""), Vec::new());
    for (number, archive) in hostile::corpus().into_iter().enumerate() {
        let app = format!("hostile-{number}");
        client.register(&app).await?;
        let url = client.draft(&app, VERSION).await?;
        server.forget_peak()?;
        // The upload is refused already where it is too large.
        if client.upload(&url, archive.packed.to_vec()).await? && client.try_publish(&app, VERSION).await? {
            accepted.push(archive.name);
        }
        let peak = server.memory()?.peak;
        if most.0.is_nan() || peak > most.0 {
            most = (peak, archive.name);
        }
    }
    let name = format!("resident memory, most under {}", most.1);
    let row = Row::new(name, Unit::Mib, most.0, ("idle", idle));
    let failure = (!accepted.is_empty()).then(|| format!("accepted: {}", accepted.join(", ")));
    Ok(vec![Row { failure, ..row.goal(Goal::AtMost(100.0)).original("3.9 GB on a bomb") }])
}
