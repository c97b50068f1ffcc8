//! The API server of dploy as a library: HTTP routers by domain, their state, and a function that serves them.
//!
//! ```text
//! config        what the server is told by environment variables
//! environments  environments over HTTP: catalog, run, list, administrators' lists, /api/me
//! releases      versions and their deployments over HTTP, below /api/v1
//! probes        /health, /ready, /livez, /readyz, /metrics, /openapi.json
//! app           what holds for every route: normalised paths, CORS, limits, request ids, access log, JSON 404 and 405
//! error         one table from error to status             envelope      how releases tell failures
//! serve         a whole server                          connections   how they are taken and ended
//! follow        streams of what changes
//! ```
//!
//! An embedder merges [`environments::router`] into its own axum application, or takes the whole [`app`]. Both need the
//! domain's state: here one over a platform in memory, without anybody who could log in.
//!
//! ```
//! use std::sync::Arc;
//!
//! use dploy_api::{Surface, SystemClock, app, config::Features, environments::{Readiness, State}, metrics::Metrics};
//! use dploy_auth::{Authenticator, IdentityRules, JwksVerifier, TokenRules, token::{FixedKeys, KeySet}};
//! use dploy_core::{
//!     environments::service::{Environments, Options},
//!     testing::{MemoryPlatform, builders::template},
//! };
//! use http::Request;
//! use tokio_util::sync::CancellationToken;
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = Arc::new(SystemClock);
//! let platform = MemoryPlatform::new(clock.clone());
//! platform.put_template(template("vscode"));
//! let rules = TokenRules { issuer: "https://id.example.org".into(), audience: "dploy".into() };
//! let keys = Arc::new(FixedKeys::new(KeySet::parse(br#"{"keys":[]}"#)?));
//! let verifier = JwksVerifier::new(keys, clock.clone(), rules);
//! let state = State {
//!     environments: Arc::new(Environments::new(platform.clone(), platform, clock, Options::default())),
//!     authenticator: Authenticator::new(Arc::new(verifier), IdentityRules::default()),
//!     features: Features::default(),
//!     metrics: Metrics::default(),
//!     readiness: Readiness::ready(),
//!     stop: CancellationToken::new(),
//! };
//!
//! let surface = Surface { environments: Some(state), ..Surface::default() };
//! let request = Request::get("/api/environments/available").body(axum::body::Body::empty())?;
//! let response = app(surface).oneshot(request).await?;
//! assert_eq!(response.status(), 200);
//! # Ok(())
//! # }
//! ```

mod app;
mod clock;
pub mod config;
mod connections;
mod docs;
mod envelope;
pub mod environments;
pub mod error;
mod follow;
mod json;
pub mod metrics;
mod openapi;
pub mod probes;
mod random;
pub mod releases;
mod serve;

pub use app::{BODY_LIMIT, REQUEST_TIMEOUT, Surface, app};
pub use clock::SystemClock;
pub use config::Config;
pub use dploy_k8s::controller::shutdown;
pub use openapi::{openapi, openapi_json};
pub use random::SystemRandom;
pub use serve::{Server, ServerError, run};
