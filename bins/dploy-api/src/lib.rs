//! The API server of dploy as a library: HTTP routers by domain, their state, and a function that serves them.
//!
//! ```text
//! config        what the server is told by environment variables
//! state         what the routers share
//! environments  the compatible surface: catalog, run, list, administrators' lists
//! access        who is calling; /api/me
//! probes        /health, /ready, /metrics, /openapi.json
//! app           what holds for every route: normalised paths, CORS, limits, request ids, access log, JSON 404 and 405
//! error         one table from error to status
//! serve         a whole server on a cluster
//! ```
//!
//! An embedder merges [`environments::router`] into its own axum application, or takes the whole [`app`].

pub mod access;
mod app;
mod clock;
pub mod config;
pub mod environments;
pub mod error;
pub mod metrics;
mod openapi;
pub mod probes;
mod serve;
pub mod state;

pub use app::{BODY_LIMIT, REQUEST_TIMEOUT, app};
pub use clock::SystemClock;
pub use config::Config;
pub use openapi::{openapi, openapi_json};
pub use serve::{Server, ServerError, run};
pub use state::{Readiness, State};
