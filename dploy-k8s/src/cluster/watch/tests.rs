use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::client::{Body, ClientBuilder};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower::service_fn;

use super::{WatchOptions, spawn};
use crate::cluster::{Cache, CacheMetrics};

/// What the scripted server answers, in order; after the last answer it says nothing more.
enum Answer {
    List {
        version: &'static str,
        names: &'static [&'static str],
        more: Option<&'static str>,
    },
    Watch(Vec<Value>),
    /// A watch that says nothing and breaks after a while.
    Break(Duration),
    Refuse(u16),
}

fn object(name: &str, version: &str) -> Value {
    json!({"metadata": {"namespace": "apps", "name": name, "uid": name, "resourceVersion": version}})
}

fn event(kind: &str, object: Value) -> Value {
    json!({"type": kind, "object": object})
}

fn gone() -> Value {
    event(
        "ERROR",
        json!({"kind": "Status", "status": "Failure", "code": 410, "reason": "Expired", "message": "too old"}),
    )
}

fn bookmark(version: &str) -> Value {
    let metadata = json!({"resourceVersion": version});
    event("BOOKMARK", json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}))
}

type Answered = UnsyncBoxBody<Bytes, std::io::Error>;

fn breaks(after: Duration) -> Answered {
    let broken = async move {
        tokio::time::sleep(after).await;
        Err(std::io::ErrorKind::ConnectionReset.into())
    };
    let begun = stream::once(async { Ok(Frame::data(Bytes::new())) });
    StreamBody::new(begun.chain(stream::once(broken))).boxed_unsync()
}

fn respond(answer: Answer) -> Response<Answered> {
    let (code, text) = match answer {
        Answer::List { version, names, more } => {
            let items: Vec<Value> = names.iter().map(|name| object(name, version)).collect();
            let metadata = json!({"resourceVersion": version, "continue": more});
            (
                200,
                json!({"apiVersion": "v1", "kind": "ConfigMapList", "metadata": metadata, "items": items}).to_string(),
            )
        }
        Answer::Watch(events) => (200, events.iter().map(|event| format!("{event}\n")).collect()),
        Answer::Break(after) => return Response::new(breaks(after)),
        Answer::Refuse(code) => {
            (code, json!({"kind": "Status", "status": "Failure", "code": code, "message": "no"}).to_string())
        }
    };
    let mut response = Response::new(Full::from(text).map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = http::StatusCode::from_u16(code).unwrap();
    response
}

/// A cache that is fed from the script, and the queries that are made for it.
fn start(
    script: Vec<Answer>,
    options: WatchOptions,
    registry: &mut Registry,
    cancel: &CancellationToken,
) -> (Cache<ConfigMap>, Arc<Mutex<Vec<String>>>) {
    let (script, queries) = (Arc::new(Mutex::new(VecDeque::from(script))), Arc::new(Mutex::new(Vec::new())));
    let log = queries.clone();
    let server = service_fn(move |request: Request<Body>| {
        log.lock().unwrap().push(request.uri().to_string());
        let answer = script.lock().unwrap().pop_front();
        async move {
            match answer {
                Some(answer) => Ok::<_, Infallible>(respond(answer)),
                None => std::future::pending().await,
            }
        }
    });
    let cache = Cache::builder().metrics(CacheMetrics::register(registry)).build();
    spawn::<ConfigMap>(ClientBuilder::new(server, "apps").build(), cache.clone(), options, cancel.clone());
    (cache, queries)
}

/// Feeds a cache from the script until `names` are what it holds; gives the queries that were made.
async fn feed(script: Vec<Answer>, options: WatchOptions, names: &[&str]) -> (Cache<ConfigMap>, Vec<String>, String) {
    let (mut registry, cancel) = (Registry::default(), CancellationToken::new());
    let (cache, queries) = start(script, options, &mut registry, &cancel);
    let held = || cache.scan().filter_map(|o| o.metadata.name.clone()).collect::<Vec<_>>();
    let _ = timeout(Duration::from_secs(600), async {
        while !cache.synced() || held() != names {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Time for what would come after.
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    assert_eq!(held(), names);
    cancel.cancel();
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    let queries = queries.lock().unwrap().clone();
    (cache, queries, text)
}

#[tokio::test(start_paused = true)]
async fn a_list_is_read_page_by_page_and_taken_in_at_once() {
    let script = vec![
        Answer::List { version: "", names: &["a", "b"], more: Some("next") },
        Answer::List { version: "7", names: &["c"], more: None },
    ];
    let options = WatchOptions::namespaced("apps").page_size(2).labels("dploy.dev/managed=true");
    let (_, queries, metrics) = feed(script, options, &["a", "b", "c"]).await;
    assert!(queries[0].contains("limit=2") && !queries[0].contains("resourceVersion"), "consistent: {}", queries[0]);
    assert!(queries[0].contains("labelSelector=dploy.dev"), "{}", queries[0]);
    assert!(queries[1].contains("continue=next"), "{}", queries[1]);
    assert!(queries[2].contains("watch=true") && queries[2].contains("resourceVersion=7"), "{}", queries[2]);
    assert!(metrics.contains("dploy_cache_objects{kind=\"ConfigMap\"} 3"), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_is_taken_up_where_it_ended() {
    let script = vec![
        Answer::List { version: "7", names: &["a"], more: None },
        Answer::Watch(vec![event("ADDED", object("b", "8")), event("DELETED", object("a", "9"))]),
        Answer::Watch(vec![bookmark("20")]),
        Answer::Refuse(503),
        Answer::Watch(vec![event("ADDED", object("c", "21"))]),
    ];
    let (_, queries, metrics) = feed(script, WatchOptions::namespaced("apps"), &["b", "c"]).await;
    let versions: Vec<&str> =
        queries.iter().filter_map(|query| query.split("resourceVersion=").nth(1)?.split('&').next()).collect();
    assert_eq!(versions, ["7", "9", "20", "20", "21"]);
    assert!(metrics.contains("dploy_watch_errors_total{kind=\"ConfigMap\"} 1"), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_lasted_is_taken_up_soon_however_often_one_broke_before() {
    const BREAKS: u32 = 9;
    let lasts = Duration::from_secs(20);
    let mut script = vec![Answer::List { version: "7", names: &["a"], more: None }];
    script.extend((0..BREAKS).map(|_| Answer::Break(lasts)));
    script.push(Answer::Watch(vec![event("ADDED", object("b", "8"))]));
    let begun = tokio::time::Instant::now();
    feed(script, WatchOptions::namespaced("apps"), &["a", "b"]).await;
    let between = begun.elapsed() - BREAKS * lasts;
    assert!(between < Duration::from_secs(10), "{between:?}");
}

#[tokio::test(start_paused = true)]
async fn a_version_that_the_server_has_forgotten_leads_to_a_new_list() {
    let script = vec![
        Answer::List { version: "7", names: &["a", "b"], more: None },
        Answer::Watch(vec![gone()]),
        Answer::List { version: "90", names: &["b"], more: None },
    ];
    let (_, queries, _) = feed(script, WatchOptions::namespaced("apps"), &["b"]).await;
    assert!(queries[3].contains("resourceVersion=90"), "{queries:?}");
}

#[tokio::test(start_paused = true)]
async fn a_missing_kind_counts_as_empty_only_where_it_is_optional() {
    let (cache, queries, metrics) = feed(vec![Answer::Refuse(404)], WatchOptions::all().optional(), &[]).await;
    assert!(cache.synced() && !cache.served());
    assert_eq!(queries.len(), 1, "looked for again after 15 s, not at once");
    assert!(!metrics.contains("dploy_watch_errors_total{"), "not an error: {metrics}");

    let (cache, queries, _) = feed(vec![Answer::Refuse(404), Answer::Refuse(404)], WatchOptions::all(), &[]).await;
    assert!(!cache.synced() && cache.served());
    assert!(queries.len() > 3, "tried again and again, also when the server hangs: {queries:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_needs_a_fresh_list_does_not_wait_for_the_next_look_for_a_missing_kind() {
    let (script, cancel) = (vec![Answer::Refuse(404), Answer::Refuse(404)], CancellationToken::new());
    let (cache, queries) = start(script, WatchOptions::all().optional(), &mut Registry::default(), &cancel);
    cache.wait_synced().await;
    timeout(Duration::from_secs(1), cache.refresh()).await.unwrap();
    assert!(cache.synced() && !cache.served());
    assert_eq!(queries.lock().unwrap().len(), 2);
    cancel.cancel();
}
