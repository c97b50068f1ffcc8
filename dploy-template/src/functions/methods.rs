//! Methods of values that have any.

use super::{Function, durations, times, versions};
use crate::value::{Stringer, Value};

/// The method of a value, or of what a pointer points to, with this name.
/// What it points to is the first argument of the method.
pub(crate) fn method(receiver: &Value, name: &str) -> Option<&'static Function> {
    let methods = match receiver.indirect()? {
        Value::Time(_) => times::METHODS,
        Value::Stringer(Stringer::Duration(_)) => durations::METHODS,
        Value::Stringer(Stringer::Month(_) | Stringer::Weekday(_) | Stringer::Location(_)) => durations::STRING,
        Value::Stringer(Stringer::Error(_)) => durations::ERROR,
        Value::Stringer(Stringer::Version(_)) => {
            // Some methods are those of the pointer only.
            let of_pointer = versions::POINTER_METHODS.iter().find(|method| method.name == name);
            if matches!(receiver, Value::Pointer(_)) && of_pointer.is_some() {
                return of_pointer;
            }
            versions::METHODS
        }
        _ => return None,
    };
    methods.iter().find(|method| method.name == name)
}
