//! The objects of a version's files.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    error::{Classify, ErrorKind},
    yaml::{self, Limits, YamlError},
};

/// How deep lists of objects may hold lists of objects.
const LISTS_MAX: usize = 8;

/// All objects of a version, each under what identifies it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ObjectSet(BTreeMap<Identity, Object>);

/// A file is no YAML.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{path} cannot be read")]
#[non_exhaustive]
pub struct ReadError {
    /// The path of the file.
    pub path: String,
    /// What is wrong, and where.
    #[source]
    pub source: YamlError,
}

impl Classify for ReadError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        "invalid_manifest"
    }
}

/// What makes an object the same one in two versions; its order is that of the changes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Identity {
    pub(super) namespace: String,
    pub(super) kind: String,
    pub(super) name: String,
    group: String,
    /// How many with the same names stand before it: a patch names the object that it changes.
    occurrence: usize,
}

/// An object as its file has it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Object {
    pub(super) api_version: String,
    pub(super) value: Value,
}

impl ObjectSet {
    /// Reads the objects of files, given by path and content; `List`s are taken apart.
    ///
    /// Read are `*.yaml`, `*.yml`, `*.json` and `Kustomization`, and of these not the `version.yml` at the root, which
    /// describes a version and is no part of it. A document that is no object is kept under its file's path.
    ///
    /// # Errors
    /// [`ReadError`] of the first file, by path, that is no YAML or passes the [`Limits`] of the reader.
    pub fn read<P: AsRef<str>, B: AsRef<[u8]>>(files: impl IntoIterator<Item = (P, B)>) -> Result<Self, ReadError> {
        let mut files: Vec<(P, B)> = files.into_iter().filter(|(path, _)| is_manifest(path.as_ref())).collect();
        files.sort_by(|(a, _), (b, _)| a.as_ref().cmp(b.as_ref()));
        let mut reading = Reading::default();
        for (path, bytes) in &files {
            for document in yaml::documents(bytes.as_ref(), &Limits::default()) {
                let document = document.map_err(|source| ReadError { path: path.as_ref().to_owned(), source })?;
                reading.insert(path.as_ref(), document.to_json().into_value(), LISTS_MAX);
            }
        }
        Ok(Self(reading.objects))
    }

    /// Every identity of both sets with what each has under it, in order.
    pub(super) fn pairs<'s>(&'s self, new: &'s Self) -> Vec<(&'s Identity, Option<&'s Object>, Option<&'s Object>)> {
        let mut pairs: BTreeMap<_, _> = self.0.iter().map(|(key, object)| (key, (Some(object), None))).collect();
        for (key, object) in &new.0 {
            pairs.entry(key).or_insert((None, None)).1 = Some(object);
        }
        pairs.into_iter().map(|(key, (before, after))| (key, before, after)).collect()
    }
}

/// The objects read so far.
#[derive(Default)]
struct Reading {
    objects: BTreeMap<Identity, Object>,
    /// How many there are of each identity, apart from their occurrence.
    counts: BTreeMap<Identity, usize>,
}

impl Reading {
    fn insert(&mut self, path: &str, mut value: Value, lists: usize) {
        if value.is_null() {
            return;
        }
        if let Some(items) = Some(&mut value).filter(|_| lists > 0).and_then(items) {
            items.into_iter().for_each(|item| self.insert(path, item, lists - 1));
            return;
        }
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (api_version, name) = (text("/apiVersion"), text("/metadata/name"));
        let identity = Identity {
            namespace: text("/metadata/namespace"),
            kind: text("/kind"),
            name: if name.is_empty() { path.to_owned() } else { name },
            group: api_version.split_once('/').map_or_else(String::new, |(group, _)| group.to_owned()),
            occurrence: 0,
        };
        let count = self.counts.entry(identity.clone()).or_default();
        let identity = Identity { occurrence: *count, ..identity };
        *count += 1;
        self.objects.insert(identity, Object { api_version, value });
    }
}

fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let known = [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
    (known || name == "Kustomization") && path != "version.yml"
}

/// The items of a list of objects, taken out of it.
fn items(value: &mut Value) -> Option<Vec<Value>> {
    let map = value.as_object_mut()?;
    map.get("kind")?.as_str().filter(|kind| kind.ends_with("List"))?;
    let items = map.get_mut("items")?.as_array_mut()?;
    items.iter().all(|item| item.get("kind").is_some()).then(|| std::mem::take(items))
}
