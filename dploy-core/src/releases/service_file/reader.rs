//! Reads values of one type each, and notes what is wrong instead of stopping there.

use std::ops::RangeInclusive;

use super::{
    checks::Rule,
    fields,
    problem::{Problem, Problems},
    templates::{self, BuildInputs, Rendered},
};
use crate::yaml::{Content, Entry, Node, Position};

/// A value of the file with the path that leads to it.
#[derive(Clone, Debug)]
pub(super) struct Field<'n> {
    pub(super) node: &'n Node,
    pub(super) path: String,
}

/// A map of the file with the path that leads to it.
pub(super) struct Map<'n> {
    at: Position,
    path: String,
    entries: &'n [Entry],
}

impl<'n> Map<'n> {
    /// The value of a field that is there and not null.
    pub(super) fn get(&self, key: &str) -> Option<Field<'n>> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        let field = Field { node: &entry.value, path: self.path_of(key) };
        (!matches!(entry.value.content, Content::Null)).then_some(field)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// Reads one file and collects its problems.
pub(super) struct Reader<'a> {
    file: &'a str,
    inputs: Option<&'a BuildInputs>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// Without `inputs`, values with templates are not checked.
    pub(super) fn new(file: &'a str, inputs: Option<&'a BuildInputs>) -> Self {
        Self { file, inputs, problems: Vec::new() }
    }

    /// What was read, when nothing was wrong.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Problems> {
        let incomplete = || Problem {
            file: self.file.to_owned(),
            at: Position { line: 1, column: 1 },
            field: String::new(),
            message: "the file is incomplete".into(),
            accepted: "a service file".into(),
        };
        Problems::none_of(self.problems)?;
        read.ok_or_else(|| Problems::from(incomplete()))
    }

    /// Whether values may still be templates.
    pub(super) fn is_before_build(&self) -> bool {
        self.inputs.is_none()
    }

    /// Notes a problem at a value.
    pub(super) fn refuse(&mut self, field: &Field<'_>, message: impl Into<String>, accepted: impl Into<String>) {
        self.note(field.node.at, field.path.clone(), message.into(), accepted.into());
    }

    fn note(&mut self, at: Position, field: String, message: String, accepted: String) {
        self.problems.push(Problem { file: self.file.to_owned(), at, field, message, accepted });
    }

    fn wrong_kind(&mut self, field: &Field<'_>, accepted: &str) {
        self.refuse(field, format!("{} stands here", field.node.kind()), accepted);
    }

    /// A map; a field outside `known` is a problem.
    pub(super) fn map<'n>(&mut self, field: &Field<'n>, known: &[&str]) -> Option<Map<'n>> {
        self.map_beside(field, known, &[])
    }

    /// A map; a field outside `known` is a problem, worded differently for those that `others` of its kind have.
    pub(super) fn map_beside<'n>(&mut self, field: &Field<'n>, known: &[&str], others: &[&str]) -> Option<Map<'n>> {
        let map = self.any_map(field, &format!("a map with {}", known.join(", ")))?;
        for entry in map.entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let message = match fields::nearest(&entry.key, known) {
                _ if others.contains(&entry.key.as_str()) => "field of another type".to_owned(),
                Some(near) => format!("unknown field; did you mean `{near}`?"),
                None => "unknown field".to_owned(),
            };
            self.note(entry.key_at, map.path_of(&shown(&entry.key)), message, known.join(", "));
        }
        Some(map)
    }

    fn any_map<'n>(&mut self, field: &Field<'n>, accepted: &str) -> Option<Map<'n>> {
        match &field.node.content {
            Content::Map(entries) => Some(Map { at: field.node.at, path: field.path.clone(), entries }),
            _ => {
                self.wrong_kind(field, accepted);
                None
            }
        }
    }

    /// The value of a field that must be there.
    pub(super) fn required<'n>(&mut self, map: &Map<'n>, key: &str, accepted: &str) -> Option<Field<'n>> {
        let found = map.get(key);
        if found.is_none() {
            self.note(map.at, map.path_of(key), "required field is missing".into(), accepted.to_owned());
        }
        found
    }

    /// The elements of a list.
    pub(super) fn list<'n>(&mut self, field: &Field<'n>, accepted: &str) -> Option<Vec<Field<'n>>> {
        let Content::List(items) = &field.node.content else {
            self.wrong_kind(field, accepted);
            return None;
        };
        let element = |(at, node)| Field { node, path: format!("{}[{at}]", field.path) };
        Some(items.iter().enumerate().map(element).collect())
    }

    /// A text that keeps the rule once its templates are filled in.
    pub(super) fn text(&mut self, field: &Field<'_>, rule: &Rule) -> Option<String> {
        let Some(text) = field.node.as_text() else {
            let quotes = if is_scalar(field.node) { "; quotes make it a text" } else { "" };
            self.refuse(field, format!("{} stands here{quotes}", field.node.kind()), rule.accepted);
            return None;
        };
        match templates::render(text, self.inputs) {
            Ok(Rendered::Later) => Some(text.to_owned()),
            Ok(Rendered::Known(text)) => match (rule.check)(&text) {
                Ok(()) => Some(text),
                Err(message) => {
                    self.refuse(field, message, rule.accepted);
                    None
                }
            },
            Err(message) => {
                self.refuse(field, message, templates::ACCEPTED);
                None
            }
        }
    }

    /// A text that must be there.
    pub(super) fn required_text(&mut self, map: &Map<'_>, key: &str, rule: &Rule) -> Option<String> {
        let field = self.required(map, key, rule.accepted)?;
        self.text(&field, rule)
    }

    /// Texts by key, in the order of the file.
    pub(super) fn texts(&mut self, field: &Field<'_>, key_rule: &Rule, rule: &Rule) -> Option<Vec<(String, String)>> {
        let map = self.any_map(field, "a map of texts")?;
        let mut texts = Vec::new();
        for entry in map.entries {
            if let Err(message) = (key_rule.check)(&entry.key) {
                self.note(entry.key_at, map.path_of(&shown(&entry.key)), message, key_rule.accepted.to_owned());
            }
            let value = Field { node: &entry.value, path: map.path_of(&shown(&entry.key)) };
            texts.extend(self.text(&value, rule).map(|text| (entry.key.clone(), text)));
        }
        Some(texts)
    }

    /// A whole number of the range, or `default` when the field is absent.
    pub(super) fn whole(&mut self, map: &Map<'_>, key: &str, range: RangeInclusive<u64>, default: u64) -> u64 {
        let Some(field) = map.get(key) else { return default };
        let number = match &field.node.content {
            Content::Number(number) => number.as_u64().filter(|number| range.contains(number)),
            _ => None,
        };
        if number.is_none() {
            let found = match &field.node.content {
                Content::Number(number) => format!("{number} is not accepted"),
                _ => format!("{} stands here", field.node.kind()),
            };
            self.refuse(&field, found, format!("a whole number from {} to {}", range.start(), range.end()));
        }
        number.unwrap_or(default)
    }

    /// One of the words, or the first of them when the field is absent.
    pub(super) fn choice(&mut self, map: &Map<'_>, key: &str, words: &'static [&'static str]) -> &'static str {
        let first = words.first().copied().unwrap_or_default();
        map.get(key).map_or(first, |field| self.word(&field, words).unwrap_or(first))
    }

    /// One of the words.
    pub(super) fn word(&mut self, field: &Field<'_>, words: &'static [&'static str]) -> Option<&'static str> {
        let text = field.node.as_text();
        let word = words.iter().copied().find(|word| Some(*word) == text);
        if word.is_none() {
            let found = text.map_or_else(|| field.node.kind().to_owned(), |text| format!("`{}`", shown(text)));
            self.refuse(field, format!("{found} is not accepted"), words.join(", "));
        }
        word
    }

    /// A flag.
    pub(super) fn flag(&mut self, field: &Field<'_>) -> Option<bool> {
        match field.node.content {
            Content::Bool(flag) => Some(flag),
            _ => {
                self.wrong_kind(field, "true or false");
                None
            }
        }
    }
}

fn is_scalar(node: &Node) -> bool {
    !matches!(node.content, Content::List(_) | Content::Map(_))
}

/// A text as messages show it: cut to 60 characters.
pub(super) fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(60).collect();
    if chars.next().is_some() { format!("{head}…") } else { head }
}
