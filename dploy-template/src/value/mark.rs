//! Marks: which bytes of a string a user supplied, and under what name.

use std::sync::Arc;

use super::Value;

/// The type that the author of a template declared for a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeclaredType {
    /// The text is a string whatever it looks like.
    String,
    /// The text is a whole number in decimal notation.
    Integer,
    /// The text is `true` or `false`.
    Boolean,
}

/// Where marked text came from, for example `params.name` or `claims.email`.
///
/// Cheap to clone. The label is what error messages call the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source(Arc<Origin>);

#[derive(Debug, PartialEq, Eq)]
struct Origin {
    labels: Vec<Arc<str>>,
    declared: Option<DeclaredType>,
}

/// Results of functions name at most this many sources.
const MAX_LABELS: usize = 4;

impl Source {
    /// A source that error messages call `label`.
    pub fn new(label: impl AsRef<str>) -> Self {
        let labels = vec![Arc::from(label.as_ref())];
        Self(Arc::new(Origin { labels, declared: None }))
    }

    /// The same source with a declared type, which a scalar that consists of
    /// nothing but this text takes in [`Template::render_tree`](crate::Template::render_tree).
    #[must_use]
    pub fn declared(&self, declared: DeclaredType) -> Self {
        let labels = self.0.labels.clone();
        Self(Arc::new(Origin { labels, declared: Some(declared) }))
    }

    /// The label; several labels joined by `, ` where a function mixed sources.
    #[must_use]
    pub fn label(&self) -> String {
        self.0.labels.join(", ")
    }

    /// The declared type, if any.
    #[must_use]
    pub fn declared_type(&self) -> Option<DeclaredType> {
        self.0.declared
    }

    /// Text computed from this source: it keeps the label and loses the
    /// declared type, which was said of the text as supplied.
    pub(crate) fn derived(&self) -> Self {
        if self.0.declared.is_none() {
            return self.clone();
        }
        let labels = self.0.labels.clone();
        Self(Arc::new(Origin { labels, declared: None }))
    }
}

/// Collects the sources that a computed text depends on.
#[derive(Debug, Default)]
pub(crate) struct SourceSet(Option<Source>);

impl SourceSet {
    pub(crate) fn add(&mut self, source: &Source) {
        let Some(seen) = &self.0 else {
            self.0 = Some(source.derived());
            return;
        };
        let known = &seen.0.labels;
        if known.len() >= MAX_LABELS || source.0.labels.iter().all(|label| known.contains(label)) {
            return;
        }
        let mut labels = known.clone();
        labels.extend(source.0.labels.iter().filter(|label| !known.contains(label)).cloned());
        labels.truncate(MAX_LABELS);
        self.0 = Some(Source(Arc::new(Origin { labels, declared: None })));
    }

    pub(crate) fn into_source(self) -> Option<Source> {
        self.0
    }
}

/// How a remembered value was written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    Json,
    Yaml,
}

/// The value behind the text that `toJson` or `toYaml` made of it.
#[derive(Debug)]
pub(crate) struct Remembered {
    pub(crate) value: Value,
    pub(crate) notation: Notation,
}

/// The marks of a text; none is the usual case and small.
pub(super) type Marks = Option<Arc<Vec<Mark>>>;

/// A range of bytes that a user supplied.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) source: Source,
    /// Spaces that `indent` put after each line break inside the range.
    pub(crate) indent: usize,
    pub(crate) value: Option<Arc<Remembered>>,
}

impl Mark {
    pub(crate) fn new(start: usize, end: usize, source: Source) -> Self {
        Self { start, end, source, indent: 0, value: None }
    }

    pub(crate) fn moved(&self, start: usize) -> Self {
        Self { start, end: start + (self.end - self.start), ..self.clone() }
    }
}
