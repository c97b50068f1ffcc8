//! `print`, `printf` and `println` of Go's text/template.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::format;
use crate::options::MissingKey;
use crate::value::{Text, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("print", &[], Param::Any, |env, args| {
        printed(env, |limit, empty| format::sprint(args.rest(0), limit, empty))
    })
    .doc("all values as text, with a space between two that are no texts", r#"print "a" 1 2 "b""#),
    Function::variadic("println", &[], Param::Any, |env, args| {
        printed(env, |limit, empty| format::sprintln(args.rest(0), limit, empty))
    })
    .doc("all values as text with spaces between and a line break at the end", r#"println "a" 1 2 "b""#),
    Function::variadic("printf", &[Param::String], Param::Any, printf)
        .doc("values in the places of the verbs of a layout", r#"printf "%s-%03d %.2f %q" "a" 7 1.5 "b""#),
];

fn printf(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let layout = args.text(0)?;
    env.budget.bytes(layout.len())?;
    printed(env, |limit, empty| format::sprintf(layout, args.rest(1), limit, empty))
}

fn printed(env: &mut Env<'_>, print: impl FnOnce(usize, bool) -> Result<Text, Failure>) -> Result<Value, Failure> {
    let empty = env.options.missing_key == MissingKey::Empty;
    let text = print(env.budget.limits().value_bytes, empty)?;
    env.budget.value(text.len())?;
    Ok(Value::String(text))
}
