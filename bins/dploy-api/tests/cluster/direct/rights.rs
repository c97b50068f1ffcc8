//! The rights of a server without operator: all tests beside this run under exactly these and fail where one is missing;
//! here is shown that none is too much.

use std::collections::BTreeSet;

use dploy_k8s::{environments::access, testing::unused};
use k8s_openapi::api::{authorization::v1::SelfSubjectAccessReview, coordination::v1::Lease};
use kube::{Api, api::PostParams};
use reqwest::StatusCode;
use serde_json::json;

use super::world::{FILE, World, run};
use crate::world::eventually;

impl World {
    /// Whether the server may do this in a namespace.
    async fn may(&self, namespace: &str, verb: &str, group: &str, resource: &str) -> bool {
        let attributes = json!({ "verb": verb, "group": group, "resource": resource, "namespace": namespace });
        let review = serde_json::from_value(json!({ "spec": { "resourceAttributes": attributes } })).unwrap();
        let reviews = Api::<SelfSubjectAccessReview>::all(self.cluster.client_as("api").unwrap());
        reviews.create(&PostParams::default(), &review).await.unwrap().status.unwrap().allowed
    }

    /// A Lease of the only owner that a dead process left.
    async fn leave_lease(&self) {
        let id = self.applications().await[0].metadata.labels.as_ref().unwrap()["dploy.dev/owner-id"].clone();
        let spec = json!({ "holderIdentity": "dead", "leaseDurationSeconds": 1 });
        let lease = json!({ "metadata": { "name": format!("dploy-owner-{id}") }, "spec": spec });
        let leases = Api::<Lease>::namespaced(self.client.clone(), &self.namespace);
        leases.create(&PostParams::default(), &serde_json::from_value(lease).unwrap()).await.unwrap();
    }
}

#[test]
fn s61_without_an_operator_no_right_is_too_much_and_none_is_missing() {
    run(FILE, |world| async move {
        let alice = world.person("alice");
        let [api, other] = &world.replicas;
        assert_eq!(api.run("webterm", &alice).await.status, StatusCode::OK);
        assert_eq!(api.extend("webterm", &alice).await.status, StatusCode::OK);
        world.leave_lease().await;
        eventually("the lease was taken over", || async {
            (other.run("free", &alice).await.status == StatusCode::OK).then_some(())
        })
        .await;
        for environment in ["webterm", "free"] {
            assert_eq!(other.release(environment, &alice).await.status, StatusCode::NO_CONTENT);
        }
        world.holds_nothing().await;
        assert_eq!(unused(&access::direct(), &world.asked(), "api"), BTreeSet::new());
    });
}

#[test]
fn s61_without_an_operator_a_server_makes_no_namespaces_and_reads_no_secrets() {
    run(FILE, |world| async move {
        let (home, argocd) = (world.namespace.as_str(), world.argocd.as_str());
        assert!(world.may(argocd, "create", "argoproj.io", "applications").await);
        assert!(!world.may(home, "create", "argoproj.io", "applications").await, "they are in one namespace only");
        assert!(!world.may(argocd, "create", "coordination.k8s.io", "leases").await);
        for verb in ["create", "update", "patch"] {
            assert!(!world.may("", verb, "", "namespaces").await, "{verb}");
            assert!(!world.may(argocd, verb, "argoproj.io", "appprojects").await, "{verb}");
        }
        for namespace in [home, argocd, "kube-system"] {
            for verb in ["get", "list", "watch", "create", "update", "patch", "delete"] {
                assert!(!world.may(namespace, verb, "", "secrets").await, "{verb} secrets in {namespace}");
            }
            assert!(!world.may(namespace, "list", "dploy.dev", "dployinstanceclaims").await);
        }
    });
}
