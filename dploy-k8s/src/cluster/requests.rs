//! What a program asks of the API server, counted.

use std::time::Duration;

use http::{Method, Request};
use kube::{Client, client::Body};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use tokio::time::Instant;

/// Requests to the API server by verb. The default value counts into nowhere.
#[derive(Clone, Debug)]
pub struct RequestMetrics {
    requests: Family<Labels, Counter>,
    duration: Family<VerbLabel, Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    verb: &'static str,
    code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerbLabel {
    verb: &'static str,
}

impl Default for RequestMetrics {
    fn default() -> Self {
        // From 1 ms to 16 s.
        let seconds = || Histogram::new(exponential_buckets(0.001, 2.0, 15));
        Self { requests: Family::default(), duration: Family::new_with_constructor(seconds) }
    }
}

impl RequestMetrics {
    /// Registers `dploy_kube_requests_total` (by verb and HTTP status; 0 where none came) and
    /// `dploy_kube_request_duration_seconds` (by verb).
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("dploy_kube_requests", "Requests to the API server", metrics.requests.clone());
        registry.register_with_unit(
            "dploy_kube_request_duration",
            "Time until the API server's answer began",
            Unit::Seconds,
            metrics.duration.clone(),
        );
        metrics
    }

    /// `client` with its requests counted: the same connection.
    #[must_use]
    pub fn count(&self, client: &Client) -> Client {
        let (metrics, inner) = (self.clone(), client.clone());
        let send = tower::service_fn(move |request: Request<Body>| {
            let (metrics, inner) = (metrics.clone(), inner.clone());
            async move {
                let (verb, start) = (verb(&request), Instant::now());
                let answer = inner.send(request).await;
                metrics.answered(verb, answer.as_ref().map_or(0, |answer| answer.status().as_u16()), start.elapsed());
                answer
            }
        });
        Client::new(send, client.default_namespace().to_owned())
    }

    fn answered(&self, verb: &'static str, code: u16, took: Duration) {
        self.requests.get_or_create(&Labels { verb, code }).inc();
        self.duration.get_or_create(&VerbLabel { verb }).observe(took.as_secs_f64());
    }
}

/// The verb as Kubernetes calls it; `read` is a get or a list.
fn verb<B>(request: &Request<B>) -> &'static str {
    match *request.method() {
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ if request.uri().query().is_some_and(|query| query.split('&').any(|part| part == "watch=true")) => "watch",
        _ => "read",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_is_told_from_a_list() {
        let asked = |method: &str, uri: &str| verb(&Request::builder().method(method).uri(uri).body(()).unwrap());
        assert_eq!(asked("GET", "/api/v1/pods?limit=500&watch=true"), "watch");
        assert_eq!(asked("GET", "/api/v1/pods?limit=500"), "read");
        assert_eq!(asked("PUT", "/api/v1/pods/a"), "update");
    }
}
