//! From the nodes of a document to its value: scalars typed, aliases repeated, maps merged.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    Content, Entry, Limits, Node, Position, YamlError,
    compose::{Document, Kind, Scalar, too_deep},
};

/// So many bytes of a repeated text count as much as a value.
const BYTES_PER_COUNT: usize = 64;

/// Builds one document.
pub(super) struct Builder<'d, 't> {
    document: &'d Document<'t>,
    limits: &'d Limits,
    /// Values and keys that the document may still have.
    left: usize,
    /// What aliases may still repeat in this text.
    expansion: &'d mut usize,
    /// How many aliases are being followed.
    following: usize,
}

impl<'d, 't> Builder<'d, 't> {
    pub(super) fn new(document: &'d Document<'t>, limits: &'d Limits, expansion: &'d mut usize) -> Self {
        let left = limits.nodes.saturating_sub(document.nodes.len());
        Self { document, limits, left, expansion, following: 0 }
    }

    /// The value of a node. The recursion ends because an alias stands behind what it repeats, and depth is bounded.
    pub(super) fn node(&mut self, id: u32, depth: usize) -> Result<Node, YamlError> {
        let document = self.document;
        let found = usize::try_from(id).ok().and_then(|index| document.nodes.get(index));
        let Some(raw) = found else {
            return Err(YamlError::new(Position { line: 1, column: 1 }, "a value without its text"));
        };
        let at = raw.at;
        let content = match &raw.kind {
            Kind::Alias(target) => return self.follow(*target, at, depth),
            Kind::Scalar(scalar) => self.scalar(scalar, at)?,
            _ if depth >= self.limits.depth => return Err(too_deep(at, self.limits)),
            Kind::List(items) => {
                self.spend(0, at)?;
                Content::List(items.iter().map(|item| self.node(*item, depth + 1)).collect::<Result<_, _>>()?)
            }
            Kind::Map(pairs) => self.map(pairs, at, depth)?,
            Kind::Open => return Err(YamlError::new(at, "an alias inside of what it stands for")),
        };
        Ok(Node { at, content })
    }

    fn follow(&mut self, target: u32, at: Position, depth: usize) -> Result<Node, YamlError> {
        self.following += 1;
        let node = self.node(target, depth).map_err(|error| YamlError { at, ..error });
        self.following -= 1;
        node
    }

    /// Counts a value or key with `bytes` of text, when it is a repeated one.
    fn spend(&mut self, bytes: usize, at: Position) -> Result<(), YamlError> {
        if self.following == 0 {
            return Ok(());
        }
        let count = 1 + bytes / BYTES_PER_COUNT;
        match (self.left.checked_sub(count), self.expansion.checked_sub(count)) {
            (Some(left), Some(expansion)) => {
                self.left = left;
                *self.expansion = expansion;
                Ok(())
            }
            _ => {
                let most = self.limits.expansion.min(self.limits.nodes);
                Err(YamlError::new(at, format!("aliases that repeat more than {most} values")))
            }
        }
    }

    fn scalar(&mut self, scalar: &Scalar<'_>, at: Position) -> Result<Content, YamlError> {
        self.spend(scalar.text.len(), at)?;
        let value = dploy_template::yaml_scalar(&scalar.text, scalar.plain, scalar.tag);
        Ok(match value.map_err(|message| YamlError::new(at, message))? {
            Value::Bool(value) => Content::Bool(value),
            Value::Number(number) => Content::Number(number),
            Value::String(text) => Content::Text(text),
            _ => Content::Null,
        })
    }

    fn map(&mut self, pairs: &[u32], at: Position, depth: usize) -> Result<Content, YamlError> {
        self.spend(0, at)?;
        let mut entries = Vec::with_capacity(pairs.len() / 2);
        let mut merged = None;
        for pair in pairs.chunks_exact(2) {
            let [key, value] = pair else { continue };
            let (key, key_at, merge) = self.key(*key)?;
            let value = self.node(*value, depth + 1)?;
            match (merge, merged.is_some()) {
                (false, _) => entries.push(Entry { key, key_at, value }),
                (true, false) => merged = Some(value),
                (true, true) => return Err(YamlError::new(key_at, "a second merge (`<<`) in one map")),
            }
        }
        unique(&entries)?;
        if let Some(merged) = merged {
            merge(merged, &mut entries)?;
        }
        Ok(Content::Map(entries))
    }

    /// The name of a key, its place, and whether it is `<<`.
    fn key(&mut self, id: u32) -> Result<(String, Position, bool), YamlError> {
        let document = self.document;
        let node = |id: u32| usize::try_from(id).ok().and_then(|index| document.nodes.get(index));
        let at = node(id).map_or(Position { line: 1, column: 1 }, |raw| raw.at);
        let (target, repeated) = match node(id).map(|raw| &raw.kind) {
            Some(Kind::Alias(target)) => (node(*target), 1),
            _ => (node(id), 0),
        };
        let Some(Kind::Scalar(scalar)) = target.map(|raw| &raw.kind) else {
            return Err(YamlError::new(at, "a list or map as a key; keys are texts"));
        };
        self.following += repeated;
        self.spend(scalar.text.len(), at)?;
        self.following -= repeated;
        let merge = scalar.text == "<<" && matches!((scalar.plain, scalar.tag), (true, None) | (_, Some("merge")));
        let key = dploy_template::yaml_key(&scalar.text, scalar.plain, scalar.tag);
        Ok((key.map_err(|message| YamlError::new(at, message))?, at, merge))
    }
}

/// Refuses a key that stands twice.
fn unique(entries: &[Entry]) -> Result<(), YamlError> {
    let mut order: Vec<&Entry> = entries.iter().collect();
    order.sort_by(|a, b| a.key.cmp(&b.key));
    let twice = order.windows(2).filter_map(|pair| match pair {
        [first, second] if first.key == second.key => Some((first, second)),
        _ => None,
    });
    match twice.min_by_key(|(_, second)| second.key_at) {
        Some((first, second)) => {
            let message = format!("key {:?} stands on line {} already", second.key, first.key_at.line);
            Err(YamlError::new(second.key_at, message))
        }
        None => Ok(()),
    }
}

/// `<<: map` or `<<: [map, …]`: what the map does not say itself, from the first that says it.
fn merge(value: Node, entries: &mut Vec<Entry>) -> Result<(), YamlError> {
    let sources = match value.content {
        Content::List(items) => items,
        content => vec![Node { at: value.at, content }],
    };
    let mut known: HashSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    for source in sources {
        let Content::Map(inherited) = source.content else {
            return Err(YamlError::new(source.at, "a merge (`<<`) takes a map or a list of maps"));
        };
        entries.extend(inherited.into_iter().filter(|entry| known.insert(entry.key.clone())));
    }
    Ok(())
}
