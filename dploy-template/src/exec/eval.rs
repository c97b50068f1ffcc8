//! Pipelines, commands and operands.

use super::Exec;
use super::argument::without_interface;
use crate::error::Error;
use crate::syntax::Ideal;
use crate::syntax::ast::{Command, Operand, Pipeline, Term};
use crate::value::Value;

impl<'n> Exec<'n, '_, '_> {
    /// The value of a pipeline, kept in its variables.
    pub(super) fn pipeline(&mut self, dot: &Value, pipe: &'n Pipeline) -> Result<Value, Error> {
        if let ([command], []) = (pipe.commands.as_slice(), pipe.targets.as_slice()) {
            return self.stage(dot, command, None);
        }
        let mut value: Option<Value> = None;
        for command in &pipe.commands {
            value = Some(self.stage(dot, command, value)?);
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

    /// One command of a pipeline. The next one sees what is inside an interface.
    fn stage(&mut self, dot: &Value, command: &'n Command, piped: Option<Value>) -> Result<Value, Error> {
        self.step(command.head.pos)?;
        without_interface(self.command(dot, command, piped))
    }

    fn command(&mut self, dot: &Value, command: &'n Command, piped: Option<Value>) -> Result<Value, Error> {
        let Command { head, args } = command;
        let pos = head.pos;
        match &head.term {
            Term::Field(names) => self.field_chain(pos, dot, dot, names, args, piped),
            Term::Chain(inner, names) => {
                let receiver = self.operand(dot, inner)?;
                self.field_chain(pos, dot, &receiver, names, args, piped)
            }
            Term::Variable(variable, names) if !names.is_empty() => {
                let receiver = self.variable(pos, *variable)?;
                self.field_chain(pos, dot, &receiver, names, args, piped)
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
    pub(super) fn operand(&mut self, dot: &Value, operand: &'n Operand) -> Result<Value, Error> {
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
            Term::Field(names) => self.field_chain(pos, dot, dot, names, &[], None)?,
            Term::Variable(variable, names) if names.is_empty() => self.variable(pos, *variable)?,
            Term::Variable(variable, names) => {
                let receiver = self.variable(pos, *variable)?;
                self.field_chain(pos, dot, &receiver, names, &[], None)?
            }
            Term::Function(function) => self.call(dot, pos, function, None, &[], None)?,
            Term::Chain(inner, names) => {
                let receiver = self.operand(dot, inner)?;
                self.field_chain(pos, dot, &receiver, names, &[], None)?
            }
            Term::Pipeline(pipe) => {
                self.descend(pos)?;
                let value = self.pipeline(dot, pipe)?;
                self.depth -= 1;
                value
            }
        })
    }
}
