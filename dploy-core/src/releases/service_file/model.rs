//! A service file that was read: every default filled in, every value checked.

/// The whole file.
pub(super) struct Service {
    pub(super) app: String,
    pub(super) namespace: String,
    pub(super) components: Vec<Component>,
    pub(super) config: Config,
}

/// What all objects share.
#[derive(Default)]
pub(super) struct Config {
    pub(super) labels: Vec<(String, String)>,
    pub(super) annotations: Vec<(String, String)>,
    pub(super) pull_secrets: Vec<String>,
    pub(super) account: Option<Account>,
}

/// The service account of all pods.
pub(super) struct Account {
    pub(super) name: String,
    pub(super) create: bool,
}

/// One container and what runs it.
pub(super) struct Component {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) command: Vec<String>,
    pub(super) args: Vec<String>,
    pub(super) cpu: Amount,
    pub(super) memory: Amount,
    pub(super) env: Vec<Variable>,
    pub(super) workload: Workload,
}

/// A request and its limit.
pub(super) struct Amount {
    pub(super) request: String,
    pub(super) limit: String,
}

/// An environment variable.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) source: Source,
}

/// Where a variable's value comes from.
pub(super) enum Source {
    Value(String),
    /// `secretKeyRef` or `configMapKeyRef`.
    Key {
        kind: &'static str,
        name: String,
        key: String,
    },
}

/// What runs the container.
pub(super) enum Workload {
    Deployment(Deployment),
    Job { restart: &'static str, backoff: u64, ttl: u64 },
    CronJob { schedule: String, restart: &'static str, concurrency: &'static str, succeeded: u64, failed: u64 },
}

/// A component that runs all the time.
pub(super) struct Deployment {
    pub(super) replicas: u64,
    pub(super) port: Option<u64>,
    pub(super) liveness: Option<Probe>,
    pub(super) readiness: Option<Probe>,
    pub(super) ingress: Option<Ingress>,
}

/// An HTTP check of a container; times in seconds.
pub(super) struct Probe {
    pub(super) path: String,
    pub(super) port: u64,
    pub(super) delay: u64,
    pub(super) period: u64,
    pub(super) timeout: u64,
    pub(super) failures: u64,
}

/// The way in from outside the cluster.
pub(super) struct Ingress {
    pub(super) hostname: String,
    pub(super) path: String,
    pub(super) path_type: &'static str,
    pub(super) secret: Option<String>,
    pub(super) annotations: Vec<(String, String)>,
    pub(super) port: u64,
}
