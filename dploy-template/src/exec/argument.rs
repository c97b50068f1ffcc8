//! Arguments: constants and values for parameters of a type.

use super::Exec;
use crate::error::Error;
use crate::functions::Param;
use crate::options::MissingKey;
use crate::syntax::ast::{Operand, Term};
use crate::value::{Dict, Elem, List, Pointer, Stringer, Text, Value};

impl<'n> Exec<'n, '_, '_> {
    /// An operand as an argument for a parameter: constants take its type.
    pub(super) fn argument(&mut self, dot: &Value, param: Param, operand: &'n Operand) -> Result<Value, Error> {
        if param == Param::Any {
            return without_interface(self.operand(dot, operand));
        }
        let pos = operand.pos;
        if !operand.term.is_literal() || matches!(operand.term, Term::Dot) {
            let value = self.operand(dot, operand)?;
            return self.validate(pos, value, param);
        }
        if let Some(value) = constant(&operand.term, param) {
            return Ok(value);
        }
        let go_type = param.go_type();
        let found = match &operand.term {
            Term::Nil => return self.fail(pos, format!("cannot assign nil to {go_type}")),
            Term::Number(number) => number.text.clone(),
            Term::String(text) => format!("{:?}", text.to_string_lossy()),
            Term::Bool(b) => b.to_string(),
            _ => String::new(),
        };
        match param {
            Param::Int | Param::Duration => self.fail(pos, format!("expected integer; found {found}")),
            Param::Uint32 => self.fail(pos, format!("expected unsigned integer; found {found}")),
            Param::Float64 => self.fail(pos, format!("expected float; found {found}")),
            Param::Bool | Param::String => self.fail(pos, format!("expected {go_type}; found {found}")),
            _ => self.fail(pos, format!("can't handle {found} for arg of type {go_type}")),
        }
    }

    /// Checks that a value is assignable to a parameter.
    pub(super) fn validate(&self, pos: usize, value: Value, param: Param) -> Result<Value, Error> {
        let lenient = self.env.options.missing_key == MissingKey::Empty;
        let value = match value {
            Value::NilInterface if lenient || param == Param::Any => Value::Nil,
            value => value,
        };
        if fits(&value, param) {
            return Ok(value);
        }
        match &value {
            Value::Nil if lenient && param == Param::String => Ok(Value::String(Text::default())),
            Value::Nil => match zero(param) {
                Some(zero) => Ok(zero),
                None => self.fail(pos, format!("invalid value; expected {}", param.go_type())),
            },
            Value::Pointer(pointer) if pointer.target().is_some_and(|target| fits(target, param)) => {
                Ok(pointer.target().cloned().unwrap_or_default())
            }
            _ => {
                let (wanted, got) = (param.go_type(), value.type_name());
                self.fail(pos, format!("wrong type for value; expected {wanted}; got {got}"))
            }
        }
    }
}

/// What is inside an interface: the nil in one is just nil.
pub(super) fn without_interface(result: Result<Value, Error>) -> Result<Value, Error> {
    if matches!(result, Ok(Value::NilInterface)) { Ok(Value::Nil) } else { result }
}

/// Whether a value has the type of a parameter.
fn fits(value: &Value, param: Param) -> bool {
    match (value, param) {
        (_, Param::Any)
        | (Value::Bool(_), Param::Bool)
        | (Value::Int(_), Param::Int)
        | (Value::Float64(_), Param::Float64)
        | (Value::String(_), Param::String)
        | (Value::Stringer(Stringer::Duration(_)), Param::Duration)
        | (Value::Time(_), Param::Time) => true,
        (Value::Map(dict), Param::Dict) => dict.elem() == Elem::Any,
        (Value::List(list), Param::List) => list.elem() == Elem::Any,
        (Value::Struct(object), Param::Certificate) => object.type_name() == param.go_type(),
        (Value::Stringer(Stringer::Location(_)), Param::Location) => true,
        (Value::List(list), Param::Bytes) => list.elem() == Elem::Uint8,
        (Value::Pointer(pointer), Param::Location | Param::Version) => {
            param.go_type().strip_prefix('*') == Some(pointer.type_name())
        }
        _ => false,
    }
}

/// What nil is as an argument, where the type of the parameter has a nil.
fn zero(param: Param) -> Option<Value> {
    Some(match param {
        Param::Dict => Value::Map(Dict::nil(Elem::Any)),
        Param::List => Value::List(List::nil(Elem::Any)),
        Param::Bytes => Value::List(List::nil(Elem::Uint8)),
        Param::Location | Param::Version => Value::Pointer(Pointer::new(param.go_type().trim_start_matches('*'), None)),
        _ => return None,
    })
}

/// A constant in the type of a parameter, if it has one of that type.
fn constant(term: &Term, param: Param) -> Option<Value> {
    match (term, param) {
        (Term::Nil, _) => zero(param),
        (Term::Bool(b), Param::Bool) => Some(Value::Bool(*b)),
        (Term::String(text), Param::String) => Some(Value::String(text.clone())),
        (Term::Number(number), Param::Int) => number.int.map(Value::Int),
        (Term::Number(number), Param::Duration) => number.int.map(|n| Value::Stringer(Stringer::Duration(n))),
        // As in Go, higher bits are lost.
        (Term::Number(number), Param::Uint32) => number.uint.map(|n| Value::Uint64(n & 0xffff_ffff)),
        (Term::Number(number), Param::Float64) => number.float.map(Value::Float64),
        _ => None,
    }
}
