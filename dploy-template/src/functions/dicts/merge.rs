//! Merging of maps, as the Go library mergo does it.

use super::super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Dict, Elem, Kind, Object, Pointer, Text, Value};

const FIRST: &[Param] = &[Param::Dict];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("merge", FIRST, Param::Dict, |env, args| lenient(env, args, false)).mutating().doc(
        "the first map itself, with what it lacks from the others; its own entries win",
        r#"merge (dict "a" 1) (dict "a" 2 "b" 3)"#,
    ),
    Function::variadic("mustMerge", FIRST, Param::Dict, |env, args| strict(env, args, false))
        .mutating()
        .doc("the same as merge, with an error where types differ", r#"mustMerge (dict "a" 1) (dict "a" 2 "b" 3)"#),
    Function::variadic("mergeOverwrite", FIRST, Param::Dict, |env, args| lenient(env, args, true)).mutating().doc(
        "the first map itself, with the entries of the others; later ones win",
        r#"mergeOverwrite (dict "a" 1) (dict "a" 2 "b" 3)"#,
    ),
    Function::variadic("mustMergeOverwrite", FIRST, Param::Dict, |env, args| strict(env, args, true)).mutating().doc(
        "the same as mergeOverwrite, with an error where types differ",
        r#"mustMergeOverwrite (dict "a" 1) (dict "a" 2 "b" 3)"#,
    ),
];

/// Why a merge ended early.
enum Stop {
    /// mergo's own error, which `merge` swallows
    DifferentTypes,
    /// A panic of Go, or a bound
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

fn lenient(env: &mut Env<'_>, args: &Args, overwrite: bool) -> Result<Value, Failure> {
    match merge(env, args, overwrite) {
        Ok(merged) => Ok(merged),
        Err(Stop::DifferentTypes) => Ok(Value::String(Text::default())),
        Err(Stop::Failed(failure)) => Err(failure),
    }
}

fn strict(env: &mut Env<'_>, args: &Args, overwrite: bool) -> Result<Value, Failure> {
    merge(env, args, overwrite).map_err(|stop| match stop {
        Stop::DifferentTypes => Failure::execute("src and dst must be of same type"),
        Stop::Failed(failure) => failure,
    })
}

fn merge(env: &mut Env<'_>, args: &Args, overwrite: bool) -> Result<Value, Stop> {
    let mut target = args.dict(0)?.clone();
    for index in 1..args.len() {
        let source = args.dict(index)?;
        if target.is_nil() && !source.is_nil() {
            target = Dict::new(Elem::Any, []);
        }
        Merge { env, overwrite }.maps(&target, source, 0)?;
    }
    Ok(Value::Map(target))
}

struct Merge<'e, 'r> {
    env: &'e mut Env<'r>,
    overwrite: bool,
}

impl Merge<'_, '_> {
    fn maps(&mut self, target: &Dict, source: &Dict, depth: usize) -> Result<(), Stop> {
        self.env.budget.visit(depth)?;
        self.env.budget.elements(source.len())?;
        for (key, value) in source.entries() {
            self.entry(target, source.elem(), key, value, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, target: &Dict, from: Elem, key: Text, value: Value, depth: usize) -> Result<(), Stop> {
        self.env.budget.key(&key)?;
        let old = target.get(key.as_bytes());
        let replaces = match &value {
            Value::Nil | Value::NilInterface => self.overwrite,
            Value::List(_) => {
                assignable(target, from)?;
                self.overwrite || is_empty(old.as_ref())
            }
            composite if is_composite(composite) => {
                if let Some(old) = &old {
                    self.into(old, composite, depth + 1)?;
                }
                // Asked only now: what was an empty map may have been filled.
                let both = matches!((&old, composite), (Some(Value::Map(_)), Value::Map(_)));
                is_empty(old.as_ref()) || (self.overwrite && !both)
            }
            _ => self.overwrite || is_empty(old.as_ref()),
        };
        if replaces {
            assignable(target, from)?;
            self.env.set(target, key, value)?;
        }
        Ok(())
    }

    /// Merges into a value that cannot itself be replaced: into the maps that
    /// it is or holds.
    fn into(&mut self, target: &Value, source: &Value, depth: usize) -> Result<(), Stop> {
        self.env.budget.visit(depth)?;
        match (target, source) {
            (Value::Map(target), Value::Map(source)) if !target.is_nil() => self.maps(target, source, depth),
            (Value::Struct(target), _) => self.fields(target, source, depth),
            (Value::Pointer(pointer), _) => self.pointer(pointer, source, depth),
            (Value::Stringer(target), _) if target.kind() == Kind::Pointer => self.unlike(source),
            _ => Ok(()),
        }
    }

    fn fields(&mut self, target: &Object, source: &Value, depth: usize) -> Result<(), Stop> {
        let found = || Failure::execute(format!("cannot merge {} into {}", source.type_name(), target.type_name()));
        let Value::Struct(source) = source else {
            return if target.fields().len() == 0 { Ok(()) } else { Err(found().into()) };
        };
        if source.fields().len() < target.fields().len() {
            return Err(found().into());
        }
        for ((_, target), (_, source)) in target.fields().zip(source.fields()) {
            self.into(target, source, depth + 1)?;
        }
        Ok(())
    }

    fn pointer(&mut self, pointer: &Pointer, source: &Value, depth: usize) -> Result<(), Stop> {
        let Some(target) = pointer.target() else { return Ok(()) };
        match source {
            Value::Pointer(other) => match other.target() {
                // With overwriting the pointer itself is replaced afterwards.
                Some(source) if !self.overwrite && !pointer.same(other) => self.pointee(target, source, depth),
                _ => Ok(()),
            },
            other => self.unlike(other),
        }
    }

    /// Nothing can be merged into a pointer but another pointer.
    fn unlike(&self, source: &Value) -> Result<(), Stop> {
        let fits = self.overwrite || source.is_nil() || source.kind() == Kind::Pointer;
        if fits { Ok(()) } else { Err(Stop::DifferentTypes) }
    }

    /// What a pointer points to never changes here, so that a merge that
    /// would fill a field of it is an error.
    fn pointee(&mut self, target: &Value, source: &Value, depth: usize) -> Result<(), Stop> {
        self.into(target, source, depth + 1)?;
        if let (Value::Struct(into), Value::Struct(from)) = (target, source) {
            let mut pairs = into.fields().zip(from.fields());
            if pairs.any(|((_, old), (_, new))| is_empty(Some(old)) && !is_empty(Some(new))) {
                let message = format!("cannot merge into what a *{} points to", into.type_name());
                return Err(Failure::execute(message).into());
            }
        }
        Ok(())
    }
}

/// Structs, pointers and maps, which mergo looks into.
fn is_composite(value: &Value) -> bool {
    matches!(value.kind_name(), "struct" | "ptr" | "map")
}

/// Whether entries of a map with elements `from` can be put into the map.
fn assignable(target: &Dict, from: Elem) -> Result<(), Failure> {
    if target.elem() == Elem::Any || target.elem() == from {
        return Ok(());
    }
    let (from, to) = (from.go_type(), target.elem().go_type());
    Err(Failure::execute(format!("value of type {from} is not assignable to type {to}")))
}

/// What mergo takes for empty: also what points to something empty, and
/// never a complex number.
fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None => true,
        Some(Value::Complex128(..)) => false,
        Some(Value::Pointer(pointer)) => is_empty(pointer.target()),
        Some(value) => !value.is_true(),
    }
}
