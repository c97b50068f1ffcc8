//! From nodes to JSON, as sigs.k8s.io/yaml does it.

use std::collections::HashSet;

use granit_parser::ScalarStyle;
use serde_json::{Map, Value as Json};

use super::compose::{Document, Kind, Node, NodeId, Scalar};
use super::fill::{Filled, fill};
use super::standin::{Content, Found, Masked, Standin};
use crate::error::{ErrorKind, Failure};
use crate::value::{MAX_NESTING, Value};

/// A failure at a byte offset of the masked text.
pub(super) type Placed = (usize, Failure);

pub(super) fn yaml(message: impl Into<String>) -> Failure {
    Failure::new(ErrorKind::Yaml, format!("yaml: {}", message.into()))
}

pub(super) fn structure(message: impl Into<String>) -> Failure {
    Failure::new(ErrorKind::Structure, message)
}

/// Builds the value of a document.
pub(super) struct Constructor<'d> {
    pub(super) masked: &'d Masked,
    pub(super) document: &'d Document,
    /// Anchored nodes that are being built
    active: HashSet<NodeId>,
    /// What may still be built, in nodes and bytes
    left: usize,
    limit: usize,
}

impl<'d> Constructor<'d> {
    pub(super) fn new(masked: &'d Masked, document: &'d Document, limit: usize) -> Self {
        Self { masked, document, active: HashSet::new(), left: limit, limit }
    }

    pub(super) fn spend(&mut self, size: usize, at: usize) -> Result<(), Placed> {
        match self.left.checked_sub(size) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err((at, Failure::limit(format!("yaml: a document of more than {} bytes and nodes", self.limit)))),
        }
    }

    /// The value of a node. Nesting is bounded by the composer, and by
    /// `active` where aliases lead back.
    pub(super) fn node(&mut self, id: NodeId) -> Result<Json, Placed> {
        let Some(node) = self.document.get(id) else {
            return Ok(Json::Null);
        };
        self.spend(1, node.start)?;
        match &node.kind {
            Kind::Scalar(scalar) => self.scalar(node, scalar),
            Kind::Sequence(items) => self.sequence(items),
            Kind::Mapping(pairs) => {
                let mut map = Map::new();
                self.mapping(pairs, &mut map)?;
                Ok(Json::Object(map))
            }
            Kind::Alias(target) => {
                self.follow(*target, node.start)?;
                let value = self.node(*target);
                self.active.remove(target);
                value
            }
        }
    }

    fn follow(&mut self, target: NodeId, at: usize) -> Result<(), Placed> {
        if !self.active.insert(target) || self.active.len() > MAX_NESTING {
            return Err((at, yaml("anchor value contains itself")));
        }
        Ok(())
    }

    fn scalar(&mut self, node: &Node, scalar: &Scalar) -> Result<Json, Placed> {
        let found = self.masked.find(&scalar.value);
        self.spend(scalar.value.len(), node.start)?;
        if found.is_empty() {
            return self.literal(node, scalar, &scalar.value);
        }
        match fill(self.masked, scalar, &found, node.tag.is_some()) {
            Filled::Plain(text) => {
                self.spend(text.len(), node.start)?;
                match self.literal(node, scalar, &text) {
                    // A user's `inf` must not spoil what the author wrote around it.
                    Err(_) if node.tag.is_none() => Ok(Json::String(text)),
                    literal => literal,
                }
            }
            Filled::Value(value) => self.remembered(value, node.start, 0),
            Filled::Json(json) => self.filled(node, scalar, json),
        }
    }

    fn filled(&mut self, node: &Node, scalar: &Scalar, json: Json) -> Result<Json, Placed> {
        // Aliases repeat what a stand-in of few letters was filled with.
        self.spend(json.as_str().map_or(0, str::len), node.start)?;
        match (&node.tag, &json) {
            (Some(_), Json::String(text)) => self.literal(node, scalar, text),
            (Some(tag), json) if tag == "str" => Ok(Json::String(json.to_string())),
            _ => Ok(json),
        }
    }

    fn sequence(&mut self, items: &[NodeId]) -> Result<Json, Placed> {
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            let spliced = self.standin(*item).and_then(|(standin, _)| match &standin.content {
                Content::Item(value) => Some(&value.value),
                _ => None,
            });
            match (spliced, self.document.get(*item)) {
                (Some(Value::List(values)), Some(node)) => {
                    for value in values.items() {
                        list.push(self.remembered(value, node.start, 0)?);
                    }
                }
                _ => list.push(self.node(*item)?),
            }
        }
        Ok(Json::Array(list))
    }

    /// The stand-in that a plain scalar consists of.
    fn standin(&self, id: NodeId) -> Option<(&'d Standin, Found)> {
        let Kind::Scalar(scalar) = &self.document.get(id)?.kind else {
            return None;
        };
        if scalar.style != ScalarStyle::Plain || scalar.value.len() != super::standin::LEN {
            return None;
        }
        let found = self.masked.find(&scalar.value).first().copied()?;
        Some((self.masked.get(found)?, found))
    }

    fn mapping(&mut self, pairs: &[(NodeId, NodeId)], map: &mut Map<String, Json>) -> Result<(), Placed> {
        let mut spliced = Vec::new();
        for (key, value) in pairs {
            let Some(node) = self.document.get(*key) else { continue };
            if self.is_merge(node) {
                self.merge(*value, map)?;
                continue;
            }
            if let Some((standin, entries)) = self.entry(*key, *value) {
                spliced.push((standin, entries, node.start));
                continue;
            }
            let name = self.key(node)?;
            let json = self.node(*value)?;
            map.insert(name, json);
        }
        for (standin, value, at) in spliced {
            self.splice(standin, value, at, map)?;
        }
        Ok(())
    }

    /// `X: Y`, which stands for the entries of a value.
    fn entry(&self, key: NodeId, value: NodeId) -> Option<(&'d Standin, &'d Value)> {
        let (standin, found) = self.standin(key)?;
        let Content::Entry(remembered) = &standin.content else {
            return None;
        };
        let (partner, other) = self.standin(value)?;
        let pair = matches!(partner.content, Content::Partner) && other.number == found.number + 1;
        pair.then_some((standin, &remembered.value))
    }

    fn splice(
        &mut self,
        standin: &Standin,
        value: &Value,
        at: usize,
        map: &mut Map<String, Json>,
    ) -> Result<(), Placed> {
        let Json::Object(entries) = self.remembered(value, at, 0)? else {
            return Ok(());
        };
        for (key, json) in entries {
            if map.contains_key(&key) {
                let label = standin.source.label();
                return Err((
                    at,
                    structure(format!("{label} has an entry {key:?} that already stands in this mapping")),
                ));
            }
            map.insert(key, json);
        }
        Ok(())
    }

    fn is_merge(&self, node: &Node) -> bool {
        match (&node.kind, node.tag.as_deref()) {
            (Kind::Scalar(scalar), None) => scalar.style == ScalarStyle::Plain && scalar.value == "<<",
            (Kind::Scalar(scalar), Some("merge")) => scalar.value == "<<",
            _ => false,
        }
    }

    /// `<<: mapping`, `<<: *alias` or a list of these, the first of which wins.
    fn merge(&mut self, value: NodeId, map: &mut Map<String, Json>) -> Result<(), Placed> {
        let Some(node) = self.document.get(value) else { return Ok(()) };
        let refused = (node.start, yaml("map merge requires map or sequence of maps as the value"));
        match &node.kind {
            Kind::Mapping(_) | Kind::Alias(_) => self.merge_one(value, map),
            Kind::Sequence(items) => items.iter().rev().try_for_each(|item| self.merge_one(*item, map)),
            Kind::Scalar(scalar) => Err(match self.masked.find(&scalar.value).first() {
                None => refused,
                Some(found) => {
                    let label = self.masked.get(*found).map(|standin| standin.source.label());
                    (node.start, structure(format!("{} is merged into a mapping", label.unwrap_or_default())))
                }
            }),
        }
    }

    fn merge_one(&mut self, value: NodeId, map: &mut Map<String, Json>) -> Result<(), Placed> {
        let Some(node) = self.document.get(value) else { return Ok(()) };
        self.spend(1, node.start)?;
        match &node.kind {
            Kind::Mapping(pairs) => self.mapping(pairs, map),
            Kind::Alias(target) => {
                let Some(Node { kind: Kind::Mapping(pairs), .. }) = self.document.get(*target) else {
                    return Err((node.start, yaml("map merge requires map or sequence of maps as the value")));
                };
                self.follow(*target, node.start)?;
                let merged = self.mapping(pairs, map);
                self.active.remove(target);
                merged
            }
            _ => Err((node.start, yaml("map merge requires map or sequence of maps as the value"))),
        }
    }
}
