use std::time::Duration;

use dploy_k8s::{api::DployInstanceClaim, testing::Filter};

use crate::world::{eventually, name, run};

#[test]
fn s47_d20_with_no_input_change_nothing_is_written_also_with_random_functions() {
    run(|world| async move {
        world.pool("calm", 2, "").await;
        let values = "  valuesTemplate: 'password: {{ randAlphaNum 20 }}'\n";
        world.on_demand("shell", &format!("{values}  rollout: Follow\n  idleTTL: 1h\n")).await;
        world.pool("line", 0, ", whenEmpty: wait").await;
        let waits = name(&world.claim("alice", "line").await);
        let asked = world.claim("alice", "shell").await;
        world.claim_at(&name(&asked), "Bound").await;
        world.instance_at("alice-shell", "Ready").await;
        world.pool_at("calm", 2).await;
        eventually("the claim waits", || async {
            let status = world.get::<DployInstanceClaim>(&waits).await?.status?;
            (status.reason == "WaitingForPool").then_some(())
        })
        .await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let mark = world.cluster.audit().mark().unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
        let mine = Filter::new().user("operator").mutating().without("leases").since(mark).namespace(&world.namespace);
        let requests = world.cluster.audit().requests(&mine).unwrap();
        assert!(requests.is_empty(), "{requests:?}");
    });
}
