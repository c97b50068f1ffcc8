use crate::{
    releases::name::AppName,
    yaml::{Content, Entry, Limits, Node, Position, documents},
};

use super::{HEAD, edit, scalar};

/// What becomes of the list of a target's applications.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Registration {
    /// Nothing: it is as it is to be already, or there is no list and none may be begun.
    Unchanged,
    /// It is written with this text.
    Write(String),
}

/// The list of a target's applications cannot be edited without changing more than one entry.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the list of applications {0}; change the entry by hand, or write its `resources` one to a line")]
pub struct Uneditable(pub(super) String);

/// Names `app` in the list of a target's applications, whose text is `list`.
///
/// Without a list, one is begun only where the folder has no `others`: a list that names one application has Flux prune
/// all others.
///
/// # Errors
/// [`Uneditable`] where the list is no YAML map, or the edited one would not be the old one with one entry more.
pub fn register(list: Option<&str>, others_present: bool, app: &AppName) -> Result<Registration, Uneditable> {
    let Some(text) = list else {
        let begun = || Registration::Write(format!("{HEAD}resources:\n- {}\n", scalar(app.as_str())));
        return Ok(if others_present { Registration::Unchanged } else { begun() });
    };
    Ok(with_entry(text, app)?.map_or(Registration::Unchanged, |(edited, _)| Registration::Write(edited)))
}

/// The list with the application named in it, as text and as it reads; `None` where it is named already.
fn with_entry(text: &str, app: &AppName) -> Result<Option<(String, Node)>, Uneditable> {
    let root = read(text)?;
    if names(&root, app) {
        return Ok(None);
    }
    let entry = scalar(app.as_str());
    let edited = edit::with_entry(text, &root, &entry).ok_or_else(|| unsure("is written in an unusual way"))?;
    let result = read(&edited).map_err(|_| unsure("would no longer be YAML"))?;
    match adds_only(&root, &result, std::slice::from_ref(app)) {
        true => Ok(Some((edited, result))),
        false => Err(unsure("would change in more than one entry")),
    }
}

/// Takes `app` out of the list of a target's applications.
///
/// # Errors
/// [`Uneditable`] where the list is no YAML map, names the application elsewhere than among its resources, or would not be
/// the old one without that entry.
pub fn strike(list: Option<&str>, app: &AppName) -> Result<Registration, Uneditable> {
    let Some(text) = list else { return Ok(Registration::Unchanged) };
    let (mut text, mut root) = (text.to_owned(), read(text)?);
    let mut struck = Registration::Unchanged;
    while names(&root, app) {
        let at = resources(&root).iter().position(|item| item.as_text().and_then(name_of) == Some(app.as_str()));
        let at = at.ok_or_else(|| unsure("names the application elsewhere than in `resources`"))?;
        let edited = edit::without_entry(&text, &root, at).ok_or_else(|| unsure("is written in an unusual way"))?;
        let result = read(&edited).map_err(|_| unsure("would no longer be YAML"))?;
        if !lacks_only(&root, &result, at) {
            return Err(unsure("would change in more than one entry"));
        }
        struck = Registration::Write(edited.clone());
        (text, root) = (edited, result);
    }
    Ok(struck)
}

/// Names several applications one after another, as [`register`] does each.
///
/// A list that it wrote itself, now or at an earlier time, is read only once, by [`Registrar::check`]: entries after the
/// first take the way of the first one, just behind it.
#[derive(Debug, Default)]
pub struct Registrar(Option<Edited>);

/// A list with an entry that was verified, and entries behind that which were not yet.
#[derive(Debug)]
struct Edited {
    text: String,
    /// What stands before an entry and behind it.
    around: [String; 2],
    /// Where the next one goes.
    at: usize,
    /// The list without the entries that follow.
    verified: Node,
    unverified: Vec<AppName>,
}

impl Registrar {
    /// As [`register`].
    ///
    /// # Errors
    /// As [`register`].
    pub fn register(
        &mut self,
        list: Option<&str>,
        others_present: bool,
        app: &AppName,
    ) -> Result<Registration, Uneditable> {
        if let Some(edited) = self.0.as_mut().filter(|edited| list == Some(&edited.text)) {
            return Ok(edited.register(app));
        }
        self.check()?;
        let Some(list) = list else { return register(list, others_present, app) };
        let Some((text, verified)) = with_entry(list, app)? else { return Ok(Registration::Unchanged) };
        self.0 = Edited::new(list, &text, app, verified);
        Ok(Registration::Write(text))
    }

    /// Whether all lists that were written are what they were to be; to be called before they are used.
    ///
    /// # Errors
    /// [`Uneditable`] where one would change in more than its entries; nothing is remembered of it.
    pub fn check(&mut self) -> Result<(), Uneditable> {
        let Some(mut edited) = self.0.take() else { return Ok(()) };
        if !edited.unverified.is_empty() {
            let result = read(&edited.text).map_err(|_| unsure("would no longer be YAML"))?;
            if !adds_only(&edited.verified, &result, &edited.unverified) {
                return Err(unsure("would change in more than its entries"));
            }
            edited.verified = result;
            edited.unverified.clear();
        }
        self.0 = Some(edited);
        Ok(())
    }
}

impl Edited {
    /// The list as it is after its first edit; `None` where no further one can be derived from that.
    fn new(old: &str, new: &str, app: &AppName, verified: Node) -> Option<Self> {
        let begin = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
        let end = begin + new.len().checked_sub(old.len())?;
        let entry = scalar(app.as_str());
        let (before, behind) = new.get(begin..end)?.split_once(entry.as_str())?;
        let follows = before.contains(['-', ',']) && before.chars().all(|c| "-, \t\r\n".contains(c));
        (follows && old.get(begin..) == new.get(end..)).then(|| Self {
            text: new.to_owned(),
            around: [before.to_owned(), behind.to_owned()],
            at: end,
            verified,
            unverified: Vec::new(),
        })
    }

    fn register(&mut self, app: &AppName) -> Registration {
        if self.unverified.contains(app) || names(&self.verified, app) {
            return Registration::Unchanged;
        }
        self.unverified.push(app.clone());
        let [before, behind] = &self.around;
        let inserted = format!("{before}{}{behind}", scalar(app.as_str()));
        self.text.insert_str(self.at, &inserted);
        self.at += inserted.len();
        Registration::Write(self.text.clone())
    }
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
    let lists = ["resources", "bases", "components"].into_iter().filter_map(|key| root.get(key));
    lists.flat_map(Node::items).filter_map(Node::as_text).filter_map(name_of).any(|name| name == app.as_str())
}

/// The name that an entry is, if it leads to something beside the list.
fn name_of(entry: &str) -> Option<&str> {
    // So most of thousands are written.
    if !entry.contains('/') {
        return Some(entry).filter(|name| !matches!(*name, "" | "."));
    }
    let mut parts = entry.split('/').filter(|part| !matches!(*part, "" | "."));
    let name = parts.next().filter(|_| !entry.starts_with('/'))?;
    parts.next().is_none().then_some(name)
}

/// Whether `new` is `old` with these applications as further resources.
fn adds_only(old: &Node, new: &Node, apps: &[AppName]) -> bool {
    let (before, after) = (resources(old), resources(new));
    let added = after.split_at_checked(before.len()).filter(|(kept, added)| {
        added.iter().map(Node::as_text).eq(apps.iter().map(|app| Some(app.as_str())))
            && before.iter().zip(*kept).all(same)
    });
    added.is_some() && same_beside(old, new)
}

/// Whether `new` is `old` without the resource at that index.
fn lacks_only(old: &Node, new: &Node, index: usize) -> bool {
    let (before, after) = (resources(old), resources(new));
    let kept = before.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, item)| item);
    before.len() == after.len() + 1 && kept.zip(after).all(same) && same_beside(old, new)
}

fn resources(root: &Node) -> &[Node] {
    root.get("resources").map_or(&[], Node::items)
}

fn same((a, b): (&Node, &Node)) -> bool {
    match (&a.content, &b.content) {
        (Content::Text(a), Content::Text(b)) => a == b,
        _ => a.to_json() == b.to_json(),
    }
}

/// Whether both are maps that hold the same beside their resources.
fn same_beside(old: &Node, new: &Node) -> bool {
    let (Content::Map(old), Content::Map(new)) = (&old.content, &new.content) else { return false };
    let rest = |entries: &'_ [Entry]| -> Vec<(String, crate::json::Json)> {
        let others = entries.iter().filter(|entry| entry.key != "resources");
        others.map(|entry| (entry.key.clone(), entry.value.to_json())).collect()
    };
    rest(old) == rest(new)
}
