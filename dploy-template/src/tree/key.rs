//! Keys of mappings.

use granit_parser::ScalarStyle;

use super::compose::{Kind, Node, NodeId};
use super::construct::{Constructor, Placed, structure, yaml};
use super::resolve::{Resolved, resolve};
use super::scalar::float_key;
use crate::error::Failure;

impl Constructor<'_> {
    /// A key as the JSON name that it becomes.
    pub(super) fn key(&mut self, node: &Node) -> Result<String, Placed> {
        let at = node.start;
        let (node, scalar) = match &node.kind {
            Kind::Scalar(scalar) => (node, scalar),
            Kind::Alias(target) => match self.document.get(*target) {
                Some(target @ Node { kind: Kind::Scalar(scalar), .. }) => (target, scalar),
                _ => return Err((at, yaml("invalid map key"))),
            },
            _ => return Err((at, self.nested_key(node))),
        };
        if let Some(standin) = self.masked.find(&scalar.value).first().and_then(|found| self.masked.get(*found)) {
            let label = standin.source.label();
            let failure = structure(format!("{label} stands in a key of the tree"));
            return Err((at, failure.expected("keys written by the template's author")));
        }
        self.spend(scalar.value.len() + 1, at)?;
        let plain = scalar.style == ScalarStyle::Plain;
        name(&scalar.value, plain, node.tag.as_deref()).map_err(|failure| (at, failure))
    }

    /// Lists and mappings cannot be keys; one made of marked text, such as
    /// `{{ x }}` that nothing was rendered into, is said to be that.
    fn nested_key(&self, node: &Node) -> Failure {
        let mut pending: Vec<&Node> = vec![node];
        while let Some(node) = pending.pop() {
            let children: Vec<NodeId> = match &node.kind {
                Kind::Scalar(scalar) => {
                    let found = self.masked.find(&scalar.value);
                    if let Some(standin) = found.first().and_then(|found| self.masked.get(*found)) {
                        return structure(format!("{} stands in a key of the tree", standin.source.label()));
                    }
                    Vec::new()
                }
                Kind::Sequence(items) => items.clone(),
                Kind::Mapping(pairs) => pairs.iter().flat_map(|(key, value)| [*key, *value]).collect(),
                Kind::Alias(_) => Vec::new(),
            };
            pending.extend(children.into_iter().filter_map(|id| self.document.get(id)));
        }
        yaml("invalid map key")
    }
}

/// The JSON name of a key by its text, whether it is plain, and its tag.
pub(super) fn name(text: &str, plain: bool, tag: Option<&str>) -> Result<String, Failure> {
    let resolved = match tag {
        None if plain => resolve(text),
        Some("int" | "float" | "bool" | "null") => resolve(text),
        _ => Resolved::String,
    };
    Ok(match resolved {
        Resolved::Null => return Err(yaml("unsupported map key null")),
        Resolved::Uint(_) => return Err(yaml("unsupported map key of more than 63 bits")),
        Resolved::Bool(b) => b.to_string(),
        Resolved::Int(n) => n.to_string(),
        Resolved::Float(f) => float_key(f),
        Resolved::Timestamp | Resolved::String => text.to_owned(),
    })
}
