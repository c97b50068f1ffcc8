//! Decisions over objects built by hand, and the laws they obey.

mod binding;
mod claim;
mod instance;
mod orphans;
mod pool;
mod rollout;
