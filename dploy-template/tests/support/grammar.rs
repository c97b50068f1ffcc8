//! Random templates of the whole language.

use super::{
    operands::{Operands, Scope},
    random::Random,
    signatures::{Kind, Signature},
    tree::{Sort, Tree},
};

/// Writes templates.
pub(crate) struct Grammar<'a> {
    operands: Operands<'a>,
    /// Variables made so far
    made: usize,
}

const TEXTS: [&str; 14] =
    ["x", " ", "\n", "a b\n", "{ {x", "}", ": ", "é", " \t\n", "- ", "\r\n", "}}", "end", "\n\n  "];

impl<'a> Grammar<'a> {
    pub(crate) fn new(random: &'a mut Random, signatures: &'a [Signature]) -> Self {
        // Some templates are all right, some are not.
        let mistakes = if random.percent(40) { 25 } else { 0 };
        Self { operands: Operands { random, signatures, defined: Vec::new(), mistakes }, made: 0 }
    }

    /// A template of up to so many levels.
    pub(crate) fn template(mut self, depth: usize) -> Tree {
        let mut tree = Tree::new(Sort::Body);
        for index in 0..self.operands.random.below(3) {
            let dot = *self.operands.random.pick(&[None, Some(Kind::Any), Some(Kind::Str), Some(Kind::Dict)]);
            let scope = Scope { dot, rooted: dot.is_none(), ..Scope::default() };
            let name = format!("d{index}");
            let body = self.body(&scope, depth.saturating_sub(1));
            let open = self.action(Tree::text(Sort::Node, format!("define \"{name}\"")), Sort::Node);
            tree = tree.and(open.and(body).and(self.fixed("end")));
            self.operands.defined.push((name, dot));
        }
        let scope = Scope { rooted: true, ..Scope::default() };
        tree.and(self.body(&scope, depth))
    }

    fn percent(&mut self, share: usize) -> bool {
        self.operands.random.percent(share)
    }

    fn pipe(&mut self, kind: Kind, scope: &Scope) -> Tree {
        let depth = self.operands.random.below(4);
        self.operands.pipe(kind, scope, depth)
    }

    /// Braces around a command, some of which trim.
    fn action(&mut self, inner: Tree, sort: Sort) -> Tree {
        let open = *self.operands.random.pick(&["{{ ", "{{ ", "{{ ", "{{", "{{- ", "{{\n"]);
        let close = *self.operands.random.pick(&[" }}", " }}", " }}", "}}", " -}}", "\n}}"]);
        Tree::text(sort, open).and(inner).with(close)
    }

    fn fixed(&mut self, word: &str) -> Tree {
        self.action(Tree::text(Sort::Node, word), Sort::Node)
    }

    fn body(&mut self, scope: &Scope, depth: usize) -> Tree {
        let mut scope = scope.clone();
        let mut tree = Tree::new(Sort::Body);
        for _ in 0..1 + self.operands.random.below(3) {
            tree = tree.and(self.node(&mut scope, depth));
        }
        tree
    }

    fn node(&mut self, scope: &mut Scope, depth: usize) -> Tree {
        match self.operands.random.below(if depth == 0 { 50 } else { 100 }) {
            0..10 => Tree::text(Sort::Node, *self.operands.random.pick(&TEXTS)),
            10..13 => Tree::text(
                Sort::Node,
                *self.operands.random.pick(&["{{/* c */}}", "{{- /* a\nb */ -}}", "{{/* }} */ -}}", "{{- /**/}}"]),
            ),
            13..20 => self.variable(scope),
            20..23 if scope.looping => self.leave(scope),
            23..27 => self.template_call(scope),
            50..66 => self.choice(scope, depth, "if"),
            66..77 => self.choice(scope, depth, "with"),
            77..96 => self.range(scope, depth),
            96.. => self.block(scope, depth),
            _ => {
                let kind = *self.operands.random.pick(&[Kind::Any, Kind::Any, Kind::Any, Kind::Str]);
                let pipe = self.pipe(kind, scope);
                self.action(pipe, Sort::Node)
            }
        }
    }

    fn kind(&mut self) -> Kind {
        *self.operands.random.pick(&[
            Kind::Str,
            Kind::Int,
            Kind::Float,
            Kind::List,
            Kind::Dict,
            Kind::Strs,
            Kind::Bool,
            Kind::Time,
            Kind::Any,
        ])
    }

    fn fresh(&mut self) -> String {
        self.made += 1;
        format!("$v{}", self.made)
    }

    fn variable(&mut self, scope: &mut Scope) -> Tree {
        if !scope.variables.is_empty() && self.percent(40) {
            let (name, kind) = self.operands.random.pick(&scope.variables).clone();
            let pipe = Tree::text(Sort::Node, format!("{name} = ")).and(self.pipe(kind, scope));
            return self.action(pipe, Sort::Node);
        }
        let (name, kind) = (self.fresh(), self.kind());
        let pipe = Tree::text(Sort::Node, format!("{name} := ")).and(self.pipe(kind, scope));
        scope.variables.push((name, kind));
        self.action(pipe, Sort::Node)
    }

    fn leave(&mut self, scope: &Scope) -> Tree {
        let condition = Tree::text(Sort::Node, "if ").and(self.pipe(Kind::Bool, scope));
        let word = if self.percent(50) { "break" } else { "continue" };
        self.action(condition, Sort::Node).and(self.fixed(word)).and(self.fixed("end"))
    }

    fn template_call(&mut self, scope: &Scope) -> Tree {
        let defined = self.operands.defined.clone();
        if defined.is_empty() {
            let pipe = self.pipe(Kind::Any, scope);
            return self.action(pipe, Sort::Node);
        }
        let (name, dot) = self.operands.random.pick(&defined).clone();
        let call = Tree::text(Sort::Node, format!("template \"{name}\" "));
        let call = match dot {
            Some(kind) => call.and(self.pipe(kind, scope)),
            None if scope.rooted => call.with("$"),
            None => call.with("."),
        };
        self.action(call, Sort::Node)
    }

    /// `if` and `with`, with their branches.
    fn choice(&mut self, scope: &Scope, depth: usize, word: &str) -> Tree {
        let mut tree = self.branch(scope, depth, word, word);
        while self.percent(20) {
            let branch = self.branch(scope, depth, word, &format!("else {word}"));
            tree = tree.and(branch);
        }
        self.ended(tree, scope, depth)
    }

    fn branch(&mut self, scope: &Scope, depth: usize, word: &str, opening: &str) -> Tree {
        let kind = if word == "if" && self.percent(60) { Kind::Bool } else { self.kind() };
        let mut inner = scope.clone();
        let mut head = Tree::text(Sort::Node, format!("{opening} "));
        if self.percent(20) {
            let name = self.fresh();
            head = head.with(format!("{name} := "));
            inner.variables.push((name, kind));
        }
        head = head.and(self.pipe(kind, scope));
        if word == "with" {
            inner.dot = Some(kind);
        }
        let sort = if opening == word { Sort::Node } else { Sort::Clause };
        self.action(head, sort).and(self.body(&inner, depth - 1))
    }

    fn ended(&mut self, mut tree: Tree, scope: &Scope, depth: usize) -> Tree {
        if self.percent(40) {
            let otherwise = self.action(Tree::text(Sort::Node, "else"), Sort::Clause);
            tree = tree.and(otherwise.and(self.body(scope, depth - 1)));
        }
        let end = self.fixed("end");
        tree.and(end)
    }

    fn range(&mut self, scope: &Scope, depth: usize) -> Tree {
        let (over, item) = *self.operands.random.pick(&[
            (Kind::List, Kind::Any),
            (Kind::List, Kind::Any),
            (Kind::Strs, Kind::Str),
            (Kind::Ints, Kind::Int),
            (Kind::Dict, Kind::Any),
            (Kind::StrMap, Kind::Str),
            (Kind::Count, Kind::Int),
            (Kind::Any, Kind::Any),
        ]);
        let mut inner = Scope { dot: Some(item), looping: true, ..scope.clone() };
        let mut head = Tree::text(Sort::Node, "range ");
        match self.operands.random.below(3) {
            0 => {
                let name = self.fresh();
                head = head.with(format!("{name} := "));
                inner.variables.push((name, item));
            }
            1 if over != Kind::Count => {
                let (index, name) = (self.fresh(), self.fresh());
                head = head.with(format!("{index}, {name} := "));
                inner.variables.extend([
                    (index, if matches!(over, Kind::Dict | Kind::StrMap) { Kind::Str } else { Kind::Int }),
                    (name, item),
                ]);
            }
            _ => {}
        }
        // Counts come from no computation: a loop must end soon.
        let source = if over == Kind::Count { self.operands.operand(over, scope, 0) } else { self.pipe(over, scope) };
        let tree = self.action(head.and(source), Sort::Node).and(self.body(&inner, depth - 1));
        self.ended(tree, scope, depth)
    }

    fn block(&mut self, scope: &Scope, depth: usize) -> Tree {
        let kind = self.kind();
        let name = format!("b{}", self.made);
        self.made += 1;
        let head = Tree::text(Sort::Node, format!("block \"{name}\" ")).and(self.pipe(kind, scope));
        let inner = Scope { dot: Some(kind), ..Scope::default() };
        self.action(head, Sort::Node).and(self.body(&inner, depth - 1)).and(self.fixed("end"))
    }

    /// A text that is meant to be YAML.
    pub(crate) fn document(mut self) -> Tree {
        let scope = Scope { rooted: true, ..Scope::default() };
        self.mapping(&scope, 0, 2)
    }

    fn mapping(&mut self, scope: &Scope, indent: usize, depth: usize) -> Tree {
        let mut tree = Tree::new(Sort::Body);
        for _ in 0..1 + self.operands.random.below(3) {
            self.made += 1;
            let line = Tree::text(Sort::Node, format!("{}k{}:", " ".repeat(indent), self.made));
            let line = self.entry(line, scope, indent, depth);
            tree = tree.and(if self.percent(15) { self.conditional(line, scope, indent) } else { line });
        }
        tree
    }

    fn conditional(&mut self, line: Tree, scope: &Scope, indent: usize) -> Tree {
        let condition = self.pipe(Kind::Bool, scope);
        let open = Tree::text(Sort::Node, format!("{}{{{{- if ", " ".repeat(indent))).and(condition).with(" }}\n");
        open.and(line).with(format!("{}{{{{- end }}}}\n", " ".repeat(indent)))
    }

    fn entry(&mut self, line: Tree, scope: &Scope, indent: usize, depth: usize) -> Tree {
        let deeper = " ".repeat(indent + 2);
        let kind = *self.operands.random.pick(&[Kind::Str, Kind::Str, Kind::Int, Kind::Bool, Kind::Float]);
        let value = Tree::text(Sort::Node, "{{ ").and(self.pipe(kind, scope)).with(" }}");
        match self.operands.random.below(if depth == 0 { 8 } else { 11 }) {
            0 | 1 => line.with(" ").and(value).with("\n"),
            2 => line.with(" \"").and(value).with("\"\n"),
            3 => line.with(" pre-").and(value).with("\n"),
            4 => line.with(" {{ ").and(self.pipe(kind, scope)).with(" | quote }}\n"),
            5 => line.with(format!(" |\n{deeper}")).and(value).with("\n"),
            6 | 7 => {
                let data = *self.operands.random.pick(&[Kind::List, Kind::Dict, Kind::Strs, Kind::StrMap]);
                let pipe = self.pipe(data, scope);
                line.with("\n{{ toYaml (").and(pipe).with(format!(") | indent {} }}}}\n", indent + 2))
            }
            8 => {
                let head = Tree::text(Sort::Node, "\n{{- range ").and(self.pipe(Kind::Strs, scope)).with(" }}\n");
                line.and(head).with(format!("{deeper}- {{{{ . | quote }}}}\n{{{{- end }}}}\n"))
            }
            _ => line.with("\n").and(self.mapping(scope, indent + 2, depth - 1)),
        }
    }
}
