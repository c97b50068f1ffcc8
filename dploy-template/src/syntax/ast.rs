//! The parse tree.

use std::collections::HashMap;
use std::sync::Arc;

use super::number::Number;
use crate::error::SourceText;
use crate::functions::{Function, FunctionSet};
use crate::value::Text;

/// Templates that can call one another.
#[derive(Clone, Debug)]
pub(crate) struct Definitions {
    by_name: HashMap<String, Arc<Definition>>,
    /// Functions that they may call
    pub(crate) functions: FunctionSet,
    /// Whether some function in them changes maps
    pub(crate) mutates: bool,
}

/// A template and the text that it stands in.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) source: Arc<SourceText>,
    pub(crate) nodes: Vec<Node>,
}

impl Definitions {
    pub(crate) fn new(functions: FunctionSet) -> Self {
        Self { by_name: HashMap::new(), functions, mutates: false }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Definition> {
        self.by_name.get(name).map(Arc::as_ref)
    }

    pub(crate) fn get_key_value(&self, name: &str) -> Option<(&str, &Definition)> {
        self.by_name.get_key_value(name).map(|(name, definition)| (name.as_str(), definition.as_ref()))
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Adds a definition. It replaces one of the same name, unless it is blank.
    pub(crate) fn add(&mut self, name: String, definition: Definition) {
        if !is_blank(&definition.nodes) || !self.by_name.contains_key(&name) {
            self.by_name.insert(name, Arc::new(definition));
        }
    }

    /// These definitions, and those of another text in their place.
    pub(crate) fn with(&self, other: &Self) -> Self {
        let mut all = self.clone();
        for (name, definition) in &other.by_name {
            if !is_blank(&definition.nodes) || !all.by_name.contains_key(name) {
                all.by_name.insert(name.clone(), Arc::clone(definition));
            }
        }
        all
    }
}

/// The number of a variable's name in its text.
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
    Number(Box<Number>),
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
