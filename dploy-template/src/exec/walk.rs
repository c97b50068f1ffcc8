//! Text, actions and control structures.

use super::Exec;
use crate::error::{Error, Failure};
use crate::format;
use crate::options::MissingKey;
use crate::syntax::ast::{Branches, Definition, Node, Pipeline, ROOT, Range};
use crate::value::Value;

/// What follows a node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl<'n> Exec<'n, '_, '_> {
    pub(super) fn nodes(&mut self, dot: &Value, nodes: &'n [Node]) -> Result<Flow, Error> {
        for node in nodes {
            let flow = self.node(dot, node)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn node(&mut self, dot: &Value, node: &'n Node) -> Result<Flow, Error> {
        match node {
            Node::Text { pos, text } => {
                self.step(*pos)?;
                self.trace(*pos);
                self.out.push(text.as_bytes());
                self.check_output(*pos)?;
            }
            Node::Action(pipe) => {
                // Variables live on until the enclosing block ends.
                let value = self.pipeline(dot, pipe)?;
                if pipe.targets.is_empty() {
                    self.print(pipe.pos, &value)?;
                }
            }
            Node::If(branches) => return self.branches(dot, branches, false),
            Node::With(branches) => return self.branches(dot, branches, true),
            Node::Range(range) => return self.range(dot, range),
            Node::Template { pos, name, pipe } => self.template(dot, *pos, name, pipe.as_ref())?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn print(&mut self, pos: usize, value: &Value) -> Result<(), Error> {
        self.trace(pos);
        match value {
            Value::String(text) => self.out.push_text(text),
            Value::Nil | Value::NilInterface if self.env.options.missing_key == MissingKey::Empty => {}
            Value::Nil | Value::NilInterface => self.out.push_str("<no value>"),
            Value::Int(n) | Value::Int64(n) => self.out.push_int(*n),
            other => {
                let limit = self.env.budget.limits().output_bytes;
                let value = other.indirect().unwrap_or(other);
                let printed = format::print_value(&mut self.out, value, limit);
                printed.map_err(|failure| self.error(pos, failure))?;
            }
        }
        self.check_output(pos)
    }

    fn branches(&mut self, dot: &Value, branches: &'n Branches, rebinds: bool) -> Result<Flow, Error> {
        let mark = self.variables.len();
        let first = branches.arms.first().map_or(0, |(pipe, _)| pipe.pos);
        self.descend(first)?;
        let flow = self.chosen_branch(dot, branches, rebinds);
        self.depth -= 1;
        self.variables.truncate(mark);
        flow
    }

    fn chosen_branch(&mut self, dot: &Value, branches: &'n Branches, rebinds: bool) -> Result<Flow, Error> {
        for (pipe, nodes) in &branches.arms {
            let value = self.pipeline(dot, pipe)?;
            if value.is_true() {
                return self.nodes(if rebinds { &value } else { dot }, nodes);
            }
        }
        match &branches.otherwise {
            Some(nodes) => self.nodes(dot, nodes),
            None => Ok(Flow::Next),
        }
    }

    fn range(&mut self, dot: &Value, range: &'n Range) -> Result<Flow, Error> {
        let mark = self.variables.len();
        self.descend(range.pipe.pos)?;
        let flow = self.iterate(dot, range);
        self.depth -= 1;
        self.variables.truncate(mark);
        flow
    }

    fn iterate(&mut self, dot: &Value, range: &'n Range) -> Result<Flow, Error> {
        let pos = range.pipe.pos;
        let value = self.pipeline(dot, &range.pipe)?;
        let empty = match value.indirect() {
            Some(Value::Nil | Value::NilInterface) => true,
            Some(Value::List(list)) => {
                for (index, item) in (0_i64..).zip(list.items()) {
                    if self.iteration(range, Value::Int(index), element(item))? == Flow::Break {
                        break;
                    }
                }
                list.is_empty()
            }
            Some(Value::Map(dict)) => {
                self.env.budget.spend(1 + dict.len() as u64 / 8).map_err(|failure| self.error(pos, failure))?;
                for (key, item) in dict.entries() {
                    if self.iteration(range, Value::String(key), element(&item))? == Flow::Break {
                        break;
                    }
                }
                dict.is_empty()
            }
            Some(number) if number.as_int().is_some() || number.as_uint().is_some() => self.count(range, number)?,
            other => {
                let shown = format::describe(other.unwrap_or(&value));
                let failure = Failure::execute(format!("range can't iterate over {shown}"));
                return Err(self.error(pos, failure.expected("a list, a map or a whole number")));
            }
        };
        match &range.otherwise {
            // As in Go, `break` ends this branch and no loop around it.
            Some(nodes) if empty => match self.nodes(dot, nodes)? {
                Flow::Break => Ok(Flow::Next),
                flow => Ok(flow),
            },
            _ => Ok(Flow::Next),
        }
    }

    /// Ranges over the numbers below a whole number, in its own type.
    fn count(&mut self, range: &'n Range, number: &Value) -> Result<bool, Error> {
        if range.pipe.targets.len() > 1 {
            let shown = format::describe(number);
            return self.fail(range.pipe.pos, format!("can't use {shown} to iterate over more than one variable"));
        }
        let end = number.as_int().map_or(number.as_uint().unwrap_or(0), |n| u64::try_from(n).unwrap_or(0));
        for n in 0..end {
            let signed = i64::try_from(n).unwrap_or(i64::MAX);
            let item = match number {
                Value::Int64(_) => Value::Int64(signed),
                Value::Uint64(_) => Value::Uint64(n),
                Value::Uint8(_) => Value::Uint8(u8::try_from(n).unwrap_or(u8::MAX)),
                _ => Value::Int(signed),
            };
            if self.iteration(range, Value::Nil, item)? == Flow::Break {
                break;
            }
        }
        Ok(end == 0)
    }

    fn iteration(&mut self, range: &'n Range, index: Value, item: Value) -> Result<Flow, Error> {
        let pos = range.pipe.pos;
        self.step(pos)?;
        let mark = self.variables.len();
        match (range.pipe.targets.as_slice(), range.pipe.assigns) {
            ([], _) => {}
            ([one], true) => self.assign(pos, *one, item.clone())?,
            ([one, two, ..], true) => {
                self.assign(pos, *one, index)?;
                self.assign(pos, *two, item.clone())?;
            }
            (targets, false) => {
                // The pipeline has pushed its targets last.
                let index = (targets.len() > 1).then_some(index);
                let values = std::iter::once(item.clone()).chain(index);
                for (slot, value) in self.variables.iter_mut().rev().zip(values) {
                    slot.1 = value;
                }
            }
        }
        let flow = self.nodes(&item, &range.body);
        self.variables.truncate(mark);
        flow
    }

    fn template(&mut self, dot: &Value, pos: usize, name: &str, pipe: Option<&'n Pipeline>) -> Result<(), Error> {
        self.descend(pos)?;
        let data = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Value::Nil,
        };
        let definitions = self.definitions;
        let Some(definition) = definitions.get(name) else {
            return self.fail(pos, format!("template {name:?} not defined"));
        };
        let called = self.definition(definition, data);
        self.depth -= 1;
        called
    }

    /// Carries out a definition with data of its own.
    pub(super) fn definition(&mut self, definition: &'n Definition, data: Value) -> Result<(), Error> {
        let mark = self.variables.len();
        let frame = std::mem::replace(&mut self.frame, mark);
        let source = std::mem::replace(&mut self.source, &definition.source);
        self.variables.push((ROOT, data.clone()));
        let flow = self.nodes(&data, &definition.nodes);
        self.variables.truncate(mark);
        self.source = source;
        self.frame = frame;
        flow.map(|_| ())
    }
}

/// An element as it comes out of a slice or map: nil keeps its interface type.
pub(super) fn element(item: &Value) -> Value {
    match item {
        Value::Nil => Value::NilInterface,
        other => other.clone(),
    }
}
