//! The parse tree.

use std::collections::HashMap;

use super::number::Number;
use crate::{functions::Function, value::Text};

/// Every template that one text defines.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    pub(crate) by_name: HashMap<String, Vec<Node>>,
    /// Names of variables; [`Variable`] is an index into it.
    pub(crate) variables: Vec<String>,
    /// Whether some function in it changes maps.
    pub(crate) mutates: bool,
}

/// The number of a variable's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variable(pub(crate) usize);

/// `$`, which every template starts with.
pub(crate) const ROOT: Variable = Variable(0);

/// Text or an action. Offsets are bytes in the template's text.
#[derive(Debug)]
pub(crate) enum Node {
    Text { pos: usize, text: Text },
    Action(Pipeline),
    If(Branches),
    With(Branches),
    Range(Box<Range>),
    Template { pos: usize, name: String, pipe: Option<Pipeline> },
    Break,
    Continue,
}

/// `if … else if … else`, or the same of `with`.
#[derive(Debug)]
pub(crate) struct Branches {
    pub(crate) arms: Vec<(Pipeline, Vec<Node>)>,
    pub(crate) otherwise: Option<Vec<Node>>,
}

/// `range … else …`
#[derive(Debug)]
pub(crate) struct Range {
    pub(crate) pipe: Pipeline,
    pub(crate) body: Vec<Node>,
    pub(crate) otherwise: Option<Vec<Node>>,
}

/// Commands, each fed to the next, possibly kept in variables.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) pos: usize,
    pub(crate) targets: Vec<Variable>,
    /// `=` rather than `:=`
    pub(crate) assigns: bool,
    pub(crate) commands: Vec<Command>,
}

/// An operand, or a function or field with arguments.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) head: Operand,
    pub(crate) args: Vec<Operand>,
}

/// A term with its place.
#[derive(Debug)]
pub(crate) struct Operand {
    pub(crate) pos: usize,
    pub(crate) term: Term,
}

/// What an operand is.
#[derive(Debug)]
pub(crate) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    String(Text),
    /// `.a.b`
    Field(Vec<String>),
    /// `$x.a.b`
    Variable(Variable, Vec<String>),
    Function(&'static Function),
    /// `(…).a.b`
    Chain(Box<Operand>, Vec<String>),
    Pipeline(Box<Pipeline>),
}

impl Term {
    /// Whether it can only be a value, never take arguments.
    pub(crate) fn is_literal(&self) -> bool {
        matches!(self, Self::Dot | Self::Nil | Self::Bool(_) | Self::Number(_) | Self::String(_))
    }
}

/// Whether nodes hold nothing but white space.
pub(crate) fn is_blank(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| match node {
        Node::Text { text, .. } => text.to_string_lossy().trim().is_empty(),
        _ => false,
    })
}
