use std::time::Duration;

use dploy_k8s::testing::Filter;

use crate::world::{name, run};

#[test]
fn s47_with_no_input_change_nothing_is_written_also_with_random_functions() {
    run(|world| async move {
        world.pool("calm", 2, "").await;
        world.on_demand("shell", "  valuesTemplate: 'password: {{ randAlphaNum 20 }}'\n").await;
        let asked = world.claim("alice", "shell").await;
        world.claim_at(&name(&asked), "Bound").await;
        world.instance_at("alice-shell", "Ready").await;
        world.pool_at("calm", 2).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let mark = world.cluster.audit().mark().unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
        let mine = Filter::new().user("operator").mutating().without("leases").since(mark).namespace(&world.namespace);
        let requests = world.cluster.audit().requests(&mine).unwrap();
        assert!(requests.is_empty(), "{requests:?}");
    });
}
