use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{Request, Response};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::PostParams;
use kube::client::{Body, ClientBuilder};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tower::service_fn;

use super::{Fence, is_not_leader};
use crate::cluster::Leadership;
use crate::cluster::leadership::Term;
use crate::controller::{Classify, ErrorClass};

/// A client whose server answers every request with a ConfigMap after some time, behind a fence.
fn client(term: &watch::Sender<Term>, takes: Duration) -> (Client, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    let server = service_fn(move |_: Request<Body>| {
        count.fetch_add(1, Ordering::SeqCst);
        async move {
            sleep(takes).await;
            let body = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}"#;
            Ok::<_, Infallible>(Response::new(Body::from(body.as_bytes().to_vec())))
        }
    });
    let fence = Fence::new(Leadership::new(term.subscribe()));
    (ClientBuilder::new(server, "apps").with_layer(&fence).build(), requests)
}

fn held(from: i32, until: u32) -> Term {
    let now = Instant::now();
    let from = if from < 0 { now } else { now + Duration::from_secs(from as u64) };
    Term::Held { from, until: now + Duration::from_secs(u64::from(until)) }
}

async fn create(client: &Client) -> Result<ConfigMap, kube::Error> {
    Api::default_namespaced(client.clone()).create(&PostParams::default(), &ConfigMap::default()).await
}

#[tokio::test(start_paused = true)]
async fn who_does_not_lead_may_read_but_not_write() {
    let term = watch::Sender::new(Term::Standby);
    let (client, requests) = client(&term, Duration::ZERO);
    Api::<ConfigMap>::default_namespaced(client.clone()).get("a").await.unwrap();
    let error = create(&client).await.unwrap_err();
    assert!(is_not_leader(&error), "{error:?}");
    assert_eq!(error.class(), ErrorClass::NotLeader);
    assert_eq!(requests.load(Ordering::SeqCst), 1, "the write was not sent");
}

#[tokio::test(start_paused = true)]
async fn a_leader_writes_once_it_has_settled_and_until_its_deadline() {
    let term = watch::Sender::new(held(5, 60));
    let (client, _) = client(&term, Duration::ZERO);
    assert!(is_not_leader(&create(&client).await.unwrap_err()), "not settled yet");
    sleep(Duration::from_secs(5)).await;
    create(&client).await.unwrap();
    sleep(Duration::from_secs(55)).await;
    assert!(is_not_leader(&create(&client).await.unwrap_err()), "the lease was not renewed");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_takes_too_long_is_cut_off_at_the_deadline() {
    let term = watch::Sender::new(held(-1, 10));
    let (client, requests) = client(&term, Duration::from_secs(3600));
    let start = Instant::now();
    let error = create(&client).await.unwrap_err();
    assert!(is_not_leader(&error), "{error:?}");
    assert_eq!(start.elapsed().as_secs(), 10);
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}
