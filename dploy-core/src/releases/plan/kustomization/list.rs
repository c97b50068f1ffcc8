use crate::{
    releases::name::AppName,
    yaml::{Content, Entry, Limits, Node, Position, documents},
};

use super::{HEAD, edit, scalar};

/// What becomes of the list of a target's applications.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Registration {
    /// Nothing: it names the application already, or there is no list and none may be begun.
    Unchanged,
    /// It is written with this text.
    Write(String),
}

/// The list of a target's applications cannot be edited without changing more than one entry.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the list of applications {0}; add the entry by hand, or write its `resources` one to a line")]
pub struct Uneditable(pub(super) String);

/// Names `app` in the list of a target's applications, whose text is `list`.
///
/// Without a list, one is begun only where the folder has no `others`: a list that names one application has Flux prune
/// all others.
///
/// # Errors
/// [`Uneditable`] where the list is no YAML map, or the edited one would not be the old one with one entry more.
pub fn register(list: Option<&str>, others_present: bool, app: &AppName) -> Result<Registration, Uneditable> {
    let entry = scalar(app.as_str());
    let Some(text) = list else {
        let begun = || Registration::Write(format!("{HEAD}resources:\n- {entry}\n"));
        return Ok(if others_present { Registration::Unchanged } else { begun() });
    };
    let root = read(text)?;
    if names(&root, app) {
        return Ok(Registration::Unchanged);
    }
    let edited = edit::with_entry(text, &root, &entry).ok_or_else(|| unsure("is written in an unusual way"))?;
    let result = read(&edited).map_err(|_| unsure("would no longer be YAML"))?;
    if !adds_only(&root, &result, app) {
        return Err(unsure("would change in more than one entry"));
    }
    Ok(Registration::Write(edited))
}

fn unsure(problem: &str) -> Uneditable {
    Uneditable(problem.to_owned())
}

/// The map that a list is; a list of comments only is an empty one.
fn read(text: &str) -> Result<Node, Uneditable> {
    let limits = Limits { documents: 2, ..Limits::default() };
    let nodes: Result<Vec<Node>, _> = documents(text.as_bytes(), &limits).collect();
    let nodes = nodes.map_err(|error| Uneditable(format!("is not YAML ({error})")))?;
    let empty = Node { at: Position { line: 1, column: 1 }, content: Content::Map(Vec::new()) };
    match <[Node; 1]>::try_from(nodes) {
        Ok([node]) if matches!(node.content, Content::Map(_)) => Ok(node),
        Ok([node]) if matches!(node.content, Content::Null) => Ok(empty),
        Ok([node]) => Err(Uneditable(format!("is {} instead of a map", node.kind()))),
        Err(nodes) if nodes.is_empty() => Ok(empty),
        Err(_) => Err(unsure("has several documents")),
    }
}

/// Whether it names the application, however it spells the path.
fn names(root: &Node, app: &AppName) -> bool {
    let lists = ["resources", "bases", "components"].iter().filter_map(|key| root.get(key));
    lists.flat_map(Node::items).filter_map(Node::as_text).any(|entry| {
        let mut parts = entry.split('/').filter(|part| !matches!(*part, "" | "."));
        !entry.starts_with('/') && parts.next() == Some(app.as_str()) && parts.next().is_none()
    })
}

/// Whether `new` is `old` with the application as one more of its resources.
fn adds_only(old: &Node, new: &Node, app: &AppName) -> bool {
    let (Content::Map(old), Content::Map(new)) = (&old.content, &new.content) else { return false };
    let rest = |entries: &'_ [Entry]| -> Vec<(String, crate::json::Json)> {
        let others = entries.iter().filter(|entry| entry.key != "resources");
        others.map(|entry| (entry.key.clone(), entry.value.to_json())).collect()
    };
    let before = old.iter().find(|entry| entry.key == "resources").map_or(&[][..], |entry| entry.value.items());
    let after = new.iter().find(|entry| entry.key == "resources").map_or(&[][..], |entry| entry.value.items());
    let same = |(a, b): (&Node, &Node)| match (&a.content, &b.content) {
        (Content::Text(a), Content::Text(b)) => a == b,
        _ => a.to_json() == b.to_json(),
    };
    let last = after.split_last().filter(|(last, kept)| {
        last.as_text() == Some(app.as_str()) && kept.len() == before.len() && before.iter().zip(*kept).all(same)
    });
    last.is_some() && rest(old) == rest(new)
}
