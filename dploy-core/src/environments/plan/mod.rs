//! Every decision of the domain: pure, total, without clock, I/O or randomness.
//!
//! | module | decides |
//! |---|---|
//! | [`adoption`] | which claim a bare instance gets |
//! | [`binding`] | which instance a pending claim gets, or why it is refused |
//! | [`claim`] | how a decided claim goes on: its status, its expiry, its removal |
//! | [`direct`] | what becomes of a request where no operator decides |
//! | [`instance`] | what is done for an instance, and what its status becomes |
//! | [`orphans`] | what belongs to nothing, and what of it may go |
//! | [`pool`] | which members a pool gains and loses |
//! | [`rollout`] | what an edit of a template means for an instance that stands |

pub mod adoption;
pub mod binding;
pub mod claim;
pub mod direct;
pub mod instance;
pub mod orphans;
pub mod pool;
pub mod rollout;

#[cfg(test)]
mod tests;
