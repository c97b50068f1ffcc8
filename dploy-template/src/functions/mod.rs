//! The functions that templates may call, one file per family.

mod args;
mod compare;
mod crypto;
mod dates;
mod dicts;
mod encoding;
mod escape;
mod flow;
mod index;
mod lists;
mod math;
mod print;
mod random;
mod strings;
mod times;

use std::collections::HashMap;
use std::sync::LazyLock;

pub(crate) use args::Args;
pub(crate) use times::method;

use crate::error::Failure;
use crate::exec::Env;
use crate::value::Value;

/// The Go type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Param {
    /// `interface {}` or `reflect.Value`
    Any,
    Bool,
    Int,
    String,
    /// `map[string]interface {}`
    Dict,
    /// `time.Time`
    Time,
}

impl Param {
    pub(crate) fn go_type(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::String => "string",
            Self::Dict => "map[string]interface {}",
            Self::Time => "time.Time",
        }
    }
}

/// What a function does with its arguments.
pub(crate) type Body = fn(&mut Env<'_>, &Args) -> Result<Value, Failure>;

/// How a function is carried out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    /// All arguments are evaluated first.
    Eager(Body),
    /// `and`, `or`: arguments are evaluated until one has this truth.
    Until(bool),
}

/// A function with its Go signature. Arguments that reach the body have been
/// checked against it.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) params: &'static [Param],
    /// The type of any number of further arguments
    pub(crate) rest: Option<Param>,
    pub(crate) run: Run,
}

impl Function {
    const fn new(name: &'static str, params: &'static [Param], body: Body) -> Self {
        Self { name, params, rest: None, run: Run::Eager(body) }
    }

    const fn variadic(name: &'static str, params: &'static [Param], rest: Param, body: Body) -> Self {
        Self { name, params, rest: Some(rest), run: Run::Eager(body) }
    }
}

/// Which functions a template may call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FunctionSet(&'static HashMap<&'static str, &'static Function>);

/// The families. A later one replaces functions of the same name.
const FAMILIES: [&[Function]; 13] = [
    compare::FUNCTIONS,
    index::FUNCTIONS,
    print::FUNCTIONS,
    escape::FUNCTIONS,
    strings::FUNCTIONS,
    lists::FUNCTIONS,
    dicts::FUNCTIONS,
    math::FUNCTIONS,
    dates::FUNCTIONS,
    encoding::FUNCTIONS,
    crypto::FUNCTIONS,
    random::FUNCTIONS,
    flow::FUNCTIONS,
];

static STANDARD: LazyLock<HashMap<&'static str, &'static Function>> =
    LazyLock::new(|| FAMILIES.into_iter().flatten().map(|function| (function.name, function)).collect());

impl FunctionSet {
    pub(crate) fn standard() -> Self {
        Self(&STANDARD)
    }

    pub(crate) fn find(self, name: &str) -> Option<&'static Function> {
        self.0.get(name).copied()
    }

    /// The known name that is most likely meant.
    pub(crate) fn nearest(self, name: &str) -> Option<&'static str> {
        let candidates = self.0.keys().map(|known| (distance(name, known), *known));
        candidates.min().filter(|(distance, _)| *distance * 3 <= name.len()).map(|(_, known)| known)
    }
}

/// Edits between two names; names far longer than any function count as far.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 40 {
        return usize::MAX;
    }
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let replaced = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}
