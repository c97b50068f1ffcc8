//! The server without an operator: two replicas that make Argo CD Applications themselves. A stub of Argo CD answers.
//!
//! ```text
//! world     an installation: two replicas, what they make, and the rights they have
//! rights    that they use all of these
//! surface   how each route answers
//! ```

mod rights;
mod surface;
mod world;

use std::time::Duration;

use dploy_api::Server;
use dploy_auth::testing::Provider;
use dploy_core::error::chain;
use dploy_k8s::testing::Filter;
use futures::future::join_all;
use k8s_openapi::api::{coordination::v1::Lease, core::v1::Namespace};
use kube::{
    Api, ResourceExt,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use self::world::{CLUSTER, FILE, RUNTIME, UNDELETABLE, count, run, variables, written};
use crate::world::{eventually, told};

#[test]
fn an_environment_is_an_application_with_the_documented_names_and_goes_with_its_namespace() {
    run(FILE, |world| async move {
        let john = world.person("John.Doe@Example.com");
        let made = world.replicas[0].run("webterm", &john).await;
        assert_eq!(made.status, StatusCode::OK, "{made:?}");
        let uuid = made.body["uuid"].as_str().unwrap().to_owned();
        let host = format!("john-doe-example-com-{uuid}.env.example.org");
        assert_eq!(made.body["url"], format!("https://{host}"));
        let [application] = &world.applications().await[..] else { panic!("one Application") };
        assert_eq!(application.name_any(), format!("john-doe-example-com-webterm-{uuid}"));
        assert_eq!(application.labels()["dploy.dev/owner"], "john-doe-example-com");
        assert_eq!(application.labels()["dploy.dev/env"], "webterm");
        assert_eq!(application.annotations()["dploy.dev/uuid"], uuid);
        assert_eq!(application.annotations()["dploy.dev/expires-at"], made.body["expiresAt"].as_str().unwrap());
        let values = &serde_json::to_value(&application.spec.source).unwrap()["helm"]["valuesObject"];
        let expected = json!({
            "username": "john-doe-example-com", "uuid": uuid, "ingressHost": host,
            "workspaceName": "john-doe-example-com-workspace",
        });
        assert_eq!(*values, expected);

        let healthy = world.healthy("webterm", &john).await;
        assert_eq!(healthy["expiresAt"], made.body["expiresAt"]);
        let [namespace] = &world.workloads().await[..] else { panic!("one namespace") };
        assert_eq!(namespace.name_any(), application.name_any());
        let again = world.replicas[1].run("webterm", &john).await;
        assert_eq!((again.status, &again.body["uuid"]), (StatusCode::OK, &made.body["uuid"]));

        for _ in 0..2 {
            assert_eq!(world.replicas[1].extend("webterm", &john).await.status, StatusCode::OK);
        }
        assert_eq!(world.replicas[0].extend("webterm", &john).await.status, StatusCode::CONFLICT, "all were used");
        let noted = world.applications().await[0].annotations().clone();
        assert_eq!(noted["dploy.dev/extend-count"], "2");
        let listed = world.replicas[0].call(Method::GET, "/api/environments", &john).await.body;
        let [listed] = &listed["environments"].as_array().unwrap()[..] else { panic!("{listed}") };
        assert_eq!(listed["expiresAt"], noted["dploy.dev/expires-at"].as_str());
        assert_eq!((&listed["extendCount"], &listed["icon"]), (&json!(2), &json!("terminal")));
        let stranger = world.person("mallory");
        assert_eq!(world.replicas[0].status("webterm", &stranger).await.status, StatusCode::NOT_FOUND);

        assert_eq!(world.replicas[0].release("webterm", &john).await.status, StatusCode::NO_CONTENT);
        assert_eq!(world.replicas[0].status("webterm", &john).await.status, StatusCode::NOT_FOUND);
        world.holds_nothing().await;
    });
}

#[test]
fn the_file_is_the_catalog_and_what_it_disables_cannot_be_asked_for() {
    run(FILE, |world| async move {
        let alice = world.person("alice");
        let catalog = world.replicas[0].call(Method::GET, "/api/environments/available", "").await.body;
        let names: Vec<_> = catalog.as_array().unwrap().iter().map(|entry| entry["name"].clone()).collect();
        assert_eq!(names, ["brief", "broken", "free", "webterm"]);
        let webterm = catalog.as_array().unwrap().iter().find(|entry| entry["name"] == "webterm").unwrap();
        assert_eq!(
            (&webterm["ttl"], &webterm["extendTTL"], &webterm["maxExtends"]),
            (&json!(600), &json!(60), &json!(2))
        );
        assert_eq!(world.replicas[0].run("retired", &alice).await.status, StatusCode::NOT_FOUND);
        assert_eq!(world.replicas[0].run("absent", &alice).await.status, StatusCode::NOT_FOUND);
        world.replicas[0].run("free", &alice).await;
        assert_eq!(world.replicas[0].extend("free", &alice).await.status, StatusCode::BAD_REQUEST, "it is unlimited");
        world.replicas[0].run("broken", &alice).await;
        eventually("it has failed", || async {
            let answer = world.replicas[0].status("broken", &alice).await;
            (answer.body["status"] == "Degraded").then_some(())
        })
        .await;
    });
}

#[test]
fn what_ends_is_removed_once_by_two_replicas_and_nothing_else_is() {
    run(FILE, |world| async move {
        let ours = json!({ "dploy.dev/owner": "x", "dploy.dev/env": "x" });
        let name = format!("{}-other", world.argocd);
        let other = json!({ "metadata": { "name": name, "labels": ours } });
        let namespaces = Api::<Namespace>::all(world.client.clone());
        namespaces.create(&PostParams::default(), &serde_json::from_value(other).unwrap()).await.unwrap();
        let people: Vec<_> = (0..10).map(|n| world.person(&format!("user-{n}"))).collect();
        let kept = world.person("keeper");
        world.replicas[0].run("webterm", &kept).await;
        world.healthy("webterm", &kept).await;
        let answers = join_all(people.iter().map(|person| world.replicas[0].run("brief", person))).await;
        assert_eq!(count(&answers, StatusCode::OK), 10, "{answers:?}");
        eventually("only one is left", || async {
            let left = [world.applications().await.len(), world.workloads().await.len()];
            (left == [1, 1]).then_some(())
        })
        .await;
        assert_eq!(world.replicas[1].status("brief", &people[0]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(world.replicas[1].status("webterm", &kept).await.status, StatusCode::OK);
        assert!(
            namespaces.get_opt(&name).await.unwrap().is_some_and(|found| found.metadata.deletion_timestamp.is_none())
        );
        let deletes = Filter::new().user("api").verb("delete").resource("applications").namespace(&world.argocd);
        let requests = world.cluster.audit().requests(&deletes).unwrap();
        let unexpected = requests.iter().filter(|request| !matches!(request.code, Some(200 | 404 | 409))).count();
        assert_eq!(unexpected, 0, "{requests:?}");
        namespaces.delete(&name, &Default::default()).await.unwrap();
    });
}

#[test]
fn what_cannot_be_removed_keeps_nothing_else_from_being_removed() {
    run(FILE, |world| async move {
        let namespaces = Api::<Namespace>::all(world.client.clone());
        let noted = json!({
            "labels": { "dploy.dev/owner": "x", "dploy.dev/env": "x" },
            "annotations": {
                "dploy.dev/application": format!("{}/x", world.argocd), "dploy.dev/instance-uid": "of-nothing",
            },
        });
        let marked = Patch::Merge(json!({ "metadata": noted }));
        namespaces.patch(UNDELETABLE, &PatchParams::default(), &marked).await.unwrap();
        let alice = world.person("alice");
        world.replicas[0].run("webterm", &alice).await;
        world.healthy("webterm", &alice).await;
        let name = world.applications().await[0].name_any();
        world.replicas[0].release("webterm", &alice).await;
        eventually("its namespace is gone", || async {
            namespaces.get_opt(&name).await.unwrap().is_none().then_some(())
        })
        .await;
        let tried = Filter::new().user("api").verb("delete").resource("namespaces").name(UNDELETABLE);
        assert!(world.cluster.audit().count(&tried).unwrap() > 0, "the one that comes first was tried");
        let unmarked =
            json!({ "labels": { "dploy.dev/owner": null }, "annotations": { "dploy.dev/application": null } });
        let unmarked = Patch::Merge(json!({ "metadata": unmarked }));
        namespaces.patch(UNDELETABLE, &PatchParams::default(), &unmarked).await.unwrap();
    });
}

#[test]
fn s23_parallel_runs_on_two_replicas_give_one_application() {
    run(FILE, |world| async move {
        let alice = world.person("alice");
        let answers = join_all((0..20).map(|n| world.replicas[n % 2].run("webterm", &alice))).await;
        assert_eq!(count(&answers, StatusCode::OK), 20, "{answers:?}");
        assert_eq!(world.applications().await.len(), 1);
        assert!(answers.iter().all(|answer| answer.body["uuid"] == answers[0].body["uuid"]));
        let leases = Api::<Lease>::namespaced(world.client.clone(), &world.namespace);
        eventually("every lease was given up", || async {
            leases.list(&ListParams::default()).await.unwrap().items.is_empty().then_some(())
        })
        .await;
    });
}

#[test]
fn s22_parallel_runs_of_many_environments_on_two_replicas_stay_within_the_quota() {
    let entries: Vec<_> = (0..12).map(|n| format!("  - {{ name: e{n}, chart: github.com/o/r/c@main }}")).collect();
    run(&format!("environments:\n{}\n", entries.join("\n")), |world| async move {
        let alice = world.person("alice");
        let asked: Vec<_> = (0..12).map(|n| format!("e{n}")).collect();
        let answers = join_all(asked.iter().enumerate().map(|(n, name)| world.replicas[n % 2].run(name, &alice))).await;
        assert_eq!((count(&answers, StatusCode::OK), count(&answers, StatusCode::FORBIDDEN)), (5, 7), "{answers:?}");
        assert_eq!(world.applications().await.len(), 5);
        let refused = answers.iter().find(|answer| answer.status == StatusCode::FORBIDDEN).unwrap();
        assert_eq!(refused.body["error"], "Maximum 5 environments allowed");
    });
}

#[test]
fn a_lease_of_a_dead_process_is_taken_over_and_one_that_is_kept_answers_503() {
    run(FILE, |world| async move {
        let alice = world.person("alice");
        world.replicas[0].run("webterm", &alice).await;
        let id = world.applications().await[0].labels()["dploy.dev/owner-id"].clone();
        let leases = Api::<Lease>::namespaced(world.client.clone(), &world.namespace);
        let name = format!("dploy-owner-{id}");
        let lease =
            json!({ "metadata": { "name": name }, "spec": { "holderIdentity": "dead", "leaseDurationSeconds": 4 } });
        leases.create(&PostParams::default(), &serde_json::from_value(lease.clone()).unwrap()).await.unwrap();
        eventually("it was taken over", || async {
            (world.replicas[0].run("free", &alice).await.status == StatusCode::OK).then_some(())
        })
        .await;

        leases.create(&PostParams::default(), &serde_json::from_value(lease).unwrap()).await.unwrap();
        let keeping = tokio::spawn({
            let (leases, name) = (leases.clone(), name.clone());
            async move {
                for transition in 0.. {
                    let patch = Patch::Merge(json!({ "spec": { "leaseTransitions": transition } }));
                    leases.patch(&name, &PatchParams::default(), &patch).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        });
        let refused = world.replicas[0].run("broken", &alice).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{refused:?}");
        assert!(refused.retry_after.is_some());
        assert_eq!(world.applications().await.len(), 2, "nothing was made");
        keeping.abort();
    });
}

#[test]
fn a_file_that_is_not_accepted_ends_the_start_with_its_line_and_field() {
    RUNTIME.block_on(async {
        let Some(cluster) = CLUSTER.get().await.unwrap() else { return };
        let provider = Provider::start().await.unwrap();
        let bad = written("environments:\n  - name: shell\n    chart: github.com/o/r/c@main\n    ttl: 12h\n");
        let path = bad.path().to_str().unwrap();
        for (file, parts) in [
            (path, &[path, "line 4, column 10", "environments[0].ttl must be SECONDS[,EXTEND[,MAX]]"][..]),
            ("/nowhere/environments.yaml", &["/nowhere/environments.yaml", "No such file"][..]),
        ] {
            let config = told("default", &provider, &variables("argocd", file));
            let error = Server::bind(config, Some(cluster.client_as("api").unwrap())).await.unwrap_err();
            let text = chain(&error);
            assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        }
    });
}
