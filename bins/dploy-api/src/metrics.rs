//! What the server counts.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::StatusCode;
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

/// The route of requests that no route matches; paths of clients must not become labels.
pub const NO_ROUTE: &str = "none";

/// Counters and histograms of one server; clones count into the same.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    claims: Family<OutcomeLabel, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
    method: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: String,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(Registry::default())
    }
}

impl Metrics {
    /// Registers `dploy_api_requests_total`, `dploy_api_request_duration_seconds` and `dploy_api_claims_total` in
    /// `registry`, beside what is in there already.
    #[must_use]
    pub fn new(mut registry: Registry) -> Self {
        let requests = Family::<RequestLabels, Counter>::default();
        // 1 ms to 16 s: from an answer out of memory to a create that waited.
        let durations = Family::<RouteLabels, Histogram>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.001, 2.0, 15))
        });
        let claims = Family::<OutcomeLabel, Counter>::default();
        registry.register("dploy_api_requests", "Requests answered", requests.clone());
        registry.register("dploy_api_request_duration_seconds", "Time until an answer was ready", durations.clone());
        registry.register("dploy_api_claims", "Environments asked for, by what was answered", claims.clone());
        Self { registry: Arc::new(Mutex::new(registry)), requests, durations, claims }
    }

    /// Counts an answered request.
    pub fn count_request(&self, route: &str, method: &http::Method, status: StatusCode, took: Duration) {
        let (route, method) = (route.to_owned(), known(method).to_owned());
        let labels = RouteLabels { route: route.clone(), method: method.clone() };
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
        self.requests.get_or_create(&RequestLabels { route, method, status: status.as_u16() }).inc();
    }

    /// Counts an environment that was asked for: `bound`, `pending` or the code of an error.
    pub fn count_claim(&self, outcome: &str) {
        self.claims.get_or_create(&OutcomeLabel { outcome: outcome.to_owned() }).inc();
    }

    /// Everything counted, in the OpenMetrics text format.
    ///
    /// # Errors
    /// A collector cannot be written.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut encoded = String::new();
        text::encode(&mut encoded, &self.registry.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(encoded)
    }
}

/// The method as a label: clients may send any word.
fn known(method: &http::Method) -> &str {
    match method.as_str() {
        name @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => name,
        _ => "other",
    }
}
