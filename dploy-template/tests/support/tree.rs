//! Texts that remember what they are made of, so that they can be made smaller.

/// What may stand in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// A run of nodes
    Body,
    /// An action or a piece of text
    Node,
    /// A branch that may be missing
    Clause,
    /// A pipeline
    Pipe,
    /// One more command of a pipeline
    Stage,
    /// An operand
    Operand,
}

/// A part of a template.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    sort: Sort,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Tree(Tree),
}

/// What an operand may be replaced by.
const SIMPLE: [&str; 8] = ["\"\"", "1", "nil", "\"a\"", "0", "true", "(list)", "(dict)"];

impl Tree {
    pub(crate) fn new(sort: Sort) -> Self {
        Self { sort, parts: Vec::new() }
    }

    pub(crate) fn text(sort: Sort, text: impl Into<String>) -> Self {
        Self { sort, parts: vec![Part::Text(text.into())] }
    }

    /// With a text behind the other parts.
    pub(crate) fn with(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// With a tree behind the other parts.
    pub(crate) fn and(mut self, tree: Self) -> Self {
        self.parts.push(Part::Tree(tree));
        self
    }

    /// The text.
    pub(crate) fn write(&self) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Tree(tree) => tree.write(),
        };
        self.parts.iter().map(part).collect()
    }

    /// Trees that lack something of this one, those that lack most first.
    pub(crate) fn smaller(&self) -> Vec<Self> {
        let mut found = Vec::new();
        self.lessen(&mut |tree| found.push(tree));
        found.sort_by_key(|tree| tree.write().len());
        found
    }

    fn lessen(&self, give: &mut dyn FnMut(Self)) {
        for (at, part) in self.parts.iter().enumerate() {
            let Part::Tree(child) = part else { continue };
            let mut put = |replacement: Option<Self>| {
                let mut tree = self.clone();
                tree.parts.splice(at..=at, replacement.map(Part::Tree));
                give(tree);
            };
            put(None);
            let mut within = Vec::new();
            child.same_sort(child.sort, &mut within);
            within.into_iter().for_each(|tree| put(Some(tree)));
            let text = child.write();
            if child.sort == Sort::Operand && !SIMPLE.contains(&text.as_str()) {
                let shorter = SIMPLE.iter().filter(|simple| simple.len() <= text.len());
                shorter.for_each(|simple| put(Some(Self::text(Sort::Operand, *simple))));
            }
            child.lessen(&mut |tree| put(Some(tree)));
        }
    }

    fn same_sort(&self, sort: Sort, found: &mut Vec<Self>) {
        for part in &self.parts {
            if let Part::Tree(child) = part {
                if child.sort == sort {
                    found.push(child.clone());
                }
                child.same_sort(sort, found);
            }
        }
    }
}
