//! Function and method calls.

use smallvec::SmallVec;

use super::Exec;
use crate::error::{Error, Failure};
use crate::functions::{Args, Function, Param, Run};
use crate::syntax::ast::Operand;
use crate::value::Value;

impl<'n> Exec<'n, '_, '_> {
    /// Calls a function with a receiver, if it is a method, the arguments
    /// that follow its name, and the value that is piped into it.
    pub(super) fn call(
        &mut self,
        dot: &Value,
        pos: usize,
        function: &'static Function,
        receiver: Option<Value>,
        args: &'n [Operand],
        piped: Option<Value>,
    ) -> Result<Value, Error> {
        let own = usize::from(receiver.is_some());
        self.check_count(pos, function, own, args.len() + usize::from(piped.is_some()))?;
        if let Run::Until(truth) = function.run {
            return self.short_circuit(dot, truth, args, piped);
        }
        let mut values = SmallVec::new();
        values.extend(receiver);
        for arg in args {
            let param = param_at(function, values.len());
            let value = self.argument(dot, param, arg)?;
            values.push(value);
        }
        if let Some(value) = piped {
            let param = param_at(function, values.len());
            values.push(self.validate(pos, value, param)?);
        }
        let args = Args(values);
        let result = match function.run {
            Run::Eager(body) => body(self.env, &args),
            Run::Include => self.include(&args),
            Run::Tpl => self.tpl(&args),
            Run::Until(_) => Ok(Value::Nil),
        };
        result.map_err(|failure| self.error(pos, named(function, failure)))
    }

    fn check_count(&self, pos: usize, function: &Function, own: usize, given: usize) -> Result<(), Error> {
        let wanted = function.params.len().saturating_sub(own);
        let name = function.name;
        match function.rest {
            Some(_) if given < wanted => {
                self.fail(pos, format!("wrong number of args for {name}: want at least {wanted} got {given}"))
            }
            None if given != wanted => {
                self.fail(pos, format!("wrong number of args for {name}: want {wanted} got {given}"))
            }
            _ => Ok(()),
        }
    }

    /// The first argument of the given truth, or the last one.
    fn short_circuit(
        &mut self,
        dot: &Value,
        truth: bool,
        args: &'n [Operand],
        piped: Option<Value>,
    ) -> Result<Value, Error> {
        let mut value = Value::Nil;
        for arg in args {
            value = self.argument(dot, Param::Any, arg)?;
            if value.is_true() == truth {
                return Ok(value);
            }
        }
        Ok(piped.unwrap_or(value))
    }
}

fn param_at(function: &Function, index: usize) -> Param {
    function.params.get(index).copied().or(function.rest).unwrap_or(Param::Any)
}

fn named(function: &Function, failure: Failure) -> Failure {
    Failure { message: format!("error calling {}: {}", function.name, failure.message), ..failure }
}
