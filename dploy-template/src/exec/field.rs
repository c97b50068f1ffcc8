//! Fields of structs, entries of maps and methods.

use super::Exec;
use super::walk::element;
use crate::error::{Error, Failure};
use crate::functions;
use crate::options::MissingKey;
use crate::syntax::ast::Operand;
use crate::value::{Dict, Value};

impl<'n> Exec<'n, '_, '_> {
    /// Follows `names` from `receiver`; arguments and a piped value go to the last.
    pub(super) fn field_chain(
        &mut self,
        pos: usize,
        dot: &Value,
        receiver: &Value,
        names: &[String],
        args: &'n [Operand],
        piped: Option<Value>,
    ) -> Result<Value, Error> {
        let Some((last, path)) = names.split_last() else {
            return Ok(receiver.clone());
        };
        let mut reached: Option<Value> = None;
        for name in path {
            let value = reached.as_ref().unwrap_or(receiver);
            reached = Some(match self.method(dot, pos, value, name, &[], None)? {
                Some(result) => result,
                None => self.field(pos, value, name, false)?,
            });
        }
        let value = reached.as_ref().unwrap_or(receiver);
        let invoked = !args.is_empty() || piped.is_some();
        match self.method(dot, pos, value, last, args, piped)? {
            Some(result) => Ok(result),
            None => self.field(pos, value, last, invoked),
        }
    }

    fn method(
        &mut self,
        dot: &Value,
        pos: usize,
        receiver: &Value,
        name: &str,
        args: &'n [Operand],
        piped: Option<Value>,
    ) -> Result<Option<Value>, Error> {
        let Some(target) = receiver.indirect() else {
            return Ok(None);
        };
        match functions::method(receiver, name) {
            Some(function) => self.call(dot, pos, function, Some(target.clone()), args, piped).map(Some),
            None => Ok(None),
        }
    }

    fn field(&self, pos: usize, receiver: &Value, name: &str, invoked: bool) -> Result<Value, Error> {
        let mode = self.env.options.missing_key;
        let type_name = || receiver.type_name();
        let Some(target) = receiver.indirect() else {
            return self.fail(pos, format!("nil pointer evaluating {}.{name}", type_name()));
        };
        match target {
            Value::Nil if mode == MissingKey::Error => self.fail(pos, format!("nil data; no entry for key {name:?}")),
            Value::Nil => Ok(Value::Nil),
            Value::NilInterface if mode == MissingKey::Empty => Ok(Value::Nil),
            Value::NilInterface => self.fail(pos, format!("nil pointer evaluating {}.{name}", type_name())),
            Value::Struct(object) => match object.get(name) {
                Some(_) if invoked => self.fail(pos, format!("{name} has arguments but cannot be invoked as function")),
                Some(value) => Ok(element(value)),
                None => {
                    let known: Vec<_> = object.fields().map(|(known, _)| known).collect();
                    let failure = Failure::execute(format!("can't evaluate field {name} in type {}", type_name()));
                    Err(self.error(pos, failure.expected(one_of(&known))))
                }
            },
            Value::Map(_) if invoked => self.fail(pos, format!("{name} is not a method but has arguments")),
            Value::Map(dict) => match dict.get(name) {
                Some(Value::Nil) => Ok(Value::NilInterface),
                Some(value) => Ok(value),
                None => self.missing(pos, dict, name),
            },
            _ => self.fail(pos, format!("can't evaluate field {name} in type {}", type_name())),
        }
    }

    fn missing(&self, pos: usize, dict: &Dict, name: &str) -> Result<Value, Error> {
        match self.env.options.missing_key {
            MissingKey::Default | MissingKey::Empty => Ok(Value::Nil),
            MissingKey::Zero => Ok(dict.elem().zero()),
            MissingKey::Error => self.fail(pos, format!("map has no entry for key {name:?}")),
        }
    }
}

fn one_of(names: &[&str]) -> String {
    if names.is_empty() { "no field".to_owned() } else { format!("one of {}", names.join(", ")) }
}
