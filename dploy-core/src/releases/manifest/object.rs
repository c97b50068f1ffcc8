//! Kubernetes objects: what identifies them, and what every one of them has.

use std::collections::BTreeSet;

use crate::{
    name::{is_label, is_subdomain},
    releases::application::ObjectRules,
    yaml::{Content, Node},
};

use super::problem::{Findings, shown};

/// The longest name that Kubernetes stores, in bytes.
const NAME_MAX: usize = 253;

/// An object of a version.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectRef {
    /// Group and version, such as `apps/v1`.
    pub api_version: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// The namespace, where it names one.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// The file that holds it.
    pub file: String,
    /// The line on which it begins, from 1.
    pub line: usize,
}

/// Reads the object of a document, or the objects of a list, as long as `room` is left.
pub(super) fn objects(
    node: &Node,
    file: &str,
    rules: &ObjectRules,
    room: &mut usize,
    found: &mut Vec<ObjectRef>,
    findings: &mut Findings,
) {
    let line = node.at.line;
    if !matches!(node.content, Content::Map(_)) {
        let accepted = "an object with apiVersion, kind and metadata.name is accepted";
        return findings.add(line, format!("the document is {}; {accepted}", node.kind()));
    }
    let kind = text(node, "kind", line, findings);
    if let Some(items) = kind.and_then(|kind| items(node, kind, findings)) {
        return items.iter().for_each(|item| objects(item, file, rules, room, found, findings));
    }
    let api_version = text(node, "apiVersion", line, findings);
    let (namespace, name) = metadata(node, findings);
    if let Some(api_version) = api_version.filter(|value| !is_api_version(value)) {
        findings.add(
            line,
            format!(
                "apiVersion `{}` is none; v1 or a group and version such as apps/v1 is accepted",
                shown(api_version)
            ),
        );
    }
    if let Some(kind) = kind {
        check_kind(kind, line, rules, findings);
    }
    if let Some(namespace) = namespace {
        allowed(rules.namespaces.as_ref(), "namespace", namespace, line, findings);
    }
    let (Some(api_version), Some(kind), Some(name)) = (api_version, kind, name) else { return };
    let Some(left) = room.checked_sub(1) else { return };
    *room = left;
    found.push(ObjectRef {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
        file: file.to_owned(),
        line,
    });
}

/// The items, when this is a list of objects (`kind: List`, or `ConfigMapList` with items).
fn items<'n>(node: &'n Node, kind: &str, findings: &mut Findings) -> Option<&'n [Node]> {
    let items = node.get("items");
    match items.map(|items| &items.content) {
        Some(Content::List(items)) if kind.ends_with("List") => Some(items),
        _ if kind == "List" => {
            let line = items.unwrap_or(node).at.line;
            findings.add(line, "a List without items; items is a list of objects");
            Some(&[])
        }
        _ => None,
    }
}

/// Namespace and name, where they are there and well-formed.
fn metadata<'n>(node: &'n Node, findings: &mut Findings) -> (Option<&'n str>, Option<&'n str>) {
    let Some(metadata) = node.get("metadata") else {
        findings.add(node.at.line, "metadata is missing; every object has metadata with a name");
        return (None, None);
    };
    let line = metadata.at.line;
    if !matches!(metadata.content, Content::Map(_)) {
        findings.add(line, format!("metadata is {}; a map with a name is accepted", metadata.kind()));
        return (None, None);
    }
    if let Some(generated) = metadata.get("generateName") {
        findings.add(generated.at.line, "generateName would make another object at each deployment; name is accepted");
    }
    let namespace = metadata.get("namespace").filter(|node| node.content != Content::Null);
    let namespace = namespace.and_then(|_| text(metadata, "namespace", line, findings));
    if let Some(namespace) = namespace.filter(|namespace| !is_label(namespace)) {
        findings.add(line, format!("namespace `{}` is none; 1 to 63 of a-z, 0-9 and - are accepted", shown(namespace)));
    }
    if metadata.get("generateName").is_some() && metadata.get("name").is_none() {
        return (namespace, None);
    }
    let name = text(metadata, "name", line, findings);
    if let Some(name) = name.filter(|name| !is_name(name)) {
        let accepted = "1 to 253 characters without /, % and blanks are accepted";
        findings.add(line, format!("name `{}` is none; {accepted}", shown(name)));
        return (namespace, None);
    }
    (namespace, name)
}

/// A field that has to be a text; `line` is told where there is none.
fn text<'n>(node: &'n Node, field: &str, line: usize, findings: &mut Findings) -> Option<&'n str> {
    let Some(value) = node.get(field).filter(|value| value.content != Content::Null) else {
        findings.add(line, format!("{field} is missing; every object has apiVersion, kind and metadata.name"));
        return None;
    };
    let text = value.as_text();
    if text.is_none() {
        findings.add(value.at.line, format!("{field} is {}; a text is accepted (quote it)", value.kind()));
    }
    text
}

/// Checks the kind's syntax and whether the application may have it.
fn check_kind(kind: &str, line: usize, rules: &ObjectRules, findings: &mut Findings) {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let valid = kind.len() <= 63 && kind.starts_with(|c: char| c.is_ascii_alphabetic()) && kind.chars().all(inner);
    if valid {
        allowed(rules.kinds.as_ref(), "kind", kind, line, findings);
    } else {
        findings
            .add(line, format!("kind `{}` is none; letters and digits such as Deployment are accepted", shown(kind)));
    }
}

/// Checks a kind or namespace against those that the application may have.
pub(super) fn allowed(rule: Option<&BTreeSet<String>>, what: &str, value: &str, line: usize, findings: &mut Findings) {
    if let Some(rule) = rule.filter(|rule| !rule.contains(value)) {
        let mut accepted: Vec<&str> = rule.iter().map(String::as_str).take(20).collect();
        if rule.len() > accepted.len() {
            accepted.push("…");
        }
        let accepted = if accepted.is_empty() { "none".to_owned() } else { accepted.join(", ") };
        findings.add(line, format!("{what} `{}` is not for this application; accepted: {accepted}", shown(value)));
    }
}

fn is_api_version(text: &str) -> bool {
    match text.split_once('/') {
        Some((group, version)) => is_subdomain(group) && is_label(version),
        None => is_label(text),
    }
}

/// What Kubernetes takes as a segment of a path; most kinds accept less.
fn is_name(text: &str) -> bool {
    let refused = |c: char| c == '/' || c == '%' || c.is_whitespace() || c.is_control();
    !text.is_empty() && text.len() <= NAME_MAX && !matches!(text, "." | "..") && !text.contains(refused)
}
