use std::collections::BTreeSet;

use dploy_core::environments::ports::ClaimStore;
use dploy_k8s::api::{DployInstance, DployInstanceClaim};
use futures::future::join_all;
use kube::api::DeleteParams;
use serde_json::json;

use crate::world::{eventually, name, phase_of, run};

fn bound_to(claim: &DployInstanceClaim) -> String {
    claim.status.as_ref().unwrap().instance_ref.as_ref().unwrap().name.clone()
}

#[test]
fn s20_a_claim_gets_one_instance_with_owner_ttl_and_deadline() {
    run(|world| async move {
        world.on_demand("shell", "  ttl: { seconds: 600 }\n").await;
        let asked = world.claim("alice", "shell").await;
        let claim = world.claim_at(&name(&asked), "Bound").await;
        assert_eq!(bound_to(&claim), "alice-shell");
        let ready = world.instance_at("alice-shell", "Ready").await;
        assert_eq!((ready.spec.owner.as_str(), ready.spec.ttl_seconds), ("alice", Some(600)));
        let claim = eventually("the claim has a deadline", || async {
            world
                .get::<DployInstanceClaim>(&name(&asked))
                .await
                .filter(|claim| claim.status.as_ref().unwrap().expires_at.is_some())
        })
        .await;
        let status = claim.status.unwrap();
        let lifetime = status.expires_at.unwrap().0.duration_since(status.started_at.unwrap().0);
        assert_eq!(lifetime.as_secs(), 600);
        assert_eq!(world.instances().await.len(), 1);
    });
}

#[test]
fn a_claim_written_by_kubectl_alone_works() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        world
            .create::<DployInstanceClaim>("metadata: { name: mine }\nspec: { templateRef: shell, owner: carol }")
            .await;
        let claim = world.claim_at("mine", "Bound").await;
        assert_eq!(bound_to(&claim), "carol-shell");
        eventually("the claim shows the url", || async {
            let url = world.get::<DployInstanceClaim>("mine").await?.status?.url;
            url.starts_with("https://shell-").then_some(())
        })
        .await;
    });
}

#[test]
fn s22_fifty_parallel_claims_of_one_owner_over_fifty_templates_bind_exactly_the_quota() {
    run(|world| async move {
        join_all((0..50).map(|n| {
            let world = &world;
            async move { world.on_demand(&format!("t{n}"), "").await }
        }))
        .await;
        let asked = join_all((0..50).map(|n| {
            let world = &world;
            async move { world.claim("dora", &format!("t{n}")).await }
        }))
        .await;
        let mut phases = Vec::new();
        for claim in &asked {
            let decided = eventually("the claim is decided", || async {
                world.get::<DployInstanceClaim>(&name(claim)).await.filter(|claim| phase_of(claim) != "Pending")
            })
            .await;
            phases.push((phase_of(&decided), decided.status.unwrap().message));
        }
        assert_eq!(phases.iter().filter(|(phase, _)| phase == "Bound").count(), 5);
        let refused: Vec<_> = phases.iter().filter(|(phase, _)| phase == "Rejected").collect();
        assert_eq!(refused.len(), 45);
        assert!(refused.iter().all(|(_, message)| message == "Maximum 5 environments allowed"));
        assert_eq!(world.instances().await.len(), 5);
    });
}

#[test]
fn s34_d01_a_hundred_simultaneous_claims_on_a_hundred_ready_members_are_all_bound_and_none_twice() {
    run(|world| async move {
        world.pool("storm", 100, ", maxSize: 100").await;
        world.pool_at("storm", 100).await;
        let asked = join_all((0..100).map(|n| {
            let world = &world;
            async move { world.claim(&format!("user-{n}"), "storm").await }
        }))
        .await;
        let mut members = BTreeSet::new();
        for claim in &asked {
            let claim = world.claim_at(&name(claim), "Bound").await;
            let member: DployInstance = world.get(&bound_to(&claim)).await.unwrap();
            assert_eq!(member.spec.owner, claim.spec.owner);
            assert_eq!(member.spec.claim_ref.as_ref().map(|carried| &carried.uid), claim.metadata.uid.as_ref());
            assert!(member.spec.params.is_empty() && member.spec.claims.is_none(), "nothing of anybody else is in it");
            assert!(members.insert(name(&member)), "a member was given twice");
        }
        assert_eq!(members.len(), 100);
    });
}

#[test]
fn s34_a_hundred_claims_on_ten_members_have_ten_winners_and_the_rest_are_told_to_retry() {
    run(|world| async move {
        world.pool("few", 10, ", maxSize: 10").await;
        world.pool_at("few", 10).await;
        let asked = join_all((0..100).map(|n| {
            let world = &world;
            async move { world.claim(&format!("user-{n}"), "few").await }
        }))
        .await;
        let mut winners = BTreeSet::new();
        for claim in &asked {
            let decided = eventually("the claim is decided", || async {
                world.get::<DployInstanceClaim>(&name(claim)).await.filter(|claim| phase_of(claim) != "Pending")
            })
            .await;
            match phase_of(&decided).as_str() {
                "Bound" => assert!(winners.insert(bound_to(&decided))),
                _ => assert_eq!(decided.status.unwrap().reason, "PoolExhausted"),
            }
        }
        assert_eq!(winners.len(), 10);
    });
}

#[test]
fn s26_owners_and_templates_whose_names_join_alike_coexist() {
    run(|world| async move {
        world.on_demand("c", "").await;
        world.on_demand("b-c", "").await;
        let first = world.claim("a-b", "c").await;
        let first = world.claim_at(&name(&first), "Bound").await;
        let second = world.claim("a", "b-c").await;
        let second = world.claim_at(&name(&second), "Bound").await;
        assert_ne!(bound_to(&first), bound_to(&second));
        assert!(bound_to(&second).starts_with("a-b-c-"));
        world.instance_at(&bound_to(&second), "Ready").await;
    });
}

#[test]
fn s23_a_second_claim_of_one_owner_and_template_under_another_name_is_a_duplicate() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        let first = world.claim("erin", "shell").await;
        world.claim_at(&name(&first), "Bound").await;
        let yaml = "metadata: { name: again }\nspec: { templateRef: shell, owner: erin }";
        world.create::<DployInstanceClaim>(yaml).await;
        let second = world.claim_at("again", "Rejected").await.status.unwrap();
        assert_eq!(second.reason, "Duplicate");
        assert!(second.message.contains(&name(&first)), "{}", second.message);
    });
}

#[test]
fn s24_an_owner_gets_a_new_environment_while_the_old_one_is_torn_down() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        let first = world.claim("finn", "shell").await;
        let old = bound_to(&world.claim_at(&name(&first), "Bound").await);
        // A finalizer of somebody else keeps the old instance there.
        world
            .merge::<DployInstance>(
                &old,
                json!({ "metadata": { "finalizers": ["dploy.dev/instance-cleanup", "example.org/hold"] } }),
            )
            .await
            .unwrap();
        world.api::<DployInstanceClaim>().delete(&name(&first), &DeleteParams::default()).await.unwrap();
        let second = world.claim("finn", "shell").await;
        let new = bound_to(&world.claim_at(&name(&second), "Bound").await);
        assert_ne!(old, new);
        world.instance_at(&new, "Ready").await;
        world.merge::<DployInstance>(&old, json!({ "metadata": { "finalizers": [] } })).await.ok();
    });
}

#[test]
fn s28_d23_two_parallel_extensions_at_the_last_step_grant_one() {
    run(|world| async move {
        world.on_demand("shell", "  ttl: { seconds: 600, extendSeconds: 60, maxExtends: 1 }\n").await;
        let asked = world.claim("gil", "shell").await;
        world.claim_at(&name(&asked), "Bound").await;
        let doors = [world.claims(), world.claims()];
        let claim = eventually("the claim has a deadline", || async {
            world.claims().find(&name(&asked)).await.unwrap().filter(|claim| claim.status.expires_at.is_some())
        })
        .await;
        let outcomes = join_all(doors.iter().map(|door| door.extend(&claim, 1))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let before = claim.status.expires_at.unwrap();
        eventually("the deadline moved", || async {
            let now = world.claims().find(&name(&asked)).await.unwrap()?.status;
            (now.extend_count == 1 && now.expires_at == Some(before.plus_seconds(60))).then_some(())
        })
        .await;
    });
}

#[test]
fn s51_s52_d23_a_short_lived_environment_ends_on_time_and_an_extended_one_later() {
    run(|world| async move {
        world.on_demand("brief", "  ttl: { seconds: 3, extendSeconds: 4, maxExtends: 1 }\n").await;
        let short = world.claim("hal", "brief").await;
        let long = world.claim("ida", "brief").await;
        world.claim_at(&name(&short), "Bound").await;
        world.claim_at(&name(&long), "Bound").await;
        let claim = world.claims().find(&name(&long)).await.unwrap().unwrap();
        let mut outcome = world.claims().extend(&claim, 1).await;
        while outcome.is_err() {
            let claim = world.claims().find(&name(&long)).await.unwrap().unwrap();
            outcome = world.claims().extend(&claim, 1).await;
        }
        let ended = world.claim_at(&name(&short), "Expired").await.status.unwrap();
        assert_eq!(ended.reason, "Expired");
        let late = jiff::Timestamp::now().duration_since(ended.expires_at.unwrap().0);
        assert!(late.as_secs() < 15, "it ended {late} late");
        assert_eq!(phase_of(&world.get(&name(&long)).await.unwrap()), "Bound");
        world.claim_at(&name(&long), "Expired").await;
        eventually("both instances are gone", || async { world.instances().await.is_empty().then_some(()) }).await;
    });
}

#[test]
fn a_claim_whose_instance_is_deleted_by_hand_ends() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        let asked = world.claim("jon", "shell").await;
        let bound = world.claim_at(&name(&asked), "Bound").await;
        world.api::<DployInstance>().delete(&bound_to(&bound), &DeleteParams::default()).await.unwrap();
        let ended = world.claim_at(&name(&asked), "Expired").await;
        assert_eq!(ended.status.unwrap().reason, "InstanceDeleted");
        eventually("the instance is gone and not made again", || async {
            world.instances().await.is_empty().then_some(())
        })
        .await;
    });
}
