use std::collections::BTreeSet;

use crate::{
    environments::{
        isolation::{IsolationLevel, IsolationSpec},
        template::{EngineKind, Template},
    },
    json::Json,
    name::is_label,
    yaml::{Content, Node, Position},
};

use super::{Environment, InvalidFile, chart, ttl, values};

/// The fields of an environment, as messages list them.
const FIELDS: [&str; 10] =
    ["name", "description", "chart", "enabled", "icon", "ttl", "category", "isolation", "valueFiles", "extraValues"];
/// The longest text, in characters.
const TEXT_MAX: usize = 4096;

pub(super) fn invalid(at: Position, field: impl Into<String>, problem: impl Into<String>) -> InvalidFile {
    InvalidFile::Field { at, field: field.into(), problem: problem.into() }
}

pub(super) fn environments(document: &Node) -> Result<Vec<Environment>, InvalidFile> {
    known(document, "the file", &["environments"])?;
    let Some(list) = document.get("environments") else {
        return Err(invalid(document.at, "environments", "is missing; it must be a list of environments"));
    };
    let Content::List(items) = &list.content else {
        return Err(invalid(list.at, "environments", format!("must be a list of environments, not {}", list.kind())));
    };
    let mut names = BTreeSet::new();
    let mut all = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let read = environment(item, &format!("environments[{index}]"))?;
        if !names.insert(read.template.name.clone()) {
            let at = item.get("name").map_or(item.at, |name| name.at);
            let problem = format!("must be given once; \"{}\" stands above already", read.template.name);
            return Err(invalid(at, format!("environments[{index}].name"), problem));
        }
        all.push(read);
    }
    Ok(all)
}

fn environment(node: &Node, place: &str) -> Result<Environment, InvalidFile> {
    known(node, place, &FIELDS)?;
    let fields = Fields { node, place };
    let name = fields.required("name", "the name of the environment")?;
    if !is_label(&name.1) {
        let problem = format!("must be a DNS label (a-z, 0-9 and -, at most 63 characters), not \"{}\"", name.1);
        return Err(invalid(name.0, fields.path("name"), problem));
    }
    let chart = fields.required("chart", "host/org/repo/path@revision")?;
    let chart = chart::parse(&chart.1).map_err(|problem| invalid(chart.0, fields.path("chart"), problem))?;
    let ttl = match node.get("ttl") {
        None => ttl::parse("").unwrap_or_default(),
        Some(given) => ttl::parse(&scalar(given)).map_err(|problem| invalid(given.at, fields.path("ttl"), problem))?,
    };
    let extra_values = match node.get("extraValues") {
        None => Json::object(),
        Some(given) => values::read(given)
            .map_err(|(at, problem)| invalid(at.unwrap_or(given.at), fields.path("extraValues"), problem))?,
    };
    let template = Template {
        description: fields.text("description")?,
        icon: fields.text("icon")?,
        category: fields.text("category")?,
        enabled: fields.boolean("enabled", true)?,
        isolation: IsolationSpec { level: fields.level("isolation")?, ..IsolationSpec::default() },
        value_files: fields.texts("valueFiles")?,
        engine: Some(EngineKind::ArgoCd),
        ttl,
        claims: Some(Vec::new()),
        ..Template::new(name.1, chart)
    };
    Ok(Environment { template, extra_values })
}

/// Refuses what is no map, and keys that mean nothing.
fn known(node: &Node, place: &str, accepted: &[&str]) -> Result<(), InvalidFile> {
    let list = accepted.join(", ");
    let Content::Map(entries) = &node.content else {
        return Err(invalid(node.at, place, format!("must be a map with {list}, not {}", node.kind())));
    };
    match entries.iter().find(|entry| !accepted.contains(&entry.key.as_str())) {
        Some(entry) => {
            Err(invalid(entry.key_at, place, format!("has an unknown field \"{}\"; accepted are {list}", entry.key)))
        }
        None => Ok(()),
    }
}

/// The fields of one environment.
struct Fields<'a> {
    node: &'a Node,
    place: &'a str,
}

impl Fields<'_> {
    fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }

    fn required(&self, name: &str, meaning: &str) -> Result<(Position, String), InvalidFile> {
        match self.node.get(name) {
            None => Err(invalid(self.node.at, self.path(name), format!("is missing; it must be {meaning}"))),
            Some(node) => Ok((node.at, self.text(name)?)),
        }
    }

    fn text(&self, name: &str) -> Result<String, InvalidFile> {
        let Some(node) = self.node.get(name) else { return Ok(String::new()) };
        text(node).map_err(|problem| invalid(node.at, self.path(name), problem))
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, InvalidFile> {
        let Some(node) = self.node.get(name) else { return Ok(Vec::new()) };
        let Content::List(items) = &node.content else {
            return Err(invalid(node.at, self.path(name), format!("must be a list of texts, not {}", node.kind())));
        };
        let item = |(index, item): (usize, &Node)| {
            text(item).map_err(|problem| invalid(item.at, format!("{}[{index}]", self.path(name)), problem))
        };
        items.iter().enumerate().map(item).collect()
    }

    fn level(&self, name: &str) -> Result<Option<IsolationLevel>, InvalidFile> {
        let Some(node) = self.node.get(name) else { return Ok(None) };
        let problem = || {
            let known = IsolationLevel::ALL.map(|(word, _)| word).join(", ");
            let found = node.as_text().map_or_else(|| node.kind().to_owned(), |text| format!("\"{text}\""));
            format!("must be one of {known}, not {found}")
        };
        let level = node.as_text().and_then(IsolationLevel::parse);
        level.map(Some).ok_or_else(|| invalid(node.at, self.path(name), problem()))
    }

    fn boolean(&self, name: &str, default: bool) -> Result<bool, InvalidFile> {
        match self.node.get(name).map(|node| (node, &node.content)) {
            None => Ok(default),
            Some((_, Content::Bool(value))) => Ok(*value),
            Some((node, _)) => {
                Err(invalid(node.at, self.path(name), format!("must be true or false, not {}", node.kind())))
            }
        }
    }
}

fn text(node: &Node) -> Result<String, String> {
    match node.as_text() {
        Some(text) if text.chars().count() <= TEXT_MAX => Ok(text.to_owned()),
        Some(_) => Err(format!("must be at most {TEXT_MAX} characters long")),
        None => Err(format!("must be a text, not {}", node.kind())),
    }
}

/// A text, or a number as it is written; of anything else what it is.
fn scalar(node: &Node) -> String {
    match &node.content {
        Content::Text(text) => text.clone(),
        Content::Number(number) => number.to_string(),
        _ => node.kind().to_owned(),
    }
}
