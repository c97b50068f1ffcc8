//! Types and kinds of values.

use super::equality::deep_equal;
use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Text, Value};

const NAME_AND_VALUE: &[Param] = &[Param::String, Param::Any];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("typeOf", &[Param::Any], |_, args| Ok(Value::from(type_of(args.any(0)))))
        .doc("the name of the Go type", "typeOf (list 1 2)"),
    Function::new("typeIs", NAME_AND_VALUE, |_, args| is(args, &type_of(args.any(1))))
        .doc("whether the Go type has this name", r#"typeIs "string" "a""#),
    Function::new("typeIsLike", NAME_AND_VALUE, type_is_like)
        .doc("whether the Go type, or what it points to, has this name", r#"typeIsLike "string" "a""#),
    Function::new("kindOf", &[Param::Any], |_, args| Ok(Value::from(args.any(0).kind_name())))
        .doc("the name of the kind, such as int, string, slice, map, struct, ptr", "kindOf (list 1 2)"),
    Function::new("kindIs", NAME_AND_VALUE, |_, args| is(args, args.any(1).kind_name()))
        .doc("whether the kind has this name", r#"kindIs "slice" (list 1 2)"#),
    Function::new("deepEqual", &[Param::Any, Param::Any], |env, args| {
        deep_equal(env, args.any(0), args.any(1)).map(Value::Bool)
    })
    .doc("whether two values have one type and the same content", "deepEqual (list 1 2) (list 1 2)"),
];

fn type_of(value: &Value) -> String {
    value.type_name().into_owned()
}

fn is(args: &Args, name: &str) -> Result<Value, Failure> {
    Ok(Value::Bool(args.text(0)?.as_bytes() == name.as_bytes()))
}

fn type_is_like(_: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (wanted, name): (&Text, _) = (args.text(0)?, type_of(args.any(1)));
    let alike = [Some(name.as_str()), name.strip_prefix('*')];
    Ok(Value::Bool(alike.into_iter().flatten().any(|name| name.as_bytes() == wanted.as_bytes())))
}
