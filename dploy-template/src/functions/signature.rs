//! What a function is: its name, Go signature, explanation and body.

use super::Args;
use crate::error::Failure;
use crate::exec::Env;
use crate::value::Value;

/// The Go type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "crypto"), expect(dead_code, reason = "some types are those of cryptographic functions only"))]
pub(crate) enum Param {
    /// `interface {}` or `reflect.Value`
    Any,
    Bool,
    Int,
    Uint32,
    Float64,
    String,
    /// `[]uint8`
    Bytes,
    /// `[]interface {}`
    List,
    /// `map[string]interface {}`
    Dict,
    /// `time.Time`
    Time,
    /// `time.Duration`
    Duration,
    /// `*time.Location`
    Location,
    /// `*semver.Version`
    Version,
    /// `sprig.certificate`
    Certificate,
}

impl Param {
    pub(crate) fn go_type(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint32 => "uint32",
            Self::Float64 => "float64",
            Self::String => "string",
            Self::Bytes => "[]uint8",
            Self::List => "[]interface {}",
            Self::Dict => "map[string]interface {}",
            Self::Time => "time.Time",
            Self::Duration => "time.Duration",
            Self::Location => "*time.Location",
            Self::Version => "*semver.Version",
            Self::Certificate => "sprig.certificate",
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
    /// `include`: another template's output
    Include,
    /// `tpl`: the output of a text that is a template
    Tpl,
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
    /// What it gives, in a few words
    pub(crate) summary: &'static str,
    /// An expression that shows it, without braces, or a template
    pub(crate) example: &'static str,
    /// Whether the example shows an error, as every call of it is one
    pub(crate) fails: bool,
    /// Whether it changes a map that it is given
    pub(crate) mutates: bool,
    /// Whether its result depends on the seed
    pub(crate) random: bool,
}

impl Function {
    pub(super) const fn new(name: &'static str, params: &'static [Param], body: Body) -> Self {
        Self::running(name, params, None, Run::Eager(body))
    }

    pub(super) const fn variadic(name: &'static str, params: &'static [Param], rest: Param, body: Body) -> Self {
        Self::running(name, params, Some(rest), Run::Eager(body))
    }

    pub(super) const fn running(name: &'static str, params: &'static [Param], rest: Option<Param>, run: Run) -> Self {
        Self { name, params, rest, run, summary: "", example: "", fails: false, mutates: false, random: false }
    }

    /// With a summary, and an example: an expression without braces, or a template.
    pub(super) const fn doc(mut self, summary: &'static str, example: &'static str) -> Self {
        self.summary = summary;
        self.example = example;
        self
    }

    /// One that always fails.
    pub(super) const fn failing(mut self) -> Self {
        self.fails = true;
        self
    }

    /// One that changes a map that it is given.
    pub(super) const fn mutating(mut self) -> Self {
        self.mutates = true;
        self
    }

    /// One whose result depends on the seed.
    pub(super) const fn random(mut self) -> Self {
        self.random = true;
        self
    }
}
