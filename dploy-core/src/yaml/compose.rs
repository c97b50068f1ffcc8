//! From the parser's events to the nodes of one document, which aliases still join.

use std::{borrow::Cow, collections::HashMap};

use granit_parser::{Event, Marker, ScalarStyle, Span, Tag};

use super::{Limits, Position, YamlError};

/// The namespace of the tags written `!!name`.
const CORE_TAGS: &str = "tag:yaml.org,2002:";

/// A scalar as it stands in the text.
#[derive(Debug)]
pub(super) struct Scalar<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) plain: bool,
    /// Its tag without `!!`, of those that decide what a scalar is.
    pub(super) tag: Option<&'static str>,
}

/// What a node is; numbers are places in [`Document::nodes`].
#[derive(Debug)]
pub(super) enum Kind<'t> {
    Scalar(Scalar<'t>),
    List(Vec<u32>),
    /// Keys and values in turn.
    Map(Vec<u32>),
    Alias(u32),
    /// A list or map that has not ended: an alias to it would contain itself.
    Open,
}

/// A node and where it begins.
#[derive(Debug)]
pub(super) struct Raw<'t> {
    pub(super) at: Position,
    pub(super) kind: Kind<'t>,
}

/// The nodes of one document.
#[derive(Debug, Default)]
pub(super) struct Document<'t> {
    pub(super) nodes: Vec<Raw<'t>>,
    pub(super) root: Option<u32>,
    open: Vec<(u32, Vec<u32>, bool)>,
    anchors: HashMap<usize, u32>,
    aliases: usize,
}

/// The end of the text, where the parser adds a line break to block scalars that have none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail<'t> {
    last_line: &'t str,
    content_end: usize,
}

impl<'t> Tail<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            last_line: text.rsplit(['\n', '\r']).next().unwrap_or_default(),
            content_end: text.trim_end_matches(' ').len(),
        }
    }

    /// Takes the added break back from a block scalar that ends the text without one.
    fn correct(&self, text: &mut Cow<'_, str>, style: ScalarStyle, span: Span) {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if !block || span.byte_range().unwrap_or_default().end < self.content_end {
            return;
        }
        let Some(content) = text.strip_suffix('\n') else { return };
        let is_blank = |line: &str| line.bytes().all(|byte| byte == b' ');
        // Blanks are content as far as they go beyond the indentation.
        let shown = content.rsplit('\n').next().unwrap_or_default();
        if !is_blank(self.last_line) || (!shown.is_empty() && is_blank(shown)) {
            *text = Cow::Owned(content.to_owned());
        }
    }
}

/// The place of a mark.
pub(super) fn position(mark: &Marker) -> Position {
    Position { line: mark.line().max(1), column: mark.col() + 1 }
}

impl<'t> Document<'t> {
    /// Takes one event between the start and the end of the document.
    pub(super) fn event(
        &mut self,
        event: Event<'t>,
        span: Span,
        tail: &Tail<'t>,
        limits: &Limits,
    ) -> Result<(), YamlError> {
        let at = position(&span.start);
        match event {
            Event::Scalar(mut text, style, anchor, tag) => {
                tail.correct(&mut text, style, span);
                let scalar = Scalar { text, plain: style == ScalarStyle::Plain, tag: tag.as_deref().map(short) };
                let id = self.add(at, Kind::Scalar(scalar), anchor, limits)?;
                self.attach(id);
            }
            Event::Alias(anchor) => self.alias(at, anchor, limits)?,
            Event::SequenceStart(_, anchor, _) => self.start(at, anchor, false, limits)?,
            Event::MappingStart(_, anchor, _) => self.start(at, anchor, true, limits)?,
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, at: Position, kind: Kind<'t>, anchor: usize, limits: &Limits) -> Result<u32, YamlError> {
        let full = || YamlError::new(at, format!("a document of more than {} values and keys", limits.nodes));
        if self.nodes.len() >= limits.nodes {
            return Err(full());
        }
        let id = u32::try_from(self.nodes.len()).map_err(|_| full())?;
        self.nodes.push(Raw { at, kind });
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        Ok(id)
    }

    fn alias(&mut self, at: Position, anchor: usize, limits: &Limits) -> Result<(), YamlError> {
        self.aliases += 1;
        if self.aliases > limits.aliases {
            return Err(YamlError::new(at, format!("a document with more than {} aliases", limits.aliases)));
        }
        let target = self.anchors.get(&anchor).copied();
        let target = target.filter(|target| {
            let node = usize::try_from(*target).ok().and_then(|index| self.nodes.get(index));
            node.is_some_and(|node| !matches!(node.kind, Kind::Open))
        });
        let target = target.ok_or_else(|| YamlError::new(at, "an alias inside of what it stands for"))?;
        let id = self.add(at, Kind::Alias(target), 0, limits)?;
        self.attach(id);
        Ok(())
    }

    fn start(&mut self, at: Position, anchor: usize, map: bool, limits: &Limits) -> Result<(), YamlError> {
        if self.open.len() >= limits.depth {
            return Err(too_deep(at, limits));
        }
        let id = self.add(at, Kind::Open, anchor, limits)?;
        self.open.push((id, Vec::new(), map));
        Ok(())
    }

    fn end(&mut self) {
        let Some((id, mut children, map)) = self.open.pop() else { return };
        children.shrink_to_fit();
        let kind = if map { Kind::Map(children) } else { Kind::List(children) };
        if let Some(node) = usize::try_from(id).ok().and_then(|index| self.nodes.get_mut(index)) {
            node.kind = kind;
        }
        self.attach(id);
    }

    fn attach(&mut self, id: u32) {
        match self.open.last_mut() {
            Some((_, children, _)) => children.push(id),
            None => self.root = Some(id),
        }
    }
}

/// Lists and maps that nest too deep.
pub(super) fn too_deep(at: Position, limits: &Limits) -> YamlError {
    YamlError::new(at, format!("lists and maps nested deeper than {}", limits.depth))
}

/// A tag as one of the names that matter: a directive can make every tag of a text a long one.
fn short(tag: &Tag) -> &'static str {
    const KNOWN: [&str; 7] = ["binary", "bool", "float", "int", "merge", "null", "timestamp"];
    let suffix = tag.suffix_in_namespace(CORE_TAGS);
    KNOWN.into_iter().find(|known| suffix.as_deref() == Some(*known)).unwrap_or("str")
}
