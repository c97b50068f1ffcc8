//! Many claims of environments on demand, one more beside them during resyncs, and what the programs take.

use std::time::{Duration, Instant};

use dploy_k8s::{
    api::{DployInstance, InstancePhase},
    foreign::flux::HelmRelease,
    testing::{Filter, Mark},
};
use futures::{StreamExt as _, TryStreamExt as _, future::ready, stream};
use kube::{Api, api::ListParams};

use super::{
    Bench, client,
    error::Error,
    platform::{HOME, Platform, until},
};
use crate::bench::{
    figures::{millis, quantile},
    goal::{Goal, Row, Unit},
};

/// How many requests of the bare client are under way at a time.
const IN_FLIGHT: usize = 50;
/// How many are picked up beside those that stand.
const PICKED_UP: usize = 100;
const LIMIT: Duration = Duration::from_secs(3600);
/// How often it is looked whether all are ready.
const SETTLES: Duration = Duration::from_secs(10);

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let (platform, instances) = (Platform::start(bench).await?, bench.instances);
    let operator = platform.operator(&bench.programs).await?;
    let (api, _) = platform.api(&bench.programs).await?;
    platform.template("shell", 0).await?;
    client::ask(&platform.client, "first").await?;
    installed(&platform, 1).await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle = (operator.memory()?, api.memory()?);
    let mark = platform.cluster.audit().mark()?;
    let started = Instant::now();
    let names: Vec<String> = (0..instances).map(|n| format!("p{n}")).collect();
    let made = stream::iter(&names).map(|name| client::ask(&platform.client, name));
    made.buffer_unordered(IN_FLIGHT).try_for_each(|_| ready(Ok(()))).await?;
    let asked = started.elapsed();
    installed(&platform, instances + 1).await?;
    let took = started.elapsed();
    settled(&platform, instances + 1).await?;
    let writes = writes(&platform, mark)?;
    let picked_up = pick_up(&platform).await?;
    let full = (operator.memory()?, api.memory()?);
    let (within, floor) = (goals(instances), ("their creation, 50 in flight", millis(asked)));
    let at = |name: &str| format!("{instances} instances: {name}");
    let count = |value: usize| f64::from(u32::try_from(value).unwrap_or(u32::MAX));
    let picked = |part: f64| {
        Row::new(
            at(&format!("one more is picked up, p{}", part * 100.0)),
            Unit::Millis,
            quantile(&picked_up, part),
            ("the p50 of all", quantile(&picked_up, 0.5)),
        )
    };
    Ok(vec![
        Row::new(at("to their engine objects"), Unit::Millis, millis(took), floor)
            .goal(Goal::AtMost(within))
            .original("38 s at 1,000"),
        Row::new(at("writes for each until Ready"), Unit::Count, count(writes) / count(instances), ("a release", 1.0))
            .original("10"),
        picked(0.5).goal(Goal::AtMost(20.0)).original("28 ms at 1,000, 32 at 5,000"),
        picked(0.99).goal(Goal::AtMost(60.0)).original("55 ms at 1,000, 67 at 5,000"),
        Row::new(at("memory of the operator"), Unit::Mib, full.0, ("idle", idle.0))
            .goal(Goal::AtMost(64.0))
            .original("65 MiB at 1,000, 151 at 5,000"),
        Row::new("memory of the operator, idle", Unit::Mib, idle.0, ("with them", full.0)).goal(Goal::AtMost(20.0)),
        Row::new(at("memory of the server"), Unit::Mib, full.1, ("idle", idle.1)),
    ])
}

/// 13 seconds for each thousand.
fn goals(instances: usize) -> f64 {
    13.0 * f64::from(u32::try_from(instances).unwrap_or(u32::MAX))
}

fn writes(platform: &Platform, since: Mark) -> Result<usize, Error> {
    let mine = Filter::new().user("operator").mutating().without("leases").without("events").since(since);
    let all = platform.cluster.audit().requests(&mine)?;
    for verb in ["create", "update", "patch", "delete"] {
        println!("  {verb}: {}", all.iter().filter(|write| write.verb == verb).count());
    }
    Ok(all.iter().filter(|write| write.resource != "dploytemplates").count())
}

/// Waits until there are so many releases.
async fn installed(platform: &Platform, count: usize) -> Result<(), Error> {
    let releases = Api::<HelmRelease>::namespaced(platform.client.clone(), HOME);
    let enough =
        || async { releases.list_metadata(&ListParams::default()).await.is_ok_and(|found| found.items.len() >= count) };
    if until(LIMIT, enough).await {
        return Ok(());
    }
    Err(Error::Unexpected { what: "releases are missing", found: count.to_string() })
}

/// Waits until so many instances are ready, and some resyncs longer.
async fn settled(platform: &Platform, count: usize) -> Result<(), Error> {
    let instances = Api::<DployInstance>::namespaced(platform.client.clone(), HOME);
    let is_ready = |instance: &DployInstance| {
        instance.status.as_ref().is_some_and(|status| status.phase == Some(InstancePhase::Ready))
    };
    let deadline = Instant::now() + LIMIT;
    while instances.list(&ListParams::default()).await?.iter().filter(|instance| is_ready(instance)).count() < count {
        if Instant::now() > deadline {
            return Err(Error::Unexpected { what: "instances are not ready", found: count.to_string() });
        }
        tokio::time::sleep(SETTLES).await;
    }
    tokio::time::sleep(2 * SETTLES).await;
    Ok(())
}

/// How long after a claim its release is there, in milliseconds.
async fn pick_up(platform: &Platform) -> Result<Vec<f64>, Error> {
    let releases = Api::<HelmRelease>::namespaced(platform.client.clone(), HOME);
    let mut times = Vec::with_capacity(PICKED_UP);
    for n in 0..PICKED_UP {
        let started = Instant::now();
        let name = client::ask(&platform.client, &format!("more-{n}")).await?;
        while releases.get_metadata_opt(&name).await?.is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        times.push(millis(started.elapsed()));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(times)
}
