//! From YAML text to nodes.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

use crate::error::{ErrorKind, Failure};

/// Nodes nest at most this deep, so that the result can be read as JSON again.
const MAX_DEPTH: usize = 100;

/// The number of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeId(usize);

/// A scalar with its place in the text, in bytes.
#[derive(Debug)]
pub(super) struct Scalar {
    pub(super) value: String,
    pub(super) style: ScalarStyle,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind {
    Scalar(Scalar),
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    Alias(NodeId),
}

/// A node with its tag (`!!str` is `str`; others as written) and place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) tag: Option<String>,
    pub(super) start: usize,
}

/// The first document of a text.
#[derive(Debug)]
pub(super) struct Document {
    nodes: Vec<Node>,
    pub(super) root: Option<NodeId>,
    /// Where the document ends
    pub(super) end: usize,
}

impl Document {
    pub(super) fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0)
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

/// A collection that has not ended yet.
struct Open {
    id: NodeId,
    children: Vec<NodeId>,
    mapping: bool,
}

/// Turns character positions, asked in ascending order, into byte offsets.
struct Offsets<'t> {
    chars: std::str::CharIndices<'t>,
    passed: usize,
    len: usize,
    at: usize,
}

impl<'t> Offsets<'t> {
    fn new(text: &'t str) -> Self {
        Self { chars: text.char_indices(), passed: 0, len: text.len(), at: 0 }
    }

    /// The end of an event may lie beyond the start of the next one, so that
    /// a position before the last one answers with the last one.
    fn byte(&mut self, marker: Marker) -> usize {
        while self.passed <= marker.index() {
            self.at = self.chars.next().map_or(self.len, |(at, _)| at);
            self.passed += 1;
            if self.at == self.len {
                break;
            }
        }
        self.at
    }
}

/// Reads the first document.
pub(super) fn compose(text: &str) -> Result<Document, (usize, Failure)> {
    let mut composer = Composer {
        document: Document { nodes: Vec::new(), root: None, end: text.len() },
        open: Vec::new(),
        anchors: HashMap::new(),
    };
    let mut parser = Parser::new_from_str(text);
    let mut spans = Vec::new();
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = text.char_indices().nth(error.marker().index()).map_or(text.len(), |(at, _)| at);
            (at, Failure::new(ErrorKind::Yaml, format!("yaml: {}", error.info())))
        })?;
        let done = matches!(event, Event::DocumentEnd | Event::StreamEnd);
        if done {
            composer.document.end = text.char_indices().nth(span.start.index()).map_or(text.len(), |(at, _)| at);
            break;
        }
        composer.event(event, span, &mut spans)?;
    }
    locate(&mut composer.document, text, &spans);
    Ok(composer.document)
}

/// Fills in byte offsets, once all events are known.
fn locate(document: &mut Document, text: &str, spans: &[Span]) {
    let mut starts = Offsets::new(text);
    let mut order: Vec<usize> = (0..document.nodes.len()).collect();
    order.sort_by_key(|index| spans.get(*index).map(|span| span.start.index()));
    for index in &order {
        let (Some(node), Some(span)) = (document.nodes.get_mut(*index), spans.get(*index)) else { continue };
        node.start = starts.byte(span.start);
        if let Kind::Scalar(scalar) = &mut node.kind {
            scalar.start = node.start;
        }
    }
    let mut ends = Offsets::new(text);
    order.sort_by_key(|index| spans.get(*index).map(|span| span.end.index()));
    for index in &order {
        let (Some(node), Some(span)) = (document.nodes.get_mut(*index), spans.get(*index)) else { continue };
        let end = ends.byte(span.end);
        if let Kind::Scalar(scalar) = &mut node.kind {
            scalar.end = end.max(scalar.start);
        }
    }
}

struct Composer {
    document: Document,
    open: Vec<Open>,
    /// Nodes by the number of their anchor
    anchors: HashMap<usize, NodeId>,
}

impl Composer {
    fn event(&mut self, event: Event<'_>, span: Span, spans: &mut Vec<Span>) -> Result<(), (usize, Failure)> {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let scalar = Scalar { value: value.into_owned(), style, start: 0, end: 0 };
                let id = self.add(Kind::Scalar(scalar), tag.as_deref(), anchor, span, spans);
                self.attach(id);
            }
            Event::Alias(anchor) => {
                let unknown = || (0, Failure::new(ErrorKind::Yaml, "yaml: unknown anchor referenced"));
                let target = *self.anchors.get(&anchor).ok_or_else(unknown)?;
                let id = self.add(Kind::Alias(target), None, 0, span, spans);
                self.attach(id);
            }
            Event::SequenceStart(anchor, tag) => {
                let id = self.add(Kind::Sequence(Vec::new()), tag.as_deref(), anchor, span, spans);
                self.begin(id, false)?;
            }
            Event::MappingStart(anchor, tag) => {
                let id = self.add(Kind::Mapping(Vec::new()), tag.as_deref(), anchor, span, spans);
                self.begin(id, true)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn add(&mut self, kind: Kind, tag: Option<&Tag>, anchor: usize, span: Span, spans: &mut Vec<Span>) -> NodeId {
        let id = NodeId(self.document.nodes.len());
        let tag = tag.map(|tag| {
            if tag.is_yaml_core_schema() { tag.suffix.clone() } else { format!("{}{}", tag.handle, tag.suffix) }
        });
        self.document.nodes.push(Node { kind, tag: tag.filter(|tag| tag != "!"), start: 0 });
        spans.push(span);
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        id
    }

    fn begin(&mut self, id: NodeId, mapping: bool) -> Result<(), (usize, Failure)> {
        if self.open.len() >= MAX_DEPTH {
            return Err((0, Failure::limit(format!("yaml: nesting of more than {MAX_DEPTH} levels"))));
        }
        self.open.push(Open { id, children: Vec::new(), mapping });
        Ok(())
    }

    fn attach(&mut self, id: NodeId) {
        match self.open.last_mut() {
            Some(open) => open.children.push(id),
            None => self.document.root = Some(id),
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let kind = if open.mapping {
            let pairs = open.children.chunks(2).filter_map(|pair| match pair {
                [key, value] => Some((*key, *value)),
                _ => None,
            });
            Kind::Mapping(pairs.collect())
        } else {
            Kind::Sequence(open.children)
        };
        if let Some(node) = self.document.nodes.get_mut(open.id.0) {
            node.kind = kind;
        }
        self.attach(open.id);
    }
}
