//! Which parts of its data a template mentions, found without rendering.

use std::collections::{BTreeSet, HashSet};

use crate::functions::Function;
use crate::syntax::ast::{Command, Definitions, Node, Operand, Pipeline, ROOT, Range, Term, Variable};

/// Which entries of a map a template asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyUse {
    /// Names that the template mentions: `.Claims.x`, `index .Claims "x"`,
    /// `get .Claims "x"`, through `$`, `with` and variables too.
    pub keys: BTreeSet<String>,
    /// Whether it may ask for others: `range .Claims`, `index .Claims $x`,
    /// `toJson .Claims`, or the same of the data as a whole.
    pub dynamic: bool,
}

/// Field names from the top of the data; empty for the data itself.
type Path = Vec<String>;

/// A place in the data that is read: as a whole, or only asked for being empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Use {
    path: Path,
    whole: bool,
}

/// What an expression may evaluate to, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Known {
    /// Places in the data
    paths: Vec<Path>,
    /// A string constant
    literal: Option<String>,
}

/// Any element of a list or map
const ELEMENT: &str = "[]";

const MAX_PATHS: usize = 16;
const MAX_PATH_LEN: usize = 16;
const MAX_CALLS: usize = 1000;

pub(crate) fn keys_of(definitions: &Definitions, main: &str, root: &str) -> KeyUse {
    let mut found = KeyUse::default();
    for place in uses(definitions, main) {
        match place.path.as_slice() {
            [] => found.dynamic |= place.whole,
            [first] if first == root => found.dynamic |= place.whole,
            [first, key, ..] if first == root && key != ELEMENT => {
                found.keys.insert(key.clone());
            }
            _ => {}
        }
    }
    found
}

pub(crate) fn mentions(definitions: &Definitions, main: &str, root: &str) -> bool {
    uses(definitions, main).iter().any(|place| match place.path.first() {
        None => place.whole,
        Some(first) => first == root,
    })
}

pub(crate) fn references(definitions: &Definitions, main: &str) -> BTreeSet<String> {
    let places = uses(definitions, main);
    places.into_iter().filter(|place| !place.path.is_empty()).map(|place| place.path.join(".")).collect()
}

fn uses(definitions: &Definitions, main: &str) -> BTreeSet<Use> {
    let mut scan =
        Scan { definitions, uses: BTreeSet::new(), variables: Vec::new(), frame: 0, ranges: 0, called: HashSet::new() };
    scan.template(main, Known { paths: vec![Path::new()], literal: None });
    scan.uses
}

struct Scan<'t> {
    definitions: &'t Definitions,
    uses: BTreeSet<Use>,
    variables: Vec<(Variable, Known)>,
    frame: usize,
    ranges: usize,
    called: HashSet<(&'t str, Known)>,
}

impl<'t> Scan<'t> {
    fn read(&mut self, value: &Known, whole: bool) {
        for path in &value.paths {
            self.uses.insert(Use { path: path.clone(), whole });
        }
    }

    fn template(&mut self, name: &str, dot: Known) {
        let Some((name, definition)) = self.definitions.get_key_value(name) else {
            return;
        };
        if self.called.len() >= MAX_CALLS {
            self.read(&dot, true);
            return;
        }
        if !self.called.insert((name, dot.clone())) {
            return;
        }
        let mark = self.variables.len();
        let frame = std::mem::replace(&mut self.frame, mark);
        let ranges = std::mem::take(&mut self.ranges);
        self.variables.push((ROOT, dot.clone()));
        self.nodes(&dot, &definition.nodes);
        self.variables.truncate(mark);
        self.frame = frame;
        self.ranges = ranges;
    }

    fn nodes(&mut self, dot: &Known, nodes: &'t [Node]) {
        for node in nodes {
            self.node(dot, node);
        }
    }

    fn node(&mut self, dot: &Known, node: &'t Node) {
        match node {
            Node::Text { .. } | Node::Break | Node::Continue => {}
            Node::Action(pipe) => {
                let value = self.pipeline(dot, pipe);
                if pipe.targets.is_empty() {
                    self.read(&value, true);
                }
            }
            Node::If(branches) | Node::With(branches) => {
                let mark = self.variables.len();
                for (pipe, nodes) in &branches.arms {
                    let value = self.pipeline(dot, pipe);
                    self.read(&value, false);
                    let rebound = if matches!(node, Node::With(_)) { &value } else { dot };
                    self.nodes(rebound, nodes);
                }
                self.nodes(dot, branches.otherwise.as_deref().unwrap_or_default());
                self.variables.truncate(mark);
            }
            Node::Range(range) => self.range(dot, range),
            Node::Template { name, pipe, .. } => {
                let value = pipe.as_ref().map(|pipe| self.pipeline(dot, pipe)).unwrap_or_default();
                self.template(name, value);
            }
        }
    }

    fn range(&mut self, dot: &Known, range: &'t Range) {
        let mark = self.variables.len();
        let value = self.pipeline(dot, &range.pipe);
        self.read(&value, true);
        let element = extended(&value, ELEMENT);
        for target in &range.pipe.targets {
            if range.pipe.assigns {
                self.assign(*target, element.clone());
            } else if let Some((_, slot)) = self.variables.iter_mut().rev().find(|(name, _)| name == target) {
                *slot = element.clone();
            }
        }
        self.ranges += 1;
        self.nodes(&element, &range.body);
        self.ranges -= 1;
        self.nodes(dot, range.otherwise.as_deref().unwrap_or_default());
        self.variables.truncate(mark);
    }

    /// A variable may keep what it had, if a branch is not taken; and in a
    /// loop it may have been read before, in the iteration that follows.
    fn assign(&mut self, variable: Variable, value: Known) {
        if self.ranges > 0 {
            self.read(&value, true);
        }
        let visible = self.variables.get_mut(self.frame..).unwrap_or_default();
        if let Some((_, slot)) = visible.iter_mut().rev().find(|(name, _)| *name == variable) {
            *slot = either(std::mem::take(slot), value);
        }
    }

    fn pipeline(&mut self, dot: &Known, pipe: &'t Pipeline) -> Known {
        let mut value: Option<Known> = None;
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value));
        }
        let mut value = value.unwrap_or_default();
        if value.paths.len() > MAX_PATHS || value.paths.iter().any(|path| path.len() > MAX_PATH_LEN) {
            self.read(&value, true);
            value = Known::default();
        }
        for target in &pipe.targets {
            if pipe.assigns {
                self.assign(*target, value.clone());
            } else {
                self.variables.push((*target, value.clone()));
            }
        }
        value
    }

    fn command(&mut self, dot: &Known, command: &'t Command, piped: Option<Known>) -> Known {
        let mut args: Vec<Known> = command.args.iter().map(|arg| self.operand(dot, arg)).collect();
        args.extend(piped);
        match &command.head.term {
            Term::Function(function) => self.call(function, args),
            _ => {
                let head = self.operand(dot, &command.head);
                args.iter().for_each(|arg| self.read(arg, true));
                head
            }
        }
    }

    fn operand(&mut self, dot: &Known, operand: &'t Operand) -> Known {
        match &operand.term {
            Term::Dot => dot.clone(),
            Term::Nil | Term::Bool(_) | Term::Number(_) => Known::default(),
            Term::String(text) => Known { paths: Vec::new(), literal: Some(text.to_string_lossy().into_owned()) },
            Term::Field(names) => names.iter().fold(dot.clone(), |value, name| extended(&value, name)),
            Term::Variable(variable, names) => {
                let visible = self.variables.get(self.frame..).unwrap_or_default();
                let value = visible.iter().rev().find(|(name, _)| name == variable);
                let value = value.map(|(_, value)| value.clone()).unwrap_or_default();
                names.iter().fold(value, |value, name| extended(&value, name))
            }
            Term::Function(function) => self.call(function, Vec::new()),
            Term::Chain(inner, names) => {
                let value = self.operand(dot, inner);
                names.iter().fold(value, |value, name| extended(&value, name))
            }
            Term::Pipeline(pipe) => self.pipeline(dot, pipe),
        }
    }

    fn call(&mut self, function: &Function, args: Vec<Known>) -> Known {
        match (function.name, args.as_slice()) {
            ("index" | "get", [map, keys @ ..]) => match literals(keys) {
                Some(keys) => keys.iter().fold(map.clone(), |value, key| extended(&value, key)),
                None => {
                    args.iter().for_each(|arg| self.read(arg, true));
                    Known::default()
                }
            },
            ("include", [Known { literal: Some(name), .. }, data]) => {
                self.template(name, data.clone());
                Known::default()
            }
            ("hasKey", [map, Known { literal: Some(key), .. }]) => {
                self.read(&extended(map, key), true);
                Known::default()
            }
            ("not" | "empty", [value]) => {
                self.read(value, false);
                Known::default()
            }
            ("default" | "coalesce" | "and" | "or" | "ternary", _) => {
                args.iter().for_each(|arg| self.read(arg, false));
                args.into_iter().fold(Known::default(), either)
            }
            _ => {
                args.iter().for_each(|arg| self.read(arg, true));
                Known::default()
            }
        }
    }
}

fn extended(value: &Known, name: &str) -> Known {
    let longer = |path: &Path| path.iter().cloned().chain([name.to_owned()]).collect();
    Known { paths: value.paths.iter().map(longer).collect(), literal: None }
}

fn either(mut a: Known, b: Known) -> Known {
    for path in b.paths {
        if !a.paths.contains(&path) {
            a.paths.push(path);
        }
    }
    a.literal = None;
    a
}

fn literals(keys: &[Known]) -> Option<Vec<String>> {
    keys.iter().map(|key| key.literal.clone()).collect()
}
