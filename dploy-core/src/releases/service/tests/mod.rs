mod access;
mod deploys;
mod drafts;
mod janitor;
mod keys;
mod policies;
mod publishes;
mod targets;
pub(crate) mod world;
