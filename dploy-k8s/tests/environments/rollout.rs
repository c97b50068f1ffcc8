use dploy_k8s::api::{DployInstance, DployTemplate};
use serde_json::json;

use crate::world::{World, eventually, instance_phase, name, reason, run};

/// What the engine was told to install for an instance.
fn replicas(world: &World, instance: &str) -> Option<i64> {
    world.engine.find(&world.key(instance))?.values?.as_value()["replicas"].as_i64()
}

async fn edit(world: &World, template: &str) {
    let edited = json!({ "spec": { "valuesTemplate": "replicas: 2" } });
    world.merge::<DployTemplate>(template, edited).await.unwrap();
}

fn revision(instance: &DployInstance) -> String {
    instance.status.as_ref().unwrap().revision.clone()
}

#[test]
fn s48_an_edit_does_not_touch_what_stands_unless_the_template_says_follow() {
    run(|world| async move {
        world.on_demand("pinned", "  valuesTemplate: 'replicas: 1'\n").await;
        world.on_demand("following", "  valuesTemplate: 'replicas: 1'\n  rollout: Follow\n").await;
        for template in ["pinned", "following"] {
            let asked = name(&world.claim("ann", template).await);
            world.claim_at(&asked, "Bound").await;
        }
        let pinned = world.instance_at("ann-pinned", "Ready").await;
        let before = world.instance_at("ann-following", "Ready").await;
        edit(&world, "pinned").await;
        edit(&world, "following").await;
        eventually("the engine has the new values", || async {
            (replicas(&world, "ann-following") == Some(2)).then_some(())
        })
        .await;
        let after = world.instance_at("ann-following", "Ready").await;
        assert_ne!(revision(&before), revision(&after));
        let place = |instance: &DployInstance| {
            let status = instance.status.clone().unwrap();
            (status.uuid, status.namespace, status.url, status.ready_at)
        };
        assert_eq!(place(&before), place(&after), "it is the same environment");
        assert_eq!(replicas(&world, "ann-pinned"), Some(1));
        assert_eq!(revision(&pinned), revision(&world.instance_at("ann-pinned", "Ready").await));
    });
}

#[test]
fn s48_following_replaces_free_members_and_leaves_a_claimed_one_as_it_was_made() {
    run(|world| async move {
        let spec = "  method: pool\n  pool: { size: 3 }\n  valuesTemplate: 'replicas: 1'\n  rollout: Follow\n";
        world.on_demand("shell", spec).await;
        world.pool_at("shell", 3).await;
        let asked = name(&world.claim("bob", "shell").await);
        let claim = world.claim_at(&asked, "Bound").await;
        let mine = claim.status.unwrap().instance_ref.unwrap().name;
        let old: Vec<_> = world.pool_at("shell", 3).await.iter().map(revision).collect();
        edit(&world, "shell").await;
        eventually("all free members are of the new revision", || async {
            let free = world.instances().await.into_iter().filter(|member| name(member) != mine);
            let fresh: Vec<_> = free.filter(|member| replicas(&world, &name(member)) == Some(2)).collect();
            let ready = fresh.iter().filter(|member| instance_phase(member) == "Available");
            (ready.count() == 3).then_some(())
        })
        .await;
        let claimed = world.instance_at(&mine, "Claimed").await;
        assert_eq!((replicas(&world, &mine), old.contains(&revision(&claimed))), (Some(1), true));
    });
}

#[test]
fn s45_an_edit_that_cannot_be_rendered_leaves_a_following_environment_running() {
    run(|world| async move {
        world.on_demand("shell", "  valuesTemplate: 'replicas: 1'\n  rollout: Follow\n").await;
        let asked = name(&world.claim("cid", "shell").await);
        world.claim_at(&asked, "Bound").await;
        let before = world.instance_at("cid-shell", "Ready").await;
        let broken = json!({ "spec": { "valuesTemplate": "{{ fail \"no\" }}" } });
        world.merge::<DployTemplate>("shell", broken).await.unwrap();
        let after = eventually("it says why it stays", || async {
            world
                .get::<DployInstance>("cid-shell")
                .await
                .filter(|found| reason(found, "Outdated") == "ValuesTemplateError")
        })
        .await;
        assert_eq!(instance_phase(&after), "Ready");
        assert_eq!(revision(&before), revision(&after));
        assert_eq!(replicas(&world, "cid-shell"), Some(1), "its release is left alone");
        edit(&world, "shell").await;
        eventually("a good edit reaches it", || async {
            let found = world.get::<DployInstance>("cid-shell").await?;
            (replicas(&world, "cid-shell") == Some(2) && reason(&found, "Outdated") == "Resolved").then_some(())
        })
        .await;
    });
}

#[test]
fn a_following_environment_has_the_defaults_of_parameters_that_came_later() {
    run(|world| async move {
        world.on_demand("shell", "  rollout: Follow\n").await;
        let asked = name(&world.claim("dan", "shell").await);
        world.claim_at(&asked, "Bound").await;
        world.instance_at("dan-shell", "Ready").await;
        let later = json!({ "spec": {
            "valuesTemplate": "replicas: {{ .Params.replicas }}",
            "parameters": [{ "name": "replicas", "type": "integer", "default": "4" }],
        } });
        world.merge::<DployTemplate>("shell", later).await.unwrap();
        eventually("it has the default", || async { (replicas(&world, "dan-shell") == Some(4)).then_some(()) }).await;
    });
}
