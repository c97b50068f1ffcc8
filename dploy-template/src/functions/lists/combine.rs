//! Functions that make lists of values and of other lists.

use super::super::{Args, Function, Param};
use super::{any_list, sequence};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Elem, List, Value};

const LIST_AND_ITEM: &[Param] = &[Param::Any, Param::Any];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("list", &[], Param::Any, list).doc("a list of the arguments", r#"list 1 "a" true"#),
    Function::variadic("tuple", &[], Param::Any, list).doc("the same as list", r#"tuple 1 "a" true"#),
    Function::new("append", LIST_AND_ITEM, append).doc("the list, with the value at its end", "append (list 1 2) 3"),
    Function::new("push", LIST_AND_ITEM, append).doc("the same as append", "push (list 1 2) 3"),
    Function::new("mustAppend", LIST_AND_ITEM, append).doc("the same as append", "mustAppend (list 1 2) 3"),
    Function::new("mustPush", LIST_AND_ITEM, append).doc("the same as append", "mustPush (list 1 2) 3"),
    Function::new("prepend", LIST_AND_ITEM, prepend)
        .doc("the list, with the value at its beginning", "prepend (list 1 2) 0"),
    Function::new("mustPrepend", LIST_AND_ITEM, prepend).doc("the same as prepend", "mustPrepend (list 1 2) 0"),
    Function::variadic("concat", &[], Param::Any, concat)
        .doc("the elements of all lists in one", r#"concat (list 1 2) (list "a")"#),
    Function::new("reverse", &[Param::Any], reverse)
        .doc("the list from its end to its beginning", "reverse (list 1 2 3)"),
    Function::new("mustReverse", &[Param::Any], reverse).doc("the same as reverse", "mustReverse (list 1 2 3)"),
];

fn list(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    env.budget.elements(args.len())?;
    Ok(any_list(args.rest(0).to_vec()))
}

fn append(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let items = sequence(args.any(0), "push on")?.items();
    env.budget.elements(items.len() + 1)?;
    Ok(any_list(items.iter().chain([args.any(1)]).cloned().collect()))
}

fn prepend(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let items = sequence(args.any(0), "prepend on")?.items();
    env.budget.elements(items.len() + 1)?;
    Ok(any_list([args.any(1)].into_iter().chain(items).cloned().collect()))
}

fn concat(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let mut items = Vec::new();
    for value in args.rest(0) {
        let more = sequence(value, "concat")?.items();
        env.budget.fits(items.len() + more.len())?;
        env.budget.elements(more.len())?;
        items.extend_from_slice(more);
    }
    Ok(if items.is_empty() { Value::List(List::nil(Elem::Any)) } else { any_list(items) })
}

fn reverse(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let items = sequence(args.any(0), "find reverse on")?.items();
    env.budget.elements(items.len())?;
    Ok(any_list(items.iter().rev().cloned().collect()))
}
