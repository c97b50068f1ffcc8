//! Pipelines, commands and operands.

use super::Exec;
use crate::error::Error;
use crate::functions::Param;
use crate::options::MissingKey;
use crate::syntax::Ideal;
use crate::syntax::ast::{Command, Operand, Pipeline, Term};
use crate::value::{Dict, Elem, Text, Value};

impl<'r> Exec<'r> {
    /// The value of a pipeline, kept in its variables.
    pub(super) fn pipeline(&mut self, dot: &Value, pipe: &'r Pipeline) -> Result<Value, Error> {
        let mut value: Option<Value> = None;
        for command in &pipe.commands {
            self.step(command.head.pos)?;
            let piped = value.take();
            // The next command sees what is inside an interface.
            value = Some(match self.command(dot, command, piped)? {
                Value::NilInterface => Value::Nil,
                other => other,
            });
        }
        let value = value.unwrap_or_default();
        for target in &pipe.targets {
            if pipe.assigns {
                self.assign(pipe.pos, *target, value.clone())?;
            } else {
                self.variables.push((*target, value.clone()));
            }
        }
        Ok(value)
    }

    fn command(&mut self, dot: &Value, command: &'r Command, piped: Option<Value>) -> Result<Value, Error> {
        let Command { head, args } = command;
        let pos = head.pos;
        match &head.term {
            Term::Field(names) => self.field_chain(pos, dot, dot.clone(), names, args, piped),
            Term::Chain(inner, names) => {
                let receiver = self.operand(dot, inner)?;
                self.field_chain(pos, dot, receiver, names, args, piped)
            }
            Term::Variable(variable, names) if !names.is_empty() => {
                let receiver = self.variable(pos, *variable)?;
                self.field_chain(pos, dot, receiver, names, args, piped)
            }
            Term::Function(function) => self.call(dot, pos, function, None, args, piped),
            _ => {
                if !args.is_empty() || piped.is_some() {
                    return self.fail(pos, "can't give argument to non-function");
                }
                match &head.term {
                    Term::Nil => self.fail(pos, "nil is not a command"),
                    _ => self.operand(dot, head),
                }
            }
        }
    }

    /// The value of an operand where any type will do.
    pub(super) fn operand(&mut self, dot: &Value, operand: &'r Operand) -> Result<Value, Error> {
        let pos = operand.pos;
        Ok(match &operand.term {
            Term::Dot => dot.clone(),
            Term::Nil => Value::Nil,
            Term::Bool(b) => Value::Bool(*b),
            Term::String(text) => Value::String(text.clone()),
            Term::Number(number) => match number.ideal() {
                Ideal::Int(n) => Value::Int(n),
                Ideal::Float(f) => Value::Float64(f),
                Ideal::Complex(re, im) => Value::Complex128(re, im),
                Ideal::Overflow => return self.fail(pos, format!("{} overflows int", number.text)),
            },
            Term::Field(names) => self.field_chain(pos, dot, dot.clone(), names, &[], None)?,
            Term::Variable(variable, names) => {
                let value = self.variable(pos, *variable)?;
                self.field_chain(pos, dot, value, names, &[], None)?
            }
            Term::Function(function) => self.call(dot, pos, function, None, &[], None)?,
            Term::Chain(inner, names) => {
                let receiver = self.operand(dot, inner)?;
                self.field_chain(pos, dot, receiver, names, &[], None)?
            }
            Term::Pipeline(pipe) => {
                self.descend(pos)?;
                let value = self.pipeline(dot, pipe)?;
                self.depth -= 1;
                value
            }
        })
    }

    /// An operand as an argument for a parameter: constants take its type.
    pub(super) fn argument(&mut self, dot: &Value, param: Param, operand: &'r Operand) -> Result<Value, Error> {
        let pos = operand.pos;
        if !operand.term.is_literal() || param == Param::Any || matches!(operand.term, Term::Dot) {
            let value = self.operand(dot, operand)?;
            return self.validate(pos, value, param);
        }
        let found = match &operand.term {
            Term::Nil if param == Param::Dict => return self.validate(pos, Value::Nil, param),
            Term::Nil => return self.fail(pos, format!("cannot assign nil to {}", param.go_type())),
            Term::Bool(b) if param == Param::Bool => return Ok(Value::Bool(*b)),
            Term::String(text) if param == Param::String => return Ok(Value::String(text.clone())),
            Term::Number(number) => {
                if let (Param::Int, Some(n)) = (param, number.int) {
                    return Ok(Value::Int(n));
                }
                number.text.clone()
            }
            Term::String(text) => format!("{:?}", text.to_string_lossy()),
            Term::Bool(b) => b.to_string(),
            _ => String::new(),
        };
        match param {
            Param::Int => self.fail(pos, format!("expected integer; found {found}")),
            Param::Dict | Param::Time => {
                self.fail(pos, format!("can't handle {found} for arg of type {}", param.go_type()))
            }
            _ => self.fail(pos, format!("expected {}; found {found}", param.go_type())),
        }
    }

    /// Checks that a value is assignable to a parameter.
    pub(super) fn validate(&self, pos: usize, value: Value, param: Param) -> Result<Value, Error> {
        let lenient = self.env.options.missing_key == MissingKey::Empty;
        let value = match value {
            Value::NilInterface if lenient => Value::Nil,
            value => value,
        };
        let fits = match (&value, param) {
            (Value::NilInterface, Param::Any) => return Ok(Value::Nil),
            (_, Param::Any)
            | (Value::Bool(_), Param::Bool)
            | (Value::Int(_), Param::Int)
            | (Value::String(_), Param::String)
            | (Value::Time(_), Param::Time) => true,
            (Value::Map(dict), Param::Dict) => dict.elem() == Elem::Any,
            (Value::Nil, Param::Dict) => return Ok(Value::Map(Dict::new(Elem::Any, []))),
            (Value::Nil, Param::String) if lenient => return Ok(Value::String(Text::default())),
            (Value::Nil, _) => return self.fail(pos, format!("invalid value; expected {}", param.go_type())),
            (Value::Pointer(pointer), _) => match pointer.target() {
                Some(target) => return self.validate(pos, target.clone(), param),
                None => false,
            },
            _ => false,
        };
        if fits {
            return Ok(value);
        }
        let (wanted, got) = (param.go_type(), value.type_name());
        self.fail(pos, format!("wrong type for value; expected {wanted}; got {got}"))
    }
}
