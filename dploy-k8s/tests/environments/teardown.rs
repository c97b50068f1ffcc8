use dploy_k8s::api::{DployInstance, DployInstanceClaim};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api,
    api::{DeleteParams, Patch, PatchParams},
};
use serde_json::json;

use crate::world::{eventually, name, run};

#[test]
fn s29_after_a_release_nothing_is_left() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        let asked = world.claim("alice", "shell").await;
        world.claim_at(&name(&asked), "Bound").await;
        let workload = world.instance_at("alice-shell", "Ready").await.status.unwrap().namespace;
        world.api::<DployInstanceClaim>().delete(&name(&asked), &DeleteParams::default()).await.unwrap();
        eventually("the instance is gone", || async { world.instances().await.is_empty().then_some(()) }).await;
        assert!(world.engine.find(&world.key("alice-shell")).is_none());
        assert!(world.workload_namespace(&workload).await.is_none());
    });
}

#[test]
fn s56_d11_a_namespace_that_is_not_the_instances_own_is_never_deleted() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        let asked = world.claim("bob", "shell").await;
        world.claim_at(&name(&asked), "Bound").await;
        let workload = world.instance_at("bob-shell", "Ready").await.status.unwrap().namespace;
        let namespaces = Api::<Namespace>::all(world.client.clone());
        let stolen = json!({ "metadata": { "annotations": { "dploy.dev/instance-uid": "somebody-else" } } });
        namespaces.patch(&workload, &PatchParams::default(), &Patch::Merge(stolen)).await.unwrap();
        world.api::<DployInstanceClaim>().delete(&name(&asked), &DeleteParams::default()).await.unwrap();
        eventually("the instance is gone", || async { world.instances().await.is_empty().then_some(()) }).await;
        let kept = world.workload_namespace(&workload).await.expect("the namespace stays");
        assert!(kept.metadata.deletion_timestamp.is_none());
        namespaces.delete(&workload, &DeleteParams::default()).await.unwrap();
    });
}

#[test]
fn an_instance_that_carries_a_claim_which_never_was_is_destroyed() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        let yaml = "metadata: { name: stray }\nspec: { templateRef: shell, owner: carl, claimRef: { name: never, uid: 0-0-0 } }";
        world.create::<DployInstance>(yaml).await;
        eventually("it is gone", || async { world.instances().await.is_empty().then_some(()) }).await;
    });
}
