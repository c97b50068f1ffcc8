use rstest::rstest;
use serde_json::{Value, json};

use crate::server::{assert_refused, server};

const KIND: &str = "DployTemplate";

fn template(isolation: &Value) -> Value {
    json!({ "chart": { "repoURL": "https://charts.example.org", "path": "x" }, "isolation": isolation })
}

fn egress(rule: Value) -> Value {
    json!({ "networkPolicy": { "egress": [rule] } })
}

fn peer(peer: Value) -> Value {
    egress(json!({ "to": [peer] }))
}

fn port(port: Value) -> Value {
    json!({ "networkPolicy": { "ingress": [{ "ports": [port] }] } })
}

#[rstest]
#[case::level(json!({ "level": "strict" }), &["spec.isolation.level", r#""none", "privileged", "baseline", "restricted""#])]
#[case::amount(json!({ "resourceQuota": { "pods": "many" } }), &["spec.isolation.resourceQuota.pods", "should match"])]
#[case::negative_amount(json!({ "resourceQuota": { "pods": -1 } }), &["spec.isolation.resourceQuota.pods", "greater than or equal to 0"])]
#[case::limit(json!({ "limitRange": { "default": { "cpu": "1 core" } } }), &["spec.isolation.limitRange.default.cpu", "should match"])]
#[case::request(json!({ "limitRange": { "defaultRequest": { "cpu": "-1" } } }), &["spec.isolation.limitRange.defaultRequest.cpu", "should match"])]
#[case::many_rules(json!({ "networkPolicy": { "egress": vec![json!({}); 33] } }), &["spec.isolation.networkPolicy.egress", "32"])]
#[case::many_peers(egress(json!({ "to": vec![json!({ "podSelector": {} }); 33] })), &["egress[0].to", "32"])]
#[case::many_ports(egress(json!({ "ports": vec![json!({}); 33] })), &["egress[0].ports", "32"])]
#[case::empty_peer(peer(json!({})), &["a peer needs either ipBlock or selectors"])]
#[case::two_kinds_of_peer(
    peer(json!({ "ipBlock": { "cidr": "10.0.0.0/8" }, "podSelector": {} })),
    &["a peer needs either ipBlock or selectors"]
)]
#[case::range(peer(json!({ "ipBlock": { "cidr": "10.0.0.0" } })), &["ipBlock.cidr", "should match"])]
#[case::no_range(peer(json!({ "ipBlock": {} })), &["ipBlock.cidr: Required"])]
#[case::except(peer(json!({ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["host"] } })), &["ipBlock.except[0]", "should match"])]
#[case::label(peer(json!({ "namespaceSelector": { "matchLabels": { "a": "-" } } })), &["namespaceSelector.matchLabels.a", "should match"])]
#[case::pod_label(peer(json!({ "podSelector": { "matchLabels": { "a": "x".repeat(64) } } })), &["podSelector.matchLabels.a", "63"])]
#[case::protocol(port(json!({ "protocol": "ICMP" })), &["ingress[0].ports[0].protocol", r#""TCP", "UDP", "SCTP""#])]
#[case::port_zero(port(json!({ "port": 0 })), &["ports[0].port", "greater than or equal to 1"])]
#[case::high_port(port(json!({ "port": 65_536 })), &["ports[0].port", "less than or equal to 65535"])]
#[case::port_name(port(json!({ "port": "Web" })), &["ports[0].port", "should match"])]
#[case::end_without_port(port(json!({ "endPort": 90 })), &["ports[0].endPort", "endPort needs port"])]
#[case::end_of_a_name(port(json!({ "port": "web", "endPort": 90 })), &["ports[0].endPort", "endPort needs port"])]
#[case::end_before_port(port(json!({ "port": 91, "endPort": 90 })), &["ports[0].endPort", "not greater"])]
#[case::end_above(port(json!({ "port": 91, "endPort": 65_536 })), &["ports[0].endPort", "less than or equal to 65535"])]
#[tokio::test]
async fn s62_an_isolation_profile_is_refused(#[case] isolation: Value, #[case] words: &[&str]) {
    let Some(server) = server().await else { return };
    assert_refused(server.try_create(KIND, &template(&isolation)).await, words);
}

#[tokio::test]
async fn an_isolation_profile_is_kept_as_written() {
    let Some(server) = server().await else { return };
    let isolation = json!({
        "level": "restricted",
        "resourceQuota": { "pods": 5, "limits.cpu": "500m" },
        "limitRange": { "default": {}, "defaultRequest": { "cpu": "1e-1" } },
        "networkPolicy": { "ingress": [], "egress": [{}, { "ports": [{ "protocol": "UDP", "port": 53, "endPort": 54 }] }] },
    });
    let created = server.try_create(KIND, &template(&isolation)).await.unwrap();
    assert_eq!(created.data["spec"]["isolation"], isolation);
}
