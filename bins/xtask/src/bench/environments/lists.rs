//! Looks at environments, by the second and by the second of processor time.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use reqwest::StatusCode;

use super::{
    Bench,
    error::Error,
    platform::{Platform, Program},
};
use crate::bench::goal::{Goal, Row, Unit};

const CLIENTS: usize = 16;
const TIME: Duration = Duration::from_secs(5);

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let platform = Platform::start(bench).await?;
    let _operator = platform.operator(&bench.programs).await?;
    let (api, url) = platform.api(&bench.programs).await?;
    platform.template("warm", 5).await?;
    let token = platform.token("alice")?;
    let http = reqwest::Client::new();
    let made = http.post(format!("{url}/api/run/warm")).bearer_auth(&token).send().await?;
    if made.status() != StatusCode::OK {
        return Err(Error::Unexpected { what: "a claim was refused", found: made.text().await? });
    }
    let floor = load(&http, &api, &format!("{url}/health"), &token).await?;
    let list = load(&http, &api, &format!("{url}/api/environments"), &token).await?;
    let status = load(&http, &api, &format!("{url}/api/run/warm/status"), &token).await?;
    let row = |name: &str, ours: f64, other: f64| Row::new(name, Unit::PerSecond, ours, ("/health", other));
    let per = "by second of processor time";
    Ok(vec![
        row("authenticated lists", list.0, floor.0).original("397 /s"),
        row(&format!("authenticated lists {per}"), list.1, floor.1).goal(Goal::AtLeast(3_000.0)),
        row("authenticated status", status.0, floor.0),
        row(&format!("authenticated status {per}"), status.1, floor.1),
    ])
}

/// Requests by the second, and by the second of the server's processor time.
async fn load(http: &reqwest::Client, api: &Program, url: &str, token: &str) -> Result<(f64, f64), Error> {
    let (before, start) = (api.processor()?, Instant::now());
    let clients = (0..CLIENTS).map(|_| async {
        let mut count = 0_u32;
        while start.elapsed() < TIME {
            let answer = http.get(url).bearer_auth(token).send().await?;
            if answer.status() != StatusCode::OK {
                return Err(Error::Unexpected { what: "a look was refused", found: answer.text().await? });
            }
            answer.bytes().await?;
            count += 1;
        }
        Ok::<_, Error>(count)
    });
    let count: u32 = try_join_all(clients).await?.into_iter().sum();
    let (took, used) = (start.elapsed().as_secs_f64(), api.processor()? - before);
    Ok((f64::from(count) / took, f64::from(count) / used.max(0.01)))
}
