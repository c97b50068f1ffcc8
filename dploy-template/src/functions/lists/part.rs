//! Functions that give parts of lists.

use super::super::math::to_int64;
use super::super::{Args, Function, Param};
use super::{any_list, sequence};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Elem, List, Value};

const LIST: &[Param] = &[Param::Any];
const SIZE_AND_LIST: &[Param] = &[Param::Int, Param::Any];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("first", LIST, first).doc("the first element, nil of an empty list", "first (list 1 2 3)"),
    Function::new("mustFirst", LIST, first).doc("the same as first", "mustFirst (list 1 2 3)"),
    Function::new("last", LIST, last).doc("the last element, nil of an empty list", "last (list 1 2 3)"),
    Function::new("mustLast", LIST, last).doc("the same as last", "mustLast (list 1 2 3)"),
    Function::new("rest", LIST, rest).doc("all elements but the first", "rest (list 1 2 3)"),
    Function::new("mustRest", LIST, rest).doc("the same as rest", "mustRest (list 1 2 3)"),
    Function::new("initial", LIST, initial).doc("all elements but the last", "initial (list 1 2 3)"),
    Function::new("mustInitial", LIST, initial).doc("the same as initial", "mustInitial (list 1 2 3)"),
    Function::variadic("slice", LIST, Param::Any, slice)
        .doc("the elements from one position up to, not including, another; lists only", "slice (list 1 2 3 4) 1 3"),
    Function::variadic("mustSlice", LIST, Param::Any, slice).doc("the same as slice", "mustSlice (list 1 2 3 4) 1 3"),
    Function::new("chunk", SIZE_AND_LIST, chunk)
        .doc("the list cut into lists of this many elements", "chunk 2 (list 1 2 3)"),
    Function::new("mustChunk", SIZE_AND_LIST, chunk).doc("the same as chunk", "mustChunk 2 (list 1 2 3)"),
];

fn first(_: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let list = sequence(args.any(0), "find first on")?;
    Ok(list.items().first().cloned().unwrap_or_default().in_interface())
}

fn last(_: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let list = sequence(args.any(0), "find last on")?;
    Ok(list.items().last().cloned().unwrap_or_default().in_interface())
}

fn rest(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let list = sequence(args.any(0), "find rest on")?;
    copied(env, list.items().split_first().map(|(_, rest)| rest))
}

fn initial(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let list = sequence(args.any(0), "find initial on")?;
    copied(env, list.items().split_last().map(|(_, initial)| initial))
}

/// The part of a list; none is a nil list.
fn copied(env: &mut Env<'_>, part: Option<&[Value]>) -> Result<Value, Failure> {
    let Some(part) = part else {
        return Ok(Value::List(List::nil(Elem::Any)));
    };
    env.budget.elements(part.len())?;
    Ok(any_list(part.to_vec()))
}

/// The part of a list between two positions, in its own type. Positions are
/// whatever `int` makes numbers of; an empty list gives nil for any of them.
fn slice(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let list = sequence(args.any(0), "slice")?;
    if list.is_empty() {
        return Ok(Value::NilInterface);
    }
    let end = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let at = |index: usize, default: i64| args.rest(1).get(index).map_or(default, to_int64);
    let (from, to) = (at(0, 0), at(1, end));
    let bounds = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    let Some(part) = bounds.and_then(|(from, to)| list.items().get(from..to)) else {
        let message = format!("slice index out of bounds: {from} to {to} of {end} elements");
        return Err(Failure::execute(message));
    };
    env.budget.elements(part.len())?;
    Ok(Value::List(List::new(list.elem(), part.to_vec())))
}

fn chunk(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (size, list) = (args.int(0)?, sequence(args.any(1), "chunk")?);
    env.budget.elements(list.len())?;
    let chunks = match usize::try_from(size).unwrap_or(0) {
        0 => negative_chunks(size, list)?,
        size => {
            env.budget.spend(list.len().div_ceil(size) as u64)?;
            list.items().chunks(size).map(|chunk| any_list(chunk.to_vec())).collect()
        }
    };
    Ok(Value::List(List::new(Elem::List, chunks)))
}

/// What sprig's arithmetic makes of sizes that are no sizes: one element is a
/// chunk, a few more are none, and anything else is an error.
fn negative_chunks(size: i64, list: &List) -> Result<Vec<Value>, Failure> {
    match list.len() as u64 {
        1 if size < -1 => Ok(vec![any_list(list.items().to_vec())]),
        len if len > 1 && size < 0 && len - 1 <= size.unsigned_abs() => Ok(Vec::new()),
        _ => Err(Failure::execute(format!("chunks of {size} elements")).expected("a size of at least 1")),
    }
}
