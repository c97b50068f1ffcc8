//! YAML with the place of every value: the one reader of text that others wrote.
//!
//! Scalars mean what sigs.k8s.io/yaml makes of them, which is what Kubernetes reads: YAML 1.1, where `yes` and `on`
//! are booleans. Reading is bounded by [`Limits`] whatever the text says, and one document at a time is in memory.
//!
//! ```
//! use dploy_core::yaml::{Limits, documents};
//!
//! let text = b"kind: Service\nspec:\n  ports: [80]\n---\nkind: Deployment\n";
//! let kinds: Result<Vec<_>, _> = documents(text, &Limits::default())
//!     .map(|document| document.map(|node| node.get("kind").and_then(|kind| kind.as_text()).map(str::to_owned)))
//!     .collect();
//! assert_eq!(kinds.unwrap(), [Some("Service".to_owned()), Some("Deployment".to_owned())]);
//! ```

mod build;
mod compose;
mod documents;
#[cfg(test)]
mod tests;
mod write;

use serde_json::{Map, Value};

pub use documents::{Documents, documents};
pub use write::{Tree, to_text, write};

use crate::json::Json;

/// What one text may ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Values and keys of one document, with those that aliases repeat.
    pub nodes: usize,
    /// How deep lists and maps nest.
    pub depth: usize,
    /// Documents of the text.
    pub documents: usize,
    /// Aliases (`*name`) in one document.
    pub aliases: usize,
    /// What the aliases of all documents repeat: each value and key counts one, and one more for every 64 bytes of it.
    pub expansion: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { nodes: 200_000, depth: 64, documents: 2_000, aliases: 100, expansion: 20_000 }
    }
}

/// A place in a text; both numbers begin at 1, columns count characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A value and where it begins. What an alias repeats stands where its original does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// Where it begins.
    pub at: Position,
    /// What it is.
    pub content: Content,
}

/// What a value is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number that JSON can write.
    Number(serde_json::Number),
    /// Text, which dates are too.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the text, each key once.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The key as JSON names it: `1` is `"1"`, `yes` is `"true"`.
    pub key: String,
    /// Where the key begins.
    pub key_at: Position,
    /// The value.
    pub value: Node,
}

/// Why a text cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {}, column {}: {message}", .at.line, .at.column)]
#[non_exhaustive]
pub struct YamlError {
    /// Where the reader stopped.
    pub at: Position,
    /// What is wrong, without the place.
    pub message: String,
}

impl YamlError {
    fn new(at: Position, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

impl Node {
    /// The value of a key, when this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        let Content::Map(entries) = &self.content else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The text, when this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The values of a list; nothing for anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// What it is, as messages say it: `a text`, `a list`, …
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.content {
            Content::Null => "nothing",
            Content::Bool(_) => "a boolean",
            Content::Number(_) => "a number",
            Content::Text(_) => "a text",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }

    /// The value without its places.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Json::from(self.value())
    }

    fn value(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Number(number) => Value::Number(number.clone()),
            Content::Text(text) => Value::String(text.clone()),
            Content::List(items) => Value::Array(items.iter().map(Self::value).collect()),
            Content::Map(entries) => Value::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.value.value())).collect::<Map<_, _>>(),
            ),
        }
    }
}
