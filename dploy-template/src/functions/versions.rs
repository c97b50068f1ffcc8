//! Semantic versions: sprig's `semver` and `semverCompare`, and the methods of versions.

use std::cmp::Ordering;

use super::times::bytes;
use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Pointer, SourceSet, Stringer, Text, Value, Version};
use crate::version::{Constraints, Semver};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("semver", &[Param::String], semver)
        .doc("a semantic version, with methods such as Major and Prerelease", r#"(semver "v1.2.3-beta").Prerelease"#),
    Function::new("semverCompare", &[Param::String, Param::String], semver_compare)
        .doc("whether a version (last) satisfies a constraint", r#"semverCompare "^1.2 || ~3.0.1" "1.5.0""#),
];

const VERSION: &[Param] = &[Param::Any];
const VERSION2: &[Param] = &[Param::Any, Param::Version];
const VERSION_TEXT: &[Param] = &[Param::Any, Param::String];

/// Methods of `semver.Version`.
pub(super) const METHODS: &[Function] = &[
    Function::new("Major", VERSION, |_, args| Ok(Value::Uint64(own(args)?.semver().major))),
    Function::new("Minor", VERSION, |_, args| Ok(Value::Uint64(own(args)?.semver().minor))),
    Function::new("Patch", VERSION, |_, args| Ok(Value::Uint64(own(args)?.semver().patch))),
    Function::new("Prerelease", VERSION, |_, args| text(own(args)?, |version| version.prerelease.clone())),
    Function::new("Metadata", VERSION, |_, args| text(own(args)?, |version| version.metadata.clone())),
    Function::new("String", VERSION, |_, args| text(own(args)?, Semver::to_string)),
    Function::new("Value", VERSION, |_, args| text(own(args)?, Semver::to_string)),
    Function::new("IncMajor", VERSION, |_, args| {
        next(args, |version| version.with_numbers(version.major.wrapping_add(1), 0, 0))
    }),
    Function::new("IncMinor", VERSION, |_, args| {
        next(args, |version| version.with_numbers(version.major, version.minor.wrapping_add(1), 0))
    }),
    Function::new("IncPatch", VERSION, |_, args| next(args, Semver::next_patch)),
    Function::new("SetPrerelease", VERSION_TEXT, |env, args| set(env, args, Semver::with_prerelease)),
    Function::new("SetMetadata", VERSION_TEXT, |env, args| set(env, args, Semver::with_metadata)),
    Function::new("MarshalText", VERSION, |env, args| {
        let version = own(args)?;
        bytes(env, &Value::Nil, &version.text(version.semver().to_string()))
    }),
    Function::new("MarshalJSON", VERSION, |env, args| {
        let version = own(args)?;
        bytes(env, &Value::Nil, &version.text(format!("\"{}\"", version.semver())))
    }),
];

/// Methods of `*semver.Version`, besides.
pub(super) const POINTER_METHODS: &[Function] = &[
    Function::new("Original", VERSION, |_, args| text(own(args)?, |version| version.original.clone())),
    Function::new("Compare", VERSION2, |env, args| Ok(Value::Int(compared(env, args)? as i64))),
    Function::new("LessThan", VERSION2, |env, args| Ok(Value::Bool(compared(env, args)? == Ordering::Less))),
    Function::new("LessThanEqual", VERSION2, |env, args| Ok(Value::Bool(compared(env, args)? != Ordering::Greater))),
    Function::new("GreaterThan", VERSION2, |env, args| Ok(Value::Bool(compared(env, args)? == Ordering::Greater))),
    Function::new("GreaterThanEqual", VERSION2, |env, args| Ok(Value::Bool(compared(env, args)? != Ordering::Less))),
    Function::new("Equal", VERSION2, |env, args| match version(args.any(1)) {
        Some(_) => Ok(Value::Bool(compared(env, args)? == Ordering::Equal)),
        None => Ok(Value::Bool(false)),
    }),
];

fn version(value: &Value) -> Option<&Version> {
    match value.indirect()? {
        Value::Stringer(Stringer::Version(version)) => Some(version),
        _ => None,
    }
}

fn own(args: &Args) -> Result<&Version, Failure> {
    version(args.any(0)).ok_or_else(|| Failure::execute("nil pointer, expected a version"))
}

/// Part of a version as text, which a user's version marks.
fn text(version: &Version, pick: fn(&Semver) -> String) -> Result<Value, Failure> {
    Ok(Value::String(version.text(pick(version.semver()))))
}

fn sources(version: &Version) -> SourceSet {
    let mut set = SourceSet::default();
    version.add_sources(&mut set);
    set
}

fn next(args: &Args, step: fn(&Semver) -> Semver) -> Result<Value, Failure> {
    let version = own(args)?;
    let next = Version::new(step(version.semver()), sources(version));
    Ok(Value::Stringer(Stringer::Version(next)))
}

fn set(env: &mut Env<'_>, args: &Args, change: fn(&Semver, &str) -> Result<Semver, String>) -> Result<Value, Failure> {
    let (version, part) = (own(args)?, args.text(1)?);
    env.budget.value(part.len().saturating_add(version.semver().original.len()))?;
    let mut set = sources(version);
    part.add_sources(&mut set);
    let changed = change(version.semver(), &part.to_string_lossy()).map_err(Failure::execute)?;
    Ok(Value::Stringer(Stringer::Version(Version::new(changed, set))))
}

fn compared(env: &mut Env<'_>, args: &Args) -> Result<Ordering, Failure> {
    let other = version(args.any(1)).ok_or_else(|| Failure::execute("nil pointer, expected a version"))?;
    let (own, other) = (own(args)?.semver(), other.semver());
    env.budget.bytes(own.original.len().min(other.original.len()))?;
    Ok(own.compare(other))
}

fn parse(env: &mut Env<'_>, text: &Text) -> Result<Semver, Failure> {
    env.budget.value(text.len())?;
    Semver::parse(&text.to_string_lossy()).map_err(Failure::execute)
}

fn semver(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let version = Version::new(parse(env, args.text(0)?)?, args.sources());
    let target = Value::Stringer(Stringer::Version(version));
    Ok(Value::Pointer(Pointer::new(Version::TYPE, Some(target))))
}

fn semver_compare(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let constraint = args.text(0)?.to_string_lossy();
    // Reading costs more than copying does.
    env.budget.bytes(constraint.len().saturating_mul(16))?;
    let constraints = Constraints::parse(&constraint, |length| env.budget.bytes(length), Failure::execute)?;
    let version = parse(env, args.text(1)?)?;
    env.budget.spend(constraints.len() as u64)?;
    env.budget.bytes(constraints.len().saturating_mul(version.original.len()))?;
    Ok(Value::Bool(constraints.allow(&version)))
}
