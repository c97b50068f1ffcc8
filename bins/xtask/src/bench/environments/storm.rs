//! Three hundred users claim at once.

use std::{collections::BTreeSet, time::Instant};

use futures::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use serde_json::Value;

use super::{Bench, client, error::Error, platform::Platform};
use crate::bench::{
    figures::{millis, quantile},
    goal::{Goal, Row, Unit},
};

const CLAIMS: usize = 300;
/// How many writes of the bare client are under way at a time.
const IN_FLIGHT: usize = 50;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let platform = Platform::start(bench).await?;
    let floor = floor(&platform).await?;
    let _operator = platform.operator(&bench.programs).await?;
    let (_api, url) = platform.api(&bench.programs).await?;
    platform.template("warm", CLAIMS).await?;
    let http = reqwest::Client::new();
    let tokens: Vec<String> = (0..CLAIMS).map(|n| platform.token(&format!("p{n}"))).collect::<Result<_, _>>()?;
    let (http, url) = (&http, &url);
    let ask = tokens.iter().map(|token| async move {
        let started = Instant::now();
        let answer = http.post(format!("{url}/api/run/warm")).bearer_auth(token).send().await?;
        let body: Value = answer.json().await?;
        let uuid = body.get("uuid").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok::<_, Error>((millis(started.elapsed()), uuid))
    });
    let answers = try_join_all(ask).await?;
    let given: BTreeSet<&String> = answers.iter().map(|(_, uuid)| uuid).filter(|uuid| !uuid.is_empty()).collect();
    let failure = (given.len() < CLAIMS).then(|| format!("{} of {CLAIMS} users have one of their own", given.len()));
    let times: Vec<f64> = answers.iter().map(|(time, _)| *time).collect();
    let other = ("all of its writes, 50 in flight", floor);
    let row = |name: &str, part: f64| Row {
        failure: failure.clone(),
        ..Row::new(format!("300 claims at once, {name}"), Unit::Millis, quantile(&times, part), other)
    };
    Ok(vec![
        row("p50", 0.5).goal(Goal::AtMost(800.0)).original("20 s"),
        row("p90", 0.9).goal(Goal::AtMost(1_500.0)).original("28 s, 294 users had another's"),
        row("p99", 0.99),
    ])
}

async fn floor(platform: &Platform) -> Result<f64, Error> {
    let names: Vec<String> = (0..CLAIMS).map(|n| format!("floor-{n}")).collect();
    for name in &names {
        client::member(&platform.client, name).await?;
    }
    let started = Instant::now();
    let claims = stream::iter(&names).map(|name| client::claim(&platform.client, name));
    claims.buffer_unordered(IN_FLIGHT).try_collect::<()>().await?;
    Ok(millis(started.elapsed()))
}
