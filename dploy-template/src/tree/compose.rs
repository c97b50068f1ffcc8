//! From YAML text to nodes.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag, options};

use super::construct::Placed;
use crate::error::{ErrorKind, Failure};

/// Nodes nest at most this deep, so that the result can be read as JSON again.
const MAX_DEPTH: usize = 100;

/// The number of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeId(usize);

/// A scalar.
#[derive(Debug)]
pub(super) struct Scalar {
    pub(super) value: String,
    pub(super) style: ScalarStyle,
    /// Where it begins in the text, in bytes
    pub(super) start: usize,
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

/// Parts of the text that are no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Comment,
    Anchor,
    Alias,
    Tag,
}

/// The first document of a text.
#[derive(Debug)]
pub(super) struct Document {
    nodes: Vec<Node>,
    pub(super) root: Option<NodeId>,
    /// Places of parts that are no content, ascending
    pub(super) parts: Vec<(Range<usize>, Part)>,
    /// Where the document ends
    pub(super) end: usize,
    /// What stopped the parser, if anything
    pub(super) failure: Option<Placed>,
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

/// Reads the first document, as far as it can be read.
pub(super) fn compose(text: &str) -> Document {
    let mut composer = Composer {
        last_line: text.rsplit(['\n', '\r']).next().unwrap_or_default(),
        content_end: text.trim_end_matches(' ').len(),
        document: Document { nodes: Vec::new(), root: None, parts: Vec::new(), end: text.len(), failure: None },
        open: Vec::new(),
        anchors: HashMap::new(),
    };
    let options = options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        emit_comments: true,
        max_buffered_comment_events: usize::MAX,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((Event::DocumentEnd | Event::StreamEnd, span)) => {
                composer.document.end = range(span).start;
                break;
            }
            Ok((event, span)) => composer.event(event, span),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                composer.fail(at, error.info());
            }
        }
        if composer.document.failure.is_some() {
            break;
        }
    }
    composer.document.parts.sort_by_key(|(place, _)| place.start);
    composer.document
}

/// Spans of text parsed from a string always know their bytes.
fn range(span: Span) -> Range<usize> {
    span.byte_range().unwrap_or_default()
}

/// Takes back the line break that the parser adds to a block scalar whose
/// last line, the last of the text, has none.
fn drop_added_break(value: &mut String, last_line: &str) {
    let Some(content) = value.strip_suffix('\n') else { return };
    let is_blank = |line: &str| line.bytes().all(|byte| byte == b' ');
    // Spaces are content as far as they go beyond the indentation.
    let shown = content.rsplit('\n').next().unwrap_or_default();
    if !is_blank(last_line) || (!shown.is_empty() && is_blank(shown)) {
        value.truncate(content.len());
    }
}

struct Composer<'t> {
    document: Document,
    /// What follows the last line break
    last_line: &'t str,
    /// Where the text ends, but for spaces
    content_end: usize,
    open: Vec<Open>,
    /// Nodes by the number of their anchor
    anchors: HashMap<usize, NodeId>,
}

impl Composer<'_> {
    fn fail(&mut self, at: usize, message: impl std::fmt::Display) {
        let failure = Failure::new(ErrorKind::Yaml, format!("yaml: {message}"));
        self.document.failure.get_or_insert((at, failure));
    }

    fn event(&mut self, event: Event<'_>, span: Span) {
        let place = range(span);
        if let Some(tag) = span.tag_span() {
            self.document.parts.push((range(tag), Part::Tag));
        }
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let mut scalar = Scalar { value: value.into_owned(), style, start: place.start };
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                if block && place.end >= self.content_end {
                    drop_added_break(&mut scalar.value, self.last_line);
                }
                let id = self.add(Kind::Scalar(scalar), tag.as_deref(), anchor, place.start);
                self.attach(id);
            }
            Event::Alias(anchor) => {
                self.document.parts.push((place.clone(), Part::Alias));
                match self.anchors.get(&anchor) {
                    Some(target) => {
                        let id = self.add(Kind::Alias(*target), None, 0, place.start);
                        self.attach(id);
                    }
                    None => self.fail(place.start, "unknown anchor referenced"),
                }
            }
            Event::UnresolvedAlias(name) => {
                self.document.parts.push((place.clone(), Part::Alias));
                self.fail(place.start, format_args!("unknown anchor {name:?} referenced"));
            }
            Event::SequenceStart(_, anchor, tag) => {
                let id = self.add(Kind::Sequence(Vec::new()), tag.as_deref(), anchor, place.start);
                self.open.push(Open { id, children: Vec::new(), mapping: false });
            }
            Event::MappingStart(_, anchor, tag) => {
                let id = self.add(Kind::Mapping(Vec::new()), tag.as_deref(), anchor, place.start);
                self.open.push(Open { id, children: Vec::new(), mapping: true });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Comment(..) => self.document.parts.push((place, Part::Comment)),
            Event::Anchor(..) => self.document.parts.push((place, Part::Anchor)),
            _ => {}
        }
    }

    fn add(&mut self, kind: Kind, tag: Option<&Tag>, anchor: usize, start: usize) -> NodeId {
        let id = NodeId(self.document.nodes.len());
        let tag = tag.map(|tag| match tag.suffix_in_namespace("tag:yaml.org,2002:") {
            Some(suffix) => suffix.into_owned(),
            None => tag.to_string(),
        });
        self.document.nodes.push(Node { kind, tag, start });
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        id
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
