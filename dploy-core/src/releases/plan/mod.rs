//! Every decision of the domain, as pure functions.
//!
//! ```text
//! publish          what policies do with a version that is published
//! deploy           whether a deployment goes back, and what becomes of the hold on its target
//! batch            which of the queued deployments are carried out now, and which later ones took their place
//! outcome          what becomes of a deployment that could not be carried out
//! message          what its commit says
//! kustomization    what makes Flux apply it
//! ```

pub mod batch;
pub mod deploy;
pub mod kustomization;
pub mod message;
pub mod outcome;
pub mod publish;

#[cfg(test)]
mod tests;
