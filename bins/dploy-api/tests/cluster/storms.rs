use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::{Method, StatusCode};

use super::world::{eventually, run};

#[test]
fn s22_fifty_parallel_runs_over_fifty_templates_stay_at_the_quota_of_five() {
    run(|world| async move {
        for n in 0..50 {
            world.template(&format!("t{n}"), "").await;
        }
        let alice = world.person("alice");
        let names: Vec<_> = (0..50).map(|n| format!("t{n}")).collect();
        let ask = names.iter().enumerate().map(|(n, name)| world.replicas[n % 2].run(name, &alice));
        let answers = join_all(ask).await;
        let granted = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
        assert_eq!(granted, 5, "{answers:?}");
        for refused in answers.iter().filter(|answer| answer.status != StatusCode::OK) {
            assert_eq!(
                (refused.status, &refused.body["error"]),
                (StatusCode::FORBIDDEN, &"Maximum 5 environments allowed".into())
            );
        }
        assert_eq!((world.claims().await.len(), world.instances().await.len()), (5, 5));
    });
}

#[test]
fn s34_of_a_hundred_claimers_of_ten_members_ten_win_and_the_others_are_told_to_retry() {
    run(|world| async move {
        world.template("shell", "  method: pool\n  pool: { size: 10, maxSize: 10 }\n").await;
        eventually("the pool is full", || async {
            let admin = world.instances().await;
            let ready = admin.iter().filter(|member| {
                let phase = member.status.as_ref().and_then(|status| status.phase);
                phase.is_some_and(|phase| serde_json::to_value(phase).is_ok_and(|word| word == "Available"))
            });
            (ready.count() == 10).then_some(())
        })
        .await;
        let people: Vec<_> = (0..100).map(|n| world.person(&format!("p{n}"))).collect();
        let answers =
            join_all(people.iter().enumerate().map(|(n, person)| world.replicas[n % 2].run("shell", person))).await;
        let won: BTreeSet<_> = answers
            .iter()
            .filter(|answer| answer.status == StatusCode::OK)
            .map(|answer| answer.body["uuid"].as_str().unwrap().to_owned())
            .collect();
        let lost: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::SERVICE_UNAVAILABLE).collect();
        assert_eq!((won.len(), lost.len()), (10, 90), "{answers:?}");
        assert!(lost.iter().all(|answer| answer.retry_after.as_deref() == Some("5")));
        let owners: Vec<_> = world.instances().await.into_iter().map(|instance| instance.spec.owner).collect();
        let distinct: BTreeSet<_> = owners.iter().filter(|owner| !owner.is_empty()).collect();
        assert_eq!(distinct.len(), 10);
    });
}

#[test]
fn the_list_has_what_the_caller_runs() {
    run(|world| async move {
        let [api, _] = &world.replicas;
        world.template("a", "").await;
        world.template("b", "").await;
        let (alice, bob) = (world.person("alice"), world.person("bob"));
        api.run("a", &alice).await;
        api.run("b", &bob).await;
        let listed = api.call(Method::GET, "/api/environments", &alice).await.body;
        assert_eq!((&listed["count"], &listed["environments"][0]["name"]), (&1.into(), &"a".into()));
    });
}
