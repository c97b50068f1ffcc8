//! The `kustomization.yaml` files beside and above an application's manifests.
//!
//! An application's own one is written whole, unless its archive brings one. The list of a target's applications belongs to
//! people: it is edited by one line, and the edit is believed only when the parsed result is the old one with one entry
//! more, or without that one.

mod edit;
mod list;
#[cfg(test)]
mod tests;

use crate::yaml::{Content, Limits, documents};

pub use list::{Registrar, Registration, Uneditable, register, strike};

/// The names that kustomize takes for a kustomization, the one that is written first.
pub const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

const HEAD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

/// The `kustomization.yaml` of an application whose archive brings none, listing these files and folders.
#[must_use]
pub fn app_kustomization(resources: &[String]) -> String {
    // `./` keeps kustomize from taking a folder for the address of a repository.
    let entry = |resource: &String| match is_yaml(resource) {
        true => scalar(resource),
        false => scalar(&format!("./{resource}")),
    };
    let lines: String = resources.iter().map(|resource| format!("- {}\n", entry(resource))).collect();
    match lines.as_str() {
        "" => format!("{HEAD}resources: []\n"),
        lines => format!("{HEAD}resources:\n{lines}"),
    }
}

/// Whether an entry of the folder of applications is one that a list would have to name: a folder, or a YAML file.
#[must_use]
pub fn is_applied(name: &str, is_folder: bool) -> bool {
    is_folder || is_yaml(name)
}

fn is_yaml(name: &str) -> bool {
    [".yaml", ".yml"].iter().any(|end| name.ends_with(end))
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
