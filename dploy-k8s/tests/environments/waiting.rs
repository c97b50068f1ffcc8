use std::{collections::BTreeSet, time::Duration};

use dploy_k8s::api::{DployInstance, DployInstanceClaim, DployTemplate};
use futures::future::join_all;
use kube::api::DeleteParams;
use serde_json::json;

use crate::world::{World, eventually, name, phase_of, run};

async fn waiting(world: &World, name: &str) -> DployInstanceClaim {
    eventually("the claim waits", || async {
        let claim = world.get::<DployInstanceClaim>(name).await?;
        (claim.status.as_ref()?.reason == "WaitingForPool").then_some(claim)
    })
    .await
}

fn member_of(claim: &DployInstanceClaim) -> String {
    claim.status.as_ref().unwrap().instance_ref.as_ref().unwrap().name.clone()
}

#[test]
fn s35_an_empty_pool_that_provisions_makes_one_on_demand_beside_the_pool() {
    run(|world| async move {
        world.pool("shell", 0, ", whenEmpty: provision").await;
        let asked = name(&world.claim("alice", "shell").await);
        let claim = world.claim_at(&asked, "Bound").await;
        let made = world.instance_at(&member_of(&claim), "Ready").await;
        assert!(!made.spec.pooled);
        assert_eq!(name(&made), "alice-shell");
        let status = eventually("the template counts it", || async {
            world.get::<DployTemplate>("shell").await?.status.filter(|status| status.pool_total == 1)
        })
        .await;
        assert_eq!((status.pool_available, status.pool_claimed), (0, 0));
    });
}

#[test]
fn s35_claims_on_an_empty_pool_wait_and_are_served_in_the_order_of_asking() {
    run(|world| async move {
        world.pool("shell", 0, ", maxSize: 1, whenEmpty: wait").await;
        let mut queue = Vec::new();
        for owner in ["zoe", "mia", "ann"] {
            let asked = name(&world.claim(owner, "shell").await);
            let claim = waiting(&world, &asked).await;
            assert_eq!(phase_of(&claim), "Pending");
            queue.push(asked);
            // The order of creation is told in whole seconds.
            tokio::time::sleep(Duration::from_millis(1100)).await;
        }
        world.merge::<DployTemplate>("shell", json!({ "spec": { "pool": { "size": 1 } } })).await.unwrap();
        let mut members = BTreeSet::new();
        while !queue.is_empty() {
            let first = queue.remove(0);
            let claim = world.claim_at(&first, "Bound").await;
            let member = world.instance_at(&member_of(&claim), "Claimed").await;
            assert!(members.insert(member.metadata.uid), "a member is given once");
            for behind in &queue {
                assert_eq!(phase_of(&world.get(behind).await.unwrap()), "Pending");
            }
            world.api::<DployInstanceClaim>().delete(&first, &DeleteParams::default()).await.unwrap();
        }
    });
}

#[test]
fn s34_thirty_waiting_claims_are_all_bound_when_members_come_and_none_twice() {
    run(|world| async move {
        world.pool("storm", 0, ", maxSize: 30, whenEmpty: wait").await;
        let asked = join_all((0..30).map(|n| {
            let world = &world;
            async move { name(&world.claim(&format!("user-{n}"), "storm").await) }
        }))
        .await;
        join_all(asked.iter().map(|name| waiting(&world, name))).await;
        world.merge::<DployTemplate>("storm", json!({ "spec": { "pool": { "size": 30 } } })).await.unwrap();
        let mut members = BTreeSet::new();
        for asked in &asked {
            let claim = world.claim_at(asked, "Bound").await;
            let member: DployInstance = world.get(&member_of(&claim)).await.unwrap();
            assert_eq!(member.spec.owner, claim.spec.owner);
            assert!(members.insert(name(&member)), "a member was given twice");
        }
    });
}

#[test]
fn a_claim_may_wait_where_its_template_refuses_and_the_other_way_round() {
    run(|world| async move {
        world.pool("refusing", 0, "").await;
        world.pool("waiting", 0, ", whenEmpty: wait").await;
        for (claim, template, wait) in [("patient", "refusing", true), ("hurried", "waiting", false)] {
            let spec = format!("{{ templateRef: {template}, owner: kim, waitForPool: {wait} }}");
            world.create::<DployInstanceClaim>(&format!("metadata: {{ name: {claim} }}\nspec: {spec}")).await;
        }
        waiting(&world, "patient").await;
        let refused = world.claim_at("hurried", "Rejected").await.status.unwrap();
        assert_eq!(refused.reason, "PoolExhausted");
    });
}

#[test]
fn a_waiting_claim_is_decided_anew_when_its_template_changes() {
    run(|world| async move {
        for template in ["off", "gone", "refusing", "provisioning", "cordoned"] {
            world.pool(template, 0, ", whenEmpty: wait").await;
        }
        let ask = |template: &'static str| {
            let world = &world;
            async move {
                let asked = name(&world.claim("lee", template).await);
                waiting(world, &asked).await;
                asked
            }
        };
        let (off, gone) = (ask("off").await, ask("gone").await);
        let (refusing, provisioning) = (ask("refusing").await, ask("provisioning").await);
        let cordoned = ask("cordoned").await;
        let mark = json!({ "metadata": { "annotations": { "dploy.dev/cordoned": "true" } } });
        world.merge::<DployTemplate>("cordoned", mark).await.unwrap();
        world.merge::<DployTemplate>("off", json!({ "spec": { "enabled": false } })).await.unwrap();
        world.api::<DployTemplate>().delete("gone", &DeleteParams::default()).await.unwrap();
        let when = |word: &str| json!({ "spec": { "pool": { "whenEmpty": word } } });
        world.merge::<DployTemplate>("refusing", when("reject")).await.unwrap();
        world.merge::<DployTemplate>("provisioning", when("provision")).await.unwrap();
        let reason = |claim: DployInstanceClaim| claim.status.unwrap().reason;
        assert_eq!(reason(world.claim_at(&off, "Rejected").await), "TemplateDisabled");
        assert_eq!(reason(world.claim_at(&gone, "Rejected").await), "TemplateNotFound");
        assert_eq!(reason(world.claim_at(&refusing, "Rejected").await), "PoolExhausted");
        assert_eq!(reason(world.claim_at(&cordoned, "Rejected").await), "TemplateCordoned");
        world.claim_at(&provisioning, "Bound").await;
    });
}
