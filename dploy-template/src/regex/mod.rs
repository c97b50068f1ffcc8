//! Regular expressions with Go's syntax and Go's answers, in linear time.
//!
//! The syntax is read here, because what Go accepts, refuses and means
//! differs from every crate; what was read is carried out by the automata of
//! `regex-automata`, which the `regex` crate is made of. They are stepped by
//! hand so that every byte and every new state is paid for.

mod bracket;
mod cache;
mod escape;
mod expand;
mod fold;
mod group;
mod haystack;
mod matches;
mod parser;
mod piece;
mod program;
mod repeat;
mod search;
mod tables;
mod unicode;

pub(crate) use cache::RegexCache;
pub(crate) use expand::{Replacement, expand};
pub(crate) use haystack::Haystack;
pub(crate) use program::{CompileError, Regex};
