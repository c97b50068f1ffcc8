//! What one version changes against another, object by object.
//!
//! Compared are the objects that the files hold, not what kustomize would make of them: no patch is applied and no
//! generator run. A kustomization or a patch is compared as the document that it is.
//!
//! An object is the same one in both versions when group, kind, namespace and name are the same, whatever file holds
//! it. The text is that of [`yaml::to_text`](crate::yaml::to_text), so neither the order of keys nor comments nor the
//! style of quoting count as changes.
//!
//! What Secrets hold is never shown, not even as a digest, by which a guess could be checked: a value stands as
//! `(hidden)`, and as `(hidden, changed)` where it differs from the one before. The same goes for the literals of a
//! `secretGenerator` and for texts in which the manifest of a Secret stands, such as patches.
//!
//! ```
//! use dploy_core::releases::diff::{Change, ObjectSet, diff};
//!
//! let read = |replicas| {
//!     let text = format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{replicas: {replicas}}}\n");
//!     ObjectSet::read([("web.yaml", text)]).unwrap()
//! };
//! let changes = diff(&read(1), &read(2));
//! assert_eq!((changes[0].change, changes[0].name.as_str()), (Change::Changed, "web"));
//! assert!(changes[0].text.ends_with(" spec:\n-  replicas: 1\n+  replicas: 2\n"));
//! ```

mod hidden;
mod object_set;
#[cfg(test)]
mod tests;
mod text;

pub use object_set::{ObjectSet, ReadError};

use object_set::{Identity, Object};
use text::Budget;

/// How an object differs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// Only the new version has it.
    Added,
    /// Only the old version has it.
    Removed,
    /// Both have it, and it is not the same.
    Changed,
}

/// An object that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectChange {
    /// Its `apiVersion`, of the new version where it has one; empty when the document names none.
    pub api_version: String,
    /// Its kind; empty when the document names none.
    pub kind: String,
    /// Its namespace, where the manifest names one.
    pub namespace: Option<String>,
    /// Its name; the path of the file when the document has none, as kustomizations do.
    pub name: String,
    /// How it differs.
    pub change: Change,
    /// The lines that differ, as hunks of the unified format with three lines around them, at most 64 KiB.
    ///
    /// What is left out is said in a last line that begins with `\`, and longer lines are cut at 1,000 characters. All
    /// texts of one comparison are at most 4 MiB; those beyond are left out.
    pub text: String,
}

/// What `new` changes against `old`, by namespace, kind and name.
///
/// Two sets with the same objects have no changes.
#[must_use]
pub fn diff(old: &ObjectSet, new: &ObjectSet) -> Vec<ObjectChange> {
    let mut budget = Budget::default();
    let change = |(identity, before, after): (&Identity, Option<&Object>, Option<&Object>)| {
        let change = match (before, after) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            (Some(before), Some(after)) if before.value == after.value => return None,
            _ => Change::Changed,
        };
        let shown = after.or(before)?;
        let text = budget.compare(before.map(|object| &object.value), after.map(|object| &object.value));
        Some(ObjectChange {
            api_version: shown.api_version.clone(),
            kind: identity.kind.clone(),
            namespace: Some(identity.namespace.clone()).filter(|namespace| !namespace.is_empty()),
            name: identity.name.clone(),
            change,
            text,
        })
    };
    old.pairs(new).into_iter().filter_map(change).collect()
}
