use dploy_k8s::api::{DployInstance, DployInstanceClaim, DployTemplate};
use kube::api::DeleteParams;
use serde_json::json;

use crate::world::{eventually, name, reason, run};

#[test]
fn s32_a_pool_of_three_has_three_free_members_without_owner_or_expiry() {
    run(|world| async move {
        world.pool("shell", 3, "").await;
        let members = world.pool_at("shell", 3).await;
        for member in &members {
            assert!(name(member).starts_with("shell-pool-"));
            assert_eq!(member.spec.owner, "");
            assert!(member.spec.pooled && member.status.as_ref().unwrap().expires_at.is_none());
        }
        eventually("the counters are 3/0/3", || async {
            let status = world.get::<DployTemplate>("shell").await?.status?;
            ((status.pool_available, status.pool_claimed, status.pool_total) == (3, 0, 3)).then_some(())
        })
        .await;
    });
}

#[test]
fn s33_a_claim_takes_a_ready_member_as_it_is_and_the_pool_refills() {
    run(|world| async move {
        world.pool("shell", 2, "").await;
        let before = world.pool_at("shell", 2).await;
        let asked = world.claim("alice", "shell").await;
        let claim = world.claim_at(&name(&asked), "Bound").await.status.unwrap();
        assert!(claim.url.starts_with("https://shell-"), "the url is there with the answer");
        let member = world.instance_at(&claim.instance_ref.unwrap().name, "Claimed").await;
        let was =
            before.iter().find(|member_before| name(*member_before) == name(&member)).expect("it was in the pool");
        let (then, now) = (was.status.as_ref().unwrap(), member.status.as_ref().unwrap());
        assert_eq!((&then.namespace, &then.uuid, &then.revision), (&now.namespace, &now.uuid, &now.revision));
        assert_eq!(member.spec.owner, "alice");
        let release = world.engine.find(&world.key(&name(&member))).unwrap();
        assert!(!release.labels.contains_key("dploy.dev/owner"), "its chart never learns who has it");
        world.pool_at("shell", 2).await;
    });
}

#[test]
fn s33_s39_a_pool_without_recycle_refills_only_when_the_member_is_gone() {
    run(|world| async move {
        world.pool("shell", 1, ", recycle: false").await;
        world.pool_at("shell", 1).await;
        let asked = world.claim("bob", "shell").await;
        world.claim_at(&name(&asked), "Bound").await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(world.instances().await.len(), 1, "it does not refill while the member is claimed");
        let old = world.instances().await.remove(0).metadata.uid;
        world.api::<DployInstanceClaim>().delete(&name(&asked), &DeleteParams::default()).await.unwrap();
        eventually("a fresh member is there and the old one gone", || async {
            let all = world.instances().await;
            (all.len() == 1
                && all[0].metadata.uid != old
                && all[0].spec.owner.is_empty()
                && all[0].metadata.deletion_timestamp.is_none())
            .then_some(())
        })
        .await;
        world.pool_at("shell", 1).await;
    });
}

#[test]
fn s37_d18_shrinking_and_disabling_remove_free_members_only() {
    run(|world| async move {
        world.pool("shell", 3, "").await;
        world.pool_at("shell", 3).await;
        let asked = world.claim("carl", "shell").await;
        let claim = world.claim_at(&name(&asked), "Bound").await;
        let mine = claim.status.unwrap().instance_ref.unwrap().name;
        world.pool_at("shell", 3).await;
        world.merge::<DployTemplate>("shell", json!({ "spec": { "pool": { "size": 1 } } })).await.unwrap();
        world.pool_at("shell", 1).await;
        world.merge::<DployTemplate>("shell", json!({ "spec": { "enabled": false } })).await.unwrap();
        eventually("only the claimed member is left", || async {
            let all = world.instances().await;
            (all.len() == 1 && name(&all[0]) == mine).then_some(())
        })
        .await;
        world.instance_at(&mine, "Claimed").await;
    });
}

#[test]
fn s38_d19_deleting_a_template_keeps_claimed_environments_and_orphans_nothing() {
    run(|world| async move {
        world.pool("shell", 2, "").await;
        world.pool_at("shell", 2).await;
        let asked = world.claim("dana", "shell").await;
        let mine = world.claim_at(&name(&asked), "Bound").await.status.unwrap().instance_ref.unwrap().name;
        world.pool_at("shell", 2).await;
        world.api::<DployTemplate>().delete("shell", &DeleteParams::default()).await.unwrap();
        eventually("only the claimed member is left", || async {
            let all = world.instances().await;
            (all.len() == 1 && name(&all[0]) == mine).then_some(())
        })
        .await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        world.instance_at(&mine, "Claimed").await;
        world.api::<DployInstanceClaim>().delete(&name(&asked), &DeleteParams::default()).await.unwrap();
        eventually("nothing is left", || async { world.instances().await.is_empty().then_some(()) }).await;
        eventually("no revision is left", || async {
            let api = world.api::<k8s_openapi::api::apps::v1::ControllerRevision>();
            api.list(&Default::default()).await.unwrap().items.is_empty().then_some(())
        })
        .await;
    });
}

#[test]
fn s37_d18_a_failed_member_is_replaced_and_remembered() {
    run(|world| async move {
        world.pool("shell", 1, "").await;
        let member = name(&world.pool_at("shell", 1).await[0]);
        world.engine.fail(&world.key(&member), "InstallFailed", "it does not start");
        let failed = world.instance_at(&member, "Failed").await;
        assert_eq!(reason(&failed, "Ready"), "InstallFailed");
        let uid = failed.metadata.uid;
        let fresh = eventually("another member has the place", || async {
            let found: DployInstance = world.instances().await.into_iter().find(|found| found.metadata.uid != uid)?;
            (found.metadata.deletion_timestamp.is_none()).then_some(found)
        })
        .await;
        world.instance_at(&name(&fresh), "Available").await;
    });
}
