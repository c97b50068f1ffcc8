//! Several operators and one lease.

use std::time::{Duration, Instant};

use dploy_k8s::{
    api::DployInstanceClaim,
    testing::{Filter, Mark, Request},
};
use k8s_openapi::api::coordination::v1::Lease;
use serde_json::json;

use crate::{
    chart,
    harness::{World, claim_phase, eventually},
    pool_of,
    process::Process,
    run, stub,
};

/// Long enough that a leader keeps it on a machine that is busy, where a renewal may take seconds.
const LEASE: Duration = Duration::from_secs(10);
pub const ELECTED: [(&str, &str); 2] = [("LEASE_DURATION", "10"), ("LEADER_ELECT", "true")];

fn operator(world: &World, user: &str) -> Process {
    Process::start(world, user, &ELECTED)
}

/// Two operators, of which the first leads.
async fn pair(world: &World) -> [Process; 2] {
    let first = operator(world, "operator-a").ready().await;
    eventually("the first leads", || async { (!holder(world).await.is_empty()).then_some(()) }).await;
    let second = operator(world, "operator-b").ready().await;
    // The second must have seen the lease once, or it could not tell a released lease from one of a stranger.
    tokio::time::sleep(Duration::from_secs(1)).await;
    [first, second]
}

async fn holder(world: &World) -> String {
    let lease = world.get::<Lease>("dploy-operator.dploy.dev").await;
    lease.and_then(|lease| lease.spec?.holder_identity).unwrap_or_default()
}

/// The writes to objects since then, in their order; Events tell of writes and are none.
fn writes(world: &World, since: Mark) -> Vec<Request> {
    let filter = Filter::new().mutating().without("leases").without("events").since(since);
    let all = world.cluster.audit().requests(&filter).unwrap();
    all.into_iter().filter(|request| request.user.starts_with("operator-")).collect()
}

/// The claims' names, once all of them are bound and ready.
async fn claim_all(world: &World, owners: &[&str]) {
    let mut names = Vec::new();
    for owner in owners {
        names.push(world.claim(owner, "shell").await);
    }
    for name in names {
        world.served(&name).await;
    }
}

#[test]
fn only_the_leader_writes_and_a_stopped_leader_gives_the_lease_back_at_once() {
    run(|world| async move {
        let _stub = stub(&world).start();
        let mark = world.cluster.audit().mark().unwrap();
        let [mut first, _second] = pair(&world).await;
        world.template("shell", chart(), json!({})).await;
        world.template("warm", chart(), pool_of(2)).await;
        claim_all(&world, &["jane", "joe"]).await;
        world.pool("warm", 2).await;
        let seen = writes(&world, mark);
        assert!(!seen.is_empty() && seen.iter().all(|write| write.user == "operator-a"), "{seen:?}");

        first.signal("TERM");
        let stopped = Instant::now();
        assert!(first.end().await.success(), "a stop is no failure");
        claim_all(&world, &["jack"]).await;
        assert!(stopped.elapsed() < LEASE, "it took {:?} to go on", stopped.elapsed());
        let users: Vec<_> = writes(&world, mark).into_iter().map(|write| write.user).collect();
        assert!(users.is_sorted(), "nothing of the first comes after a write of the second: {users:?}");
        assert!(users.contains(&"operator-b".to_owned()));
    });
}

#[test]
fn a_killed_leader_is_succeeded_after_its_lease_and_what_is_pending_is_completed() {
    run(|world| async move {
        let _stub = stub(&world).start();
        let [first, _second] = pair(&world).await;
        world.template("shell", chart(), json!({})).await;
        claim_all(&world, &["jane"]).await;
        let mark = world.cluster.audit().mark().unwrap();
        first.kill();
        let killed = Instant::now();
        let name = world.claim("joe", "shell").await;
        tokio::time::sleep(LEASE.mul_f64(0.6)).await;
        let waiting = world.get::<DployInstanceClaim>(&name).await.unwrap();
        assert_eq!(claim_phase(&waiting), "", "nobody decides while the lease stands");
        claim_all(&world, &["jack", "jill"]).await;
        world.served(&name).await;
        let took = killed.elapsed();
        assert!(LEASE < took && took < 5 * LEASE, "the lease's duration, and one more to settle: {took:?}");
        let after = writes(&world, mark);
        assert!(after.iter().all(|write| write.user == "operator-b"), "{after:?}");
        world.holds(4).await;
    });
}

#[test]
fn a_leader_that_was_paused_beyond_its_lease_writes_no_more_and_ends() {
    run(|world| async move {
        let _stub = stub(&world).start();
        let [mut first, _second] = pair(&world).await;
        world.template("shell", chart(), json!({})).await;
        claim_all(&world, &["jane"]).await;
        first.signal("STOP");
        let mark = world.cluster.audit().mark().unwrap();
        claim_all(&world, &["joe"]).await;
        world.claim("jack", "shell").await;
        first.signal("CONT");
        assert!(!first.end().await.success(), "a lost lease is a failure");
        claim_all(&world, &["jill"]).await;
        let after = writes(&world, mark);
        assert!(after.iter().all(|write| write.user == "operator-b"), "{after:?}");
        world.holds(4).await;
    });
}
