//! Functions that ask the machine, which templates cannot.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::Value;

const STRING: &[Param] = &[Param::String];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("env", STRING, refused).doc("an error: templates read no environment", r#"env "HOME""#).failing(),
    Function::new("expandenv", STRING, refused)
        .doc("an error: templates read no environment", r#"expandenv "$HOME/x""#)
        .failing(),
    Function::new("getHostByName", STRING, refused)
        .doc("an error: templates ask no name server", r#"getHostByName "localhost""#)
        .failing(),
];

fn refused(_: &mut Env<'_>, _: &Args) -> Result<Value, Failure> {
    Err(Failure::execute("templates read nothing of the machine they run on")
        .expected("a value from the template's data"))
}
