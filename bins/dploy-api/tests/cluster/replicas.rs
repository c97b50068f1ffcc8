use dploy_k8s::testing::Filter;
use futures::future::join_all;
use reqwest::{Method, StatusCode};

use super::world::{eventually, run};

#[test]
fn replicas_agree_on_what_exists_and_on_what_was_released() {
    run(|world| async move {
        let [one, other] = &world.replicas;
        world.template("vscode", "").await;
        let alice = world.person("alice");
        for _ in 0..5 {
            assert_eq!(one.run("vscode", &alice).await.status, StatusCode::OK);
            assert_eq!(other.status("vscode", &alice).await.status, StatusCode::OK, "found by a live look");
            assert_eq!(other.extend("vscode", &alice).await.status, StatusCode::OK);
            assert_eq!(one.release("vscode", &alice).await.status, StatusCode::NO_CONTENT);
            assert_eq!(one.status("vscode", &alice).await.status, StatusCode::NOT_FOUND, "hidden at once");
            eventually("the other replica has heard of it", || async {
                (other.status("vscode", &alice).await.status == StatusCode::NOT_FOUND).then_some(())
            })
            .await;
        }
    });
}

#[test]
fn s23_parallel_runs_on_two_replicas_give_one_environment() {
    run(|world| async move {
        world.template("vscode", "").await;
        let alice = world.person("alice");
        let answers = join_all((0..20).map(|n| world.replicas[n % 2].run("vscode", &alice))).await;
        assert!(answers.iter().all(|answer| answer.status == StatusCode::OK), "{answers:?}");
        assert_eq!((world.claims().await.len(), world.instances().await.len()), (1, 1));
    });
}

#[test]
fn s28_parallel_extensions_on_two_replicas_grant_what_is_left() {
    run(|world| async move {
        world.template("vscode", "  ttl: { seconds: 600, extendSeconds: 60, maxExtends: 3 }\n").await;
        let alice = world.person("alice");
        world.replicas[0].run("vscode", &alice).await;
        let answers = join_all((0..8).map(|n| world.replicas[n % 2].extend("vscode", &alice))).await;
        let count = |status| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((count(StatusCode::OK), count(StatusCode::CONFLICT)), (3, 5), "{answers:?}");
        assert_eq!(world.claims().await[0].spec.extensions, 3);
    });
}

#[test]
fn every_waiter_of_a_refused_claim_hears_why_whichever_replica_it_asked() {
    run(|world| async move {
        world.template("empty", "  method: pool\n  pool: { size: 0 }\n").await;
        let alice = world.person("alice");
        let answers = join_all((0..10).map(|n| world.replicas[n % 2].run("empty", &alice))).await;
        for answer in &answers {
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
            assert_eq!(answer.body["error"], "no pooled instance available, try again shortly");
        }
        assert!(world.claims().await.is_empty());
    });
}

#[test]
fn d27_a_look_asks_nothing_of_the_api_server() {
    run(|world| async move {
        world.template("vscode", "").await;
        let alice = world.person("alice");
        world.replicas[0].run("vscode", &alice).await;
        for replica in &world.replicas {
            eventually("the replica knows that it is healthy", || async {
                (replica.status("vscode", &alice).await.body["status"] == "Healthy").then_some(())
            })
            .await;
        }
        let mark = world.cluster.audit().mark().unwrap();
        for replica in world.replicas.iter().cycle().take(20) {
            assert_eq!(replica.status("vscode", &alice).await.status, StatusCode::OK);
            for path in
                ["/api/environments", "/api/environments/available", "/api/v1/environments", "/api/v1/templates"]
            {
                assert_eq!(replica.call(Method::GET, path, &alice).await.status, StatusCode::OK, "{path}");
            }
        }
        let asked = Filter::new().user("api").namespace(&world.namespace).since(mark);
        let mut requests = world.cluster.audit().requests(&asked).unwrap();
        requests.retain(|request| request.verb != "watch");
        assert!(requests.is_empty(), "{requests:?}");
    });
}
