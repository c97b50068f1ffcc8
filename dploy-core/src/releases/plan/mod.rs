//! Every decision of the domain, as pure functions.

pub mod message;
