//! The manifests of a version: which files are objects, and what is wrong with them.
//!
//! A [`Checker`] takes the files of an archive one by one and keeps none of them. At the end it knows what each file is
//! for, because a kustomization may come behind the files that it names:
//!
//! - `version.yml` or `version.yaml` at the top tells the version; it has to agree with the draft and is never
//!   committed.
//! - `kustomization.yaml`, `kustomization.yml` and `Kustomization` in any folder are committed. Every file and folder
//!   that they name has to be in the archive; nothing remote is accepted.
//! - Files that a kustomization names as patches and the like have to be YAML, those that it makes ConfigMaps or Secrets
//!   of may be anything. They are committed, or the kustomization could not be built.
//! - All other `.yaml` and `.yml` files hold objects, one or more each, and are committed.
//! - Any other file is never committed.

mod checker;
mod expected;
mod folder;
mod kustomization;
mod object;
mod problem;
mod resolve;
#[cfg(test)]
mod tests;

pub use checker::{Checker, Manifests};
pub use object::ObjectRef;
pub use problem::{LISTED_MAX, Problem, Problems};
