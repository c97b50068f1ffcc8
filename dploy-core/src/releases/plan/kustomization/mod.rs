//! The `kustomization.yaml` files beside and above an application's manifests.
//!
//! An application's own one is written whole, unless its archive brings one. The list of a target's applications belongs to
//! people: it is edited by one line, and the edit is believed only when the parsed result is the old one with one entry
//! more.

mod edit;
mod list;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::{
    releases::file::FilePath,
    yaml::{Content, Limits, documents},
};

pub use list::{Registration, Uneditable, register};

/// The names that kustomize takes for a kustomization, the one that is written first.
pub const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

const HEAD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

/// The `kustomization.yaml` of an application whose archive has these files; `None` when it brings one at its root.
///
/// It lists every YAML file in order. A folder with a kustomization of its own stands for all that is in it, as in the
/// lists that Flux generates.
#[must_use]
pub fn app_kustomization(files: &[FilePath]) -> Option<String> {
    let folders: BTreeSet<&str> = files.iter().filter(|file| NAMES.contains(&file.name())).map(folder).collect();
    if folders.contains("") {
        return None;
    }
    let resources: BTreeSet<String> = files.iter().filter_map(|file| resource(file, &folders)).collect();
    let lines: String = resources.iter().map(|resource| format!("- {}\n", scalar(resource))).collect();
    Some(match lines.as_str() {
        "" => format!("{HEAD}resources: []\n"),
        lines => format!("{HEAD}resources:\n{lines}"),
    })
}

/// Whether an entry of the folder of applications is one that a list would have to name: a folder, or a YAML file.
#[must_use]
pub fn is_applied(name: &str, is_folder: bool) -> bool {
    is_folder || is_yaml(name)
}

fn is_yaml(name: &str) -> bool {
    [".yaml", ".yml"].iter().any(|end| name.ends_with(end))
}

/// The folder of a file; empty at the root.
fn folder(file: &FilePath) -> &str {
    file.as_str().rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What lists a file: the outermost folder around it that has a kustomization, or the file itself.
fn resource(file: &FilePath, folders: &BTreeSet<&str>) -> Option<String> {
    let text = file.as_str();
    let ends = text.match_indices('/').map(|(end, _)| end);
    // `./` keeps kustomize from taking a folder for the address of a repository.
    let mut around = ends.filter_map(|end| text.get(..end)).filter(|folder| folders.contains(folder));
    match around.next() {
        Some(folder) => Some(format!("./{folder}")),
        None => is_yaml(text).then(|| text.to_owned()),
    }
}

/// A text as a scalar of one line that no reader takes for anything else.
fn scalar(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.');
    if begins && text.len() > 1 && text.chars().all(safe) && is_text(text) {
        return text.to_owned();
    }
    let quoted = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        ' '..='~' => c.to_string(),
        c => format!("\\U{:08X}", u32::from(c)),
    });
    format!("\"{}\"", quoted.collect::<String>())
}

fn is_text(text: &str) -> bool {
    let read = documents(text.as_bytes(), &Limits::default()).next();
    matches!(read, Some(Ok(node)) if matches!(&node.content, Content::Text(read) if read == text))
}
