//! Lists. Where Go takes any slice by reflection, so does this: the type of
//! the elements decides the type of the result.

mod combine;
mod number;
mod part;
mod search;

use super::Function;
use crate::error::Failure;
use crate::value::{Elem, List, Value};

pub(super) const COMBINE: &[Function] = combine::FUNCTIONS;
pub(super) const PART: &[Function] = part::FUNCTIONS;
pub(super) const SEARCH: &[Function] = search::FUNCTIONS;
pub(super) const NUMBER: &[Function] = number::FUNCTIONS;

/// The list that a function wants; `action` says what for.
fn sequence<'v>(value: &'v Value, action: &str) -> Result<&'v List, Failure> {
    match value {
        Value::List(list) => Ok(list),
        Value::Nil | Value::NilInterface => Err(Failure::execute(format!("cannot {action} nil")).expected("a list")),
        other => {
            let kind = other.kind_name();
            Err(Failure::execute(format!("cannot {action} type {kind}")).expected("a list"))
        }
    }
}

/// `[]interface {}`
fn any_list(items: Vec<Value>) -> Value {
    Value::List(List::new(Elem::Any, items))
}
