//! The controllers of the environments domain: one [`Reconciler`](crate::controller::Reconciler) for each kind.

mod claim;
mod config;
mod context;
mod error;
pub(super) mod follow;
mod instance;
mod ledger;
pub(super) mod objects;
mod provision;
mod teardown;
mod template;
mod unreadable;

pub(super) use self::{
    claim::ClaimReconciler, config::ConfigReconciler, instance::InstanceReconciler, template::TemplateReconciler,
    unreadable::UnreadableReconciler,
};
pub use error::Error;
pub(super) use {context::Context, ledger::Ledger};

/// What the controllers ask of the API server.
pub(super) fn access() -> impl Iterator<Item = crate::cluster::Rule> {
    let tables =
        [claim::ACCESS, config::ACCESS, instance::ACCESS, provision::ACCESS, teardown::ACCESS, template::ACCESS];
    tables.into_iter().flatten().copied()
}
