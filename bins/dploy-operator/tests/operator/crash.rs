//! A layer in the client ends the process after its n-th write; the next process completes what it left, for every n.

use std::{
    collections::BTreeSet,
    process::Command,
    time::{Duration, Instant},
};

use clap::Parser;
use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim},
    cluster::{client, crash::CrashAfter},
    foreign::flux::{HelmRelease, HelmRepository},
};
use dploy_operator::Config;
use k8s_openapi::api::apps::v1::ControllerRevision;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    RUNTIME, chart,
    harness::{World, claim_phase, eventually, phase},
    leadership::ELECTED,
    pool_of,
    process::Process,
    run, stub,
};

/// After how many writes the child dies.
const CRASH_AFTER: &str = "TEST_CRASH_AFTER";
/// How a child exits that died as it was told.
const CRASHED: i32 = 86;
/// No phase writes as often.
const MOST_WRITES: usize = 60;
/// How long a process lives on once its phase is complete, for writes that come after.
const CALM: Duration = Duration::from_millis(400);

/// Not a test by itself: the process that the tests of this module start, and which dies.
#[test]
fn child_that_dies_after_its_nth_write() {
    let Ok(writes) = std::env::var(CRASH_AFTER) else { return };
    std::thread::spawn(|| {
        // The end of standard input is the end of the test process.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(1);
    });
    let crash = CrashAfter::writes(writes.parse().unwrap()).apart_from(&["leases", "events"]);
    RUNTIME.block_on(async {
        let config = kube::Config::infer().await.unwrap();
        let client = client::build(config, [client::layer(crash.clone())]).unwrap();
        let operator = Config::try_parse_from(["dploy-operator"]).unwrap();
        tokio::select! {
            () = crash.crashed() => std::process::exit(CRASHED),
            ended = dploy_operator::run(operator, client, CancellationToken::new()) => panic!("{ended:?}"),
        }
    });
}

fn dying(world: &World, after: usize, env: &[(&str, &str)]) -> Process {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "crash::child_that_dies_after_its_nth_write", "--nocapture"]);
    let writes = after.to_string();
    Process::spawn(command, world, "operator", &[&[(CRASH_AFTER, writes.as_str())], env].concat())
}

/// Lets a process die after `n` writes, and then another complete the phase. Gives whether the first one died.
async fn crash_and_complete<F: Future<Output = bool>>(world: &World, n: usize, complete: impl Fn() -> F) -> bool {
    let mut first = dying(world, n, &[("LEADER_ELECT", "false")]);
    let start = Instant::now();
    let died = loop {
        assert!(start.elapsed() < Duration::from_secs(120), "it neither dies after {n} writes nor completes");
        if let Some(status) = first.ended() {
            assert_eq!(status.code(), Some(CRASHED), "the operator failed after {n} writes");
            break true;
        }
        if complete().await {
            tokio::time::sleep(CALM).await;
            break first.ended().is_some();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    drop(first);
    let second = Process::alone(world).ready().await;
    let what = format!("a restarted operator completes what was left after {n} writes");
    eventually(&what, || async { complete().await.then_some(()) }).await;
    tokio::time::sleep(CALM).await;
    second.kill();
    died
}

/// Claims and releases for n = 1, 2, … until neither phase has an n-th write. `spare` is how many free members the
/// template keeps. Gives how many writes each phase has.
async fn every_write(world: &World, template: &str, spare: usize) -> [usize; 2] {
    let settled = Process::alone(world).ready().await;
    world.pool(template, spare).await;
    eventually("the template is settled", || async {
        (!world.list::<ControllerRevision>().await.is_empty()).then_some(())
    })
    .await;
    tokio::time::sleep(CALM).await;
    settled.kill();
    let (mut writes, mut kept) = ([None; 2], 0);
    for n in 1..MOST_WRITES {
        let name = world.claim(&format!("owner-{n}"), template).await;
        let claimed = || async { world.find_served(&name).await.is_some() && is_full(world, template, spare).await };
        if !crash_and_complete(world, n, claimed).await {
            writes[0].get_or_insert(n - 1);
        }
        assert_bound_once(world, &name, spare + kept + 1).await;
        if writes[1].is_none() {
            world.delete::<DployInstanceClaim>(&name).await;
            if !crash_and_complete(world, n, || nothing_but(world, spare)).await {
                writes[1] = Some(n - 1);
            }
        } else {
            // A release has no n-th write; what is claimed stays, because the end of a namespace takes seconds.
            kept += 1;
        }
        if let [Some(claim), Some(release)] = writes {
            return [claim, release];
        }
    }
    panic!("more than {MOST_WRITES} writes: {writes:?}");
}

async fn is_full(world: &World, template: &str, spare: usize) -> bool {
    let all = world.list::<DployInstance>().await;
    let free = all.iter().filter(|found| found.spec.template_ref == template && found.spec.claim_ref.is_none());
    free.filter(|member| phase(member) == "Available").count() == spare
}

/// Whether only the free members of the pool are left.
async fn nothing_but(world: &World, spare: usize) -> bool {
    let instances = world.list::<DployInstance>().await;
    let releases = world.list::<HelmRelease>().await.len();
    instances.iter().all(|instance| instance.spec.claim_ref.is_none())
        && [instances.len(), releases, world.workloads().await.len()] == [spare; 3]
}

/// Fails unless exactly one of `instances` instances has the claim, and no claim shares its instance with another.
async fn assert_bound_once(world: &World, claim: &str, instances: usize) {
    let (bound, instance) = world.served(claim).await;
    let all = world.holds(instances).await;
    let carried: Vec<_> = all.iter().filter_map(|found| found.spec.claim_ref.as_ref()).collect();
    let uid = bound.metadata.uid.unwrap();
    assert_eq!(carried.iter().filter(|claim| claim.uid == uid).count(), 1, "one instance carries the claim");
    assert_eq!(instance.spec.claim_ref.as_ref().unwrap().uid, uid);
    let claims = world.list::<DployInstanceClaim>().await;
    let named: BTreeSet<_> =
        claims.iter().map(|claim| claim.status.as_ref().unwrap().instance_ref.clone().unwrap().uid).collect();
    assert_eq!((named.len(), carried.len()), (claims.len(), claims.len()), "each claim has an instance of its own");
    assert_eq!(instance.spec.owner, bound.spec.owner);
    assert_eq!(world.list::<HelmRepository>().await.len(), 1, "all share one source");
    assert_eq!(world.list::<ControllerRevision>().await.len(), 1, "the template has one revision");
}

#[test]
fn a_claim_of_a_new_environment_and_its_release_survive_a_crash_after_every_write() {
    run(|world| async move {
        let _stub = stub(&world).start();
        world.template("shell", chart(), json!({})).await;
        let [claim, release] = every_write(&world, "shell", 0).await;
        assert!(claim >= 6, "instance, claim, pin, namespace, source, release, ready: {claim}");
        assert!(release >= 3, "instance, release, namespace, finalizer: {release}");
    });
}

#[test]
fn s54_a_claim_of_a_pool_member_and_its_release_survive_a_crash_after_every_write() {
    run(|world| async move {
        let _stub = stub(&world).start();
        world.template("warm", chart(), pool_of(1)).await;
        let [claim, release] = every_write(&world, "warm", 1).await;
        assert!(claim >= 6, "member, claim, new member and what it takes: {claim}");
        assert!(release >= 3, "instance, release, namespace, finalizer: {release}");
    });
}

#[test]
fn an_elected_operator_that_dies_between_the_writes_of_a_bind_is_succeeded_when_its_lease_ends() {
    run(|world| async move {
        let _stub = stub(&world).start();
        world.template("shell", chart(), json!({})).await;
        let elected = Process::start(&world, "operator", &ELECTED);
        eventually("the template is settled", || async {
            (!world.list::<ControllerRevision>().await.is_empty()).then_some(())
        })
        .await;
        tokio::time::sleep(CALM).await;
        elected.kill();
        let name = world.claim("jane", "shell").await;
        let mut first = dying(&world, 1, &ELECTED);
        assert_eq!(first.end().await.code(), Some(CRASHED));
        let halfway = world.get::<DployInstanceClaim>(&name).await.unwrap();
        assert_ne!(claim_phase(&halfway), "Bound", "it died before the second write");
        let _second = Process::start(&world, "operator", &ELECTED);
        assert_bound_once(&world, &name, 1).await;
    });
}
