//! The dashboard shows nothing that nobody exports.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    api::People,
    process::get,
    site::{chart, pool_of, run},
};

const DASHBOARD: &str = include_str!("../../../../deploy/grafana/environments.json");

/// The names of metrics in all expressions.
fn shown() -> BTreeSet<String> {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let targets = dashboard["panels"].as_array().unwrap().iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let words = targets.flat_map(|target| {
        let expression = target["expr"].as_str().unwrap().to_owned();
        let apart = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_owned);
        apart.collect::<Vec<_>>()
    });
    words.filter(|word| word.starts_with("dploy_") || word.starts_with("process_")).collect()
}

/// Whether a metric has samples there, or is at least announced.
fn has(exported: &str, name: &str) -> bool {
    let family = name.trim_end_matches("_total").trim_end_matches("_bucket");
    exported.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])))
        || exported.lines().any(|line| line.starts_with(&format!("# TYPE {family} ")))
}

#[test]
fn s63_every_metric_of_the_dashboard_is_exported_and_counts() {
    run(|site| async move {
        let _stub = site.stub().start();
        let (operator, api) = (site.operator().await, site.api().await);
        let people = People::of(&[&api]);
        site.template("shell", chart(), json!({ "visible": true })).await;
        site.template("warm", chart(), pool_of(2, true)).await;
        people.know(&["shell"]).await;
        site.pool("warm", 2).await;
        let token = site.person("alice");
        assert_eq!(people.create(0, "shell", &token).await.unwrap().status, StatusCode::OK);
        site.usable(3).await;
        let own = get(operator.metrics, "/metrics").unwrap();
        let served = people.ask(0, Method::GET, "/metrics", "").await.unwrap();
        assert_eq!(served.status, StatusCode::OK);
        let exported = format!("{own}\n{}", served.text);
        let missing: Vec<_> = shown().into_iter().filter(|name| !has(&exported, name)).collect();
        assert!(missing.is_empty(), "{missing:?} in {exported}");
        assert!(shown().len() > 15);
        for sample in [
            "dploy_instances{phase=\"Available\"} ",
            "dploy_pool_members{",
            "dploy_claims{phase=\"Bound\"} ",
            "dploy_kube_requests_total{verb=\"create\",code=\"201\"} ",
            "dploy_claim_bind_duration_seconds_count 1",
            "process_resident_memory_bytes ",
        ] {
            assert!(own.lines().any(|line| line.starts_with(sample)), "{sample} in {own}");
        }
    });
}
