//! Methods of values that have any.

use super::{Function, times};
use crate::value::Value;

/// The method of a value with this name. The receiver is its first argument.
pub(crate) fn method(value: &Value, name: &str) -> Option<&'static Function> {
    let methods = match value {
        Value::Time(_) => times::METHODS,
        _ => return None,
    };
    methods.iter().find(|method| method.name == name)
}
