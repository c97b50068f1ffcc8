//! What the tests against Go share: data, cases and the program that answers for Go.
#![allow(dead_code, reason = "each test uses its part")]

pub(crate) mod case;
pub(crate) mod data;
pub(crate) mod grammar;
pub(crate) mod operands;
pub(crate) mod program;
pub(crate) mod random;
pub(crate) mod signatures;
pub(crate) mod tree;
pub(crate) mod values;
