//! A real Kubernetes API server for tests, and Flux when a test needs it.
//!
//! [`Cluster`] starts etcd and kube-apiserver on free loopback ports, in about
//! five seconds, and on request the controller manager, nodes whose pods run
//! without containers, and Flux with a server of charts, git and OCI artifacts.
//! A supervisor process holds a pipe from the test process: when that ends,
//! however it ends, every server is killed and the data folder removed.
//!
//! One test binary shares one cluster and isolates each test by a namespace:
//!
//! ```no_run
//! use dploy_k8s::testing::{Cluster, Filter, SharedCluster};
//!
//! static CLUSTER: SharedCluster = SharedCluster::new(|| Cluster::builder().controllers());
//!
//! # async fn test() -> Result<(), dploy_k8s::testing::Error> {
//! let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
//! let namespace = cluster.namespace().await?;
//! let client = cluster.client_as("operator")?;
//! // … work with `client` in `namespace` …
//! let writes = cluster.audit().count(&Filter::new().user("operator").namespace(&namespace).mutating())?;
//! assert_eq!(writes, 0);
//! # Ok(())
//! # }
//! ```
//!
//! The programs come from `cargo xtask testbed build`; see [`locate`] for where
//! they are looked up. Network policies are accepted as objects here, and
//! nothing enforces them.

mod addons;
mod audit;
mod cluster;
mod control_plane;
mod crds;
mod error;
mod ports;
mod programs;
mod rights;
mod shared;
mod stub;
mod supervisor;
mod users;

pub use addons::Artifacts;
pub use audit::{Audit, Filter, Mark, Request};
pub use cluster::{Builder, Cluster};
pub use error::Error;
pub use programs::{assets_folder, locate};
pub use rights::{Right, unused};
pub use shared::{SharedCluster, required, skip_or_fail};
pub use stub::{ArgoCdStub, EngineObject, HelmStub, Stub};
