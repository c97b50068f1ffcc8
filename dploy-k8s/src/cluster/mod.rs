//! Talking to a Kubernetes API server so that decisions stay right: caches that know our own writes, server-side apply
//! that never takes over what is not ours, leadership that ends by itself.
//!
//! - [`Cache`] is fed by [`watch`] and by the answers to the writes that [`Store`] makes.
//! - [`Store`] creates, replaces, applies ([`apply`]) and deletes objects, and keeps their [`finalizer`]s.
//! - [`Elector`] competes for a [`lease`]; [`Leadership`] tells what came of it; [`fence`] asks it before every write.
//! - [`condition`] and [`events`] say to people what happened.
//!
//! Nothing here knows an environment, a release or any other noun of ours.

mod access;
pub mod apply;
mod cache;
pub mod client;
pub mod condition;
#[cfg(any(test, feature = "testing"))]
pub mod crash;
mod elector;
pub(crate) mod error;
pub mod events;
pub mod fence;
pub mod finalizer;
mod key;
pub mod labels;
mod leadership;
pub mod lease;
mod metrics;
mod object;
mod owner;
mod quantity;
mod raw;
mod requests;
mod store;
mod subset;
pub mod watch;

pub use access::{Grant, Places, Rule, Within};
pub use cache::{Cache, CacheBuilder, Change, Found};
pub use elector::{Elector, Ended};
pub use error::Error;
pub use events::Events;
pub use key::ObjectKey;
pub use leadership::Leadership;
pub use lease::{KubeLease, LeaseConfig};
pub use metrics::CacheMetrics;
pub use object::{ApiScope, Object};
pub use owner::{Owner, owns};
pub use quantity::{canonical_quantity, quantity_at_most, same_quantity};
pub use requests::RequestMetrics;
pub use store::{Store, Written};
pub use subset::subset;
pub use watch::WatchOptions;
