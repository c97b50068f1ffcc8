//! One claim after another on a pool that is ready, through HTTP.

use std::time::Instant;

use reqwest::StatusCode;

use super::{Bench, client, error::Error, platform::Platform};
use crate::bench::{
    figures::{millis, quantile},
    goal::{Goal, Row, Unit},
};

const CLAIMS: usize = 100;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let platform = Platform::start(bench).await?;
    let mut floor = Vec::with_capacity(CLAIMS);
    for n in 0..CLAIMS {
        let name = format!("floor-{n}");
        client::member(&platform.client, &name).await?;
        let started = Instant::now();
        client::claim(&platform.client, &name).await?;
        floor.push(millis(started.elapsed()));
    }
    let _operator = platform.operator(&bench.programs).await?;
    let (_api, url) = platform.api(&bench.programs).await?;
    platform.template("warm", CLAIMS).await?;
    let (http, mut ours) = (reqwest::Client::new(), Vec::with_capacity(CLAIMS));
    for n in 0..CLAIMS {
        let token = platform.token(&format!("p{n}"))?;
        let started = Instant::now();
        let answer = http.post(format!("{url}/api/run/warm")).bearer_auth(token).send().await?;
        if answer.status() != StatusCode::OK {
            return Err(Error::Unexpected { what: "a claim was refused", found: answer.text().await? });
        }
        answer.bytes().await?;
        ours.push(millis(started.elapsed()));
    }
    let row = |name: &str, part: f64| {
        let other = ("its writes by a bare client", quantile(&floor, part));
        Row::new(format!("warm claim through HTTP, {name}"), Unit::Millis, quantile(&ours, part), other)
    };
    Ok(vec![
        row("p50", 0.5).goal(Goal::AtMost(20.0)).original("54 ms; 600 as shipped"),
        row("p95", 0.95).goal(Goal::AtMost(40.0)).original("96 ms"),
        row("p99", 0.99),
    ])
}
