//! Random operands and pipelines of a grammar that knows what functions want.

use super::{
    random::Random,
    signatures::{Kind, Signature},
    tree::{Sort, Tree},
    values,
};

/// What names mean at one place of a template.
#[derive(Clone, Default)]
pub(crate) struct Scope {
    pub(crate) variables: Vec<(String, Kind)>,
    /// What dot is; none for the root
    pub(crate) dot: Option<Kind>,
    /// Whether `$` is the root
    pub(crate) rooted: bool,
    pub(crate) looping: bool,
}

/// Functions that mostly fail on random operands, and would leave little to compare.
const RARE: [&str; 14] = [
    "fail",
    "mustToDate",
    "index",
    "slice",
    "mustSlice",
    "mustFromJson",
    "tpl",
    "substr",
    "div",
    "mod",
    "must_date_modify",
    "mustDateModify",
    "first",
    "last",
];

/// Writes operands.
pub(crate) struct Operands<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) signatures: &'a [Signature],
    pub(crate) defined: Vec<(String, Option<Kind>)>,
    /// Share of operands of a hundred that are not what is wanted
    pub(crate) mistakes: usize,
}

impl Operands<'_> {
    /// A pipeline that mostly gives this kind.
    pub(crate) fn pipe(&mut self, kind: Kind, scope: &Scope, depth: usize) -> Tree {
        let start = Tree::new(Sort::Pipe);
        if depth > 0 && self.random.percent(30) {
            let pipeable = |signature: &Signature| signature.method().is_none() && last(signature).is_some();
            let signature = self.giving(kind, pipeable);
            if let Some((signature, wanted)) = signature.and_then(|found| last(&found).map(|wanted| (found, wanted))) {
                let wanted = if wanted == Kind::Same { signature.wants[0] } else { wanted };
                let before = self.pipe(wanted, scope, depth - 1);
                let stage = self.call(&signature, scope, depth - 1, true);
                return start.and(before).and(Tree::text(Sort::Stage, " | ").and(stage));
            }
        }
        let calls = depth > 0 && self.random.percent(60);
        if let Some(call) = calls.then(|| self.calling(kind, scope, depth)).flatten() {
            return start.and(call);
        }
        let operand = self.operand(kind, scope, depth);
        // Alone it is not a command.
        start.and(if operand.write() == "nil" { Tree::text(Sort::Operand, ".") } else { operand })
    }

    /// An operand that mostly is of this kind.
    pub(crate) fn operand(&mut self, kind: Kind, scope: &Scope, depth: usize) -> Tree {
        let kind =
            if !matches!(kind, Kind::Count | Kind::Sorted | Kind::Fresh) && self.random.below(1000) < self.mistakes {
                Kind::Any
            } else {
                kind
            };
        let kind = self.narrowed(kind);
        if kind == Kind::Fresh && self.known("deepCopy") {
            let dict = self.operand(Kind::Dict, scope, depth.saturating_sub(1));
            return Tree::text(Sort::Operand, "(deepCopy ").and(dict).with(")");
        }
        if kind == Kind::Any && self.random.percent(3) {
            return Tree::text(Sort::Operand, "nil");
        }
        if depth > 0 && self.random.percent(45) {
            let nested = Tree::text(Sort::Operand, "(").and(self.pipe(kind, scope, depth - 1)).with(")");
            let field = matches!(kind, Kind::Any) && self.random.percent(4);
            return if field { nested.with(".a") } else { nested };
        }
        Tree::text(Sort::Operand, self.name(kind, scope).unwrap_or_else(|| self.constant(kind)))
    }

    fn narrowed(&mut self, kind: Kind) -> Kind {
        use Kind::{Any, Bool, Dict, Float, Int, Ints, Items, List, Scalar, Sorted, Str, StrMap, Strs, Time, When};
        match kind {
            Any => *self.random.pick(&[Any, Str, Str, Int, Float, Bool, List, Dict, Strs, StrMap, Time, Ints]),
            Scalar => *self.random.pick(&[Str, Int, Float, Bool]),
            Sorted => List,
            Items => *self.random.pick(&[List, List, Strs, Ints]),
            When => *self.random.pick(&[Time, Time, Int]),
            kind => kind,
        }
    }

    /// A field, a variable or dot.
    fn name(&mut self, kind: Kind, scope: &Scope) -> Option<String> {
        let wanted = |known: Kind| {
            known == kind || kind == Kind::Any || (kind == Kind::Number && matches!(known, Kind::Int | Kind::Float))
        };
        let mut names: Vec<String> =
            scope.variables.iter().filter(|(_, known)| wanted(*known)).map(|(name, _)| name.clone()).collect();
        let fields = || values::ROOT.iter().filter(|(_, known)| wanted(*known));
        match scope.dot {
            None => names.extend(fields().map(|(name, _)| format!(".{name}"))),
            Some(dot) if wanted(dot) => names.push(".".to_owned()),
            Some(Kind::Dict | Kind::Any) if self.random.percent(10) => {
                names.push(format!(".{}", self.random.pick(&["s", "i", "none"])))
            }
            Some(_) => {}
        }
        if scope.rooted && scope.dot.is_some() {
            names.extend(fields().map(|(name, _)| format!("$.{name}")));
        }
        if kind == Kind::Any && self.random.percent(6) {
            return Some((*self.random.pick(&[".none", "$", ".", ".d0.none", "$.nil", ".d0.d.none.x"])).to_owned());
        }
        let constant = matches!(kind, Kind::Str | Kind::Int | Kind::Float | Kind::Bool) && self.random.percent(45);
        (!names.is_empty() && !constant).then(|| self.random.pick(&names).clone())
    }

    fn constant(&mut self, kind: Kind) -> String {
        let item = |operands: &mut Self| {
            let kind = *operands.random.pick(&[Kind::Str, Kind::Int, Kind::Float, Kind::Bool]);
            values::constant(kind, operands.random).unwrap()
        };
        if let Some(text) = values::constant(kind, self.random) {
            return text;
        }
        match kind {
            Kind::Strs => "(splitList \",\" \"b,a,c\")".to_owned(),
            Kind::Ints if self.known("until") => "(until 3)".to_owned(),
            Kind::List => format!("(list {} {})", item(self), item(self)),
            Kind::Dict => format!("(dict \"a\" {} \"s\" {})", item(self), item(self)),
            Kind::StrMap if self.known("split") => "(split \",\" \"x,y\")".to_owned(),
            Kind::Time => "now".to_owned(),
            Kind::Version if self.known("semver") => {
                format!("(semver {})", values::constant(Kind::VersionText, self.random).unwrap())
            }
            Kind::Duration if self.known("toDate") => "(now.Sub (toDate \"2006\" \"2020\"))".to_owned(),
            Kind::Defined => {
                let names: Vec<String> = self.defined.iter().map(|(name, _)| name.clone()).collect();
                if names.is_empty() { "\"none\"".to_owned() } else { format!("\"{}\"", self.random.pick(&names)) }
            }
            _ => item(self),
        }
    }

    fn known(&self, name: &str) -> bool {
        self.signatures.iter().any(|signature| signature.name == name)
    }

    fn giving(&mut self, kind: Kind, fits: impl Fn(&Signature) -> bool) -> Option<Signature> {
        let found: Vec<&Signature> = self
            .signatures
            .iter()
            .filter(|signature| (signature.gives == kind || kind == Kind::Any) && fits(signature))
            .collect();
        let mut chosen = (!found.is_empty()).then(|| *self.random.pick(&found))?;
        if RARE.contains(&chosen.name.as_str()) && self.random.percent(80) {
            chosen = *self.random.pick(&found);
        }
        Some(chosen.clone())
    }

    fn calling(&mut self, kind: Kind, scope: &Scope, depth: usize) -> Option<Tree> {
        if matches!(kind, Kind::Any | Kind::Str) && self.random.percent(12) {
            return Some(self.printf(scope, depth - 1));
        }
        let signature = self.giving(kind, |_| true)?;
        Some(self.call(&signature, scope, depth - 1, false))
    }

    /// A call; the last operand is left to the pipeline if `piped`.
    fn call(&mut self, signature: &Signature, scope: &Scope, depth: usize, piped: bool) -> Tree {
        let more = if signature.rest.is_some() { self.random.below(3) } else { 0 };
        let mut wants: Vec<Kind> = signature.wants.clone();
        wants.extend(signature.rest.iter().flat_map(|rest| vec![*rest; more]));
        if piped {
            wants.pop();
        }
        if self.random.below(1000) < self.mistakes / 4 {
            wants.push(Kind::Any);
        }
        let mut tree = Tree::new(Sort::Operand);
        let mut wants = wants.into_iter();
        match signature.method() {
            Some(method) => {
                let receiver = self.operand(wants.next().unwrap(), scope, depth);
                tree = tree.and(Tree::text(Sort::Operand, receiver_text(&receiver.write()))).with(format!(".{method}"));
            }
            None => tree = tree.with(signature.name.clone()),
        }
        let mut before = Kind::Any;
        for want in wants {
            let want = if want == Kind::Same { before } else { want };
            before = want;
            tree = tree.with(" ").and(self.operand(want, scope, depth));
        }
        tree
    }

    fn printf(&mut self, scope: &Scope, depth: usize) -> Tree {
        const VERBS: [(&str, Kind); 34] = [
            ("%v", Kind::Any),
            ("%s", Kind::Str),
            ("%d", Kind::Int),
            ("%q", Kind::Str),
            ("%x", Kind::Str),
            ("%X", Kind::Int),
            ("%5d|", Kind::Int),
            ("%-6s|", Kind::Str),
            ("%06.2f", Kind::Float),
            ("%g", Kind::Float),
            ("%e", Kind::Float),
            ("%t", Kind::Bool),
            ("%c", Kind::Count),
            ("%T", Kind::Any),
            ("%+v", Kind::Any),
            ("%#v", Kind::Scalar),
            ("%U", Kind::Count),
            ("%o", Kind::Int),
            ("%b", Kind::Int),
            ("%.3s", Kind::Str),
            ("%+d", Kind::Int),
            ("% x", Kind::Str),
            ("%#x", Kind::Int),
            ("%8.3v|", Kind::Scalar),
            ("%s", Kind::Any),
            ("%d", Kind::Any),
            ("%q", Kind::Any),
            ("%.2f", Kind::Float),
            ("%v", Kind::List),
            ("%v", Kind::Dict),
            ("%+q", Kind::Str),
            ("%z", Kind::Scalar),
            ("%[1]v", Kind::Scalar),
            ("%08b", Kind::Count),
        ];
        let mut format = String::new();
        let mut operands = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            let (verb, kind) = *self.random.pick(&VERBS);
            format.push_str(verb);
            format += *self.random.pick(&["", "", " ", "%%", "é"]);
            operands.push(kind);
        }
        if self.random.percent(5) {
            operands.pop();
        }
        let start = Tree::text(Sort::Operand, format!("printf {}", values::quoted(&format, self.random)));
        operands.into_iter().fold(start, |tree, kind| tree.with(" ").and(self.operand(kind, scope, depth)))
    }
}

fn last(signature: &Signature) -> Option<Kind> {
    signature.rest.or_else(|| signature.wants.last().copied())
}

/// What a method or field can be asked of.
fn receiver_text(operand: &str) -> String {
    let plain = operand.starts_with(['.', '$', '(']) && operand != ".";
    if plain { operand.to_owned() } else { format!("({operand})") }
}
