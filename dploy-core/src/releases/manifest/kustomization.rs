//! Kustomizations: the files and folders that they name.

use crate::{
    releases::application::ObjectRules,
    yaml::{Content, Node},
};

use super::{
    object::allowed,
    problem::{Findings, shown},
};

/// The names that kustomize looks for in a folder.
pub(super) const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What a kustomization does with what it names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Use {
    /// It becomes the content of a ConfigMap or Secret, or is not for objects at all: anything.
    Data,
    /// It changes or describes objects: YAML of any shape.
    Fragment,
    /// It holds objects, or is a folder with a kustomization.
    Resource,
}

/// A file or folder that a kustomization names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Reference {
    /// As it stands there.
    pub(super) name: String,
    /// What for.
    pub(super) used: Use,
    /// Whether it has to be a folder (`Some(true)`) or a file (`Some(false)`).
    pub(super) folder: Option<bool>,
    /// The field that names it.
    pub(super) field: &'static str,
    /// On which line.
    pub(super) line: usize,
}

/// How a field names files.
enum Shape {
    /// A list of names.
    Names,
    /// A list of names or of YAML in place.
    NamesOrYaml,
    /// A list of `name` or `key=name`.
    Keyed,
    /// One name.
    Name,
}

/// Fields at the top of a kustomization.
const FIELDS: [(&str, Shape, Use, Option<bool>); 10] = [
    ("resources", Shape::Names, Use::Resource, None),
    ("bases", Shape::Names, Use::Resource, Some(true)),
    ("components", Shape::Names, Use::Resource, Some(true)),
    ("patchesStrategicMerge", Shape::NamesOrYaml, Use::Fragment, Some(false)),
    ("transformers", Shape::NamesOrYaml, Use::Fragment, None),
    ("generators", Shape::NamesOrYaml, Use::Fragment, None),
    ("validators", Shape::NamesOrYaml, Use::Fragment, None),
    ("configurations", Shape::Names, Use::Fragment, Some(false)),
    ("crds", Shape::Names, Use::Fragment, Some(false)),
    ("crdPaths", Shape::Names, Use::Fragment, Some(false)),
];

/// Fields of the maps that a list at the top holds.
const NESTED: [(&str, &str, Shape, Use); 12] = [
    ("patches", "path", Shape::Name, Use::Fragment),
    ("patchesJson6902", "path", Shape::Name, Use::Fragment),
    ("replacements", "path", Shape::Name, Use::Fragment),
    ("configMapGenerator", "files", Shape::Keyed, Use::Data),
    ("configMapGenerator", "envs", Shape::Names, Use::Data),
    ("configMapGenerator", "env", Shape::Name, Use::Data),
    ("secretGenerator", "files", Shape::Keyed, Use::Data),
    ("secretGenerator", "envs", Shape::Names, Use::Data),
    ("secretGenerator", "env", Shape::Name, Use::Data),
    ("helmCharts", "valuesFile", Shape::Name, Use::Fragment),
    ("helmCharts", "additionalValuesFiles", Shape::Names, Use::Fragment),
    ("helmChartInflationGenerator", "values", Shape::Name, Use::Fragment),
];

/// Reads a kustomization. What it names is looked up when all files are known.
pub(super) fn references(node: &Node, rules: &ObjectRules, findings: &mut Findings) -> Vec<Reference> {
    let line = node.at.line;
    if !matches!(node.content, Content::Map(_)) {
        findings.add(line, format!("the kustomization is {}; a map with resources is accepted", node.kind()));
        return Vec::new();
    }
    check_type(node, findings);
    let mut reader = Reader { found: Vec::new(), findings };
    for (field, shape, used, folder) in FIELDS {
        reader.field(node, field, field, &shape, used, folder);
    }
    for (list, field, shape, used) in NESTED {
        for item in node.get(list).map(Node::items).unwrap_or_default() {
            reader.field(item, field, list, &shape, used, Some(false));
        }
    }
    if let Some(openapi) = node.get("openapi") {
        reader.field(openapi, "path", "openapi", &Shape::Name, Use::Fragment, Some(false));
    }
    let found = reader.found;
    for chart in node.get("helmCharts").map(Node::items).unwrap_or_default() {
        if let Some(repo) = chart.get("repo") {
            findings.add(repo.at.line, "helmCharts names a remote repository; charts inside the archive are accepted");
        }
    }
    check_rules(node, rules, findings);
    found
}

/// A file of that name which is something else, as Flux's objects of that kind, would stop kustomize.
fn check_type(node: &Node, findings: &mut Findings) {
    let text = |field: &str| node.get(field).and_then(Node::as_text);
    let api = text("apiVersion").is_none_or(|api| api.starts_with("kustomize.config.k8s.io/"));
    let kind = text("kind").is_none_or(|kind| matches!(kind, "Kustomization" | "Component"));
    if !api || !kind {
        let accepted = "kind Kustomization or Component of kustomize.config.k8s.io is accepted under this name";
        findings.add(node.at.line, format!("the file is no kustomization; {accepted}"));
    }
}

/// What the kustomization itself adds to the objects must be allowed as well.
fn check_rules(node: &Node, rules: &ObjectRules, findings: &mut Findings) {
    let namespace = node.get("namespace");
    if let Some((namespace, text)) = namespace.and_then(|namespace| Some((namespace, namespace.as_text()?))) {
        allowed(rules.namespaces.as_ref(), "namespace", text, namespace.at.line, findings);
    }
    for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        for item in node.get(field).map(Node::items).unwrap_or_default() {
            allowed(rules.kinds.as_ref(), "kind", kind, item.at.line, findings);
            if let Some(namespace) = item.get("namespace").and_then(Node::as_text) {
                allowed(rules.namespaces.as_ref(), "namespace", namespace, item.at.line, findings);
            }
        }
    }
}

struct Reader<'f> {
    found: Vec<Reference>,
    findings: &'f mut Findings,
}

impl Reader<'_> {
    fn field(&mut self, node: &Node, field: &str, told: &'static str, shape: &Shape, used: Use, folder: Option<bool>) {
        let Some(value) = node.get(field).filter(|value| value.content != Content::Null) else { return };
        let names = match (shape, &value.content) {
            (Shape::Name, _) => std::slice::from_ref(value),
            (_, Content::List(items)) => items,
            _ => return self.findings.add(value.at.line, format!("{told} is {}; a list is accepted", value.kind())),
        };
        for name in names {
            let line = name.at.line;
            let Some(text) = name.as_text() else {
                self.findings.add(line, format!("{told} names {}; the path of a file is accepted", name.kind()));
                continue;
            };
            if matches!(shape, Shape::NamesOrYaml) && is_yaml(text) {
                continue;
            }
            let text = match shape {
                Shape::Keyed => text.split_once('=').map_or(text, |(_, name)| name),
                _ => text,
            };
            if text.len() > 1_024 {
                self.findings.add(line, format!("{told} names `{}`, which is no path", shown(text)));
                continue;
            }
            self.found.push(Reference { name: text.to_owned(), used, folder, field: told, line });
        }
    }
}

/// Whether an entry is YAML in place, which no path of an archive can look like.
fn is_yaml(text: &str) -> bool {
    text.contains('\n') || text.contains(": ") || text.trim_start().starts_with('{')
}
