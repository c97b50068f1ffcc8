//! From text to parse tree.

pub(crate) mod ast;
mod lexer;
mod number;
mod parser;
mod pipeline;
mod token;
mod unquote;

pub(crate) use number::{Ideal, go_float, go_int, go_uint};
pub(crate) use parser::parse;
