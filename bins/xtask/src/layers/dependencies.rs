//! The direction of dependencies, from cargo's metadata.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use serde::Deserialize;

use super::Error;
use crate::{process, workspace};

/// What a library crate may use of ours; crates not named here (binaries, examples) may use all libraries.
const OURS: [(&str, &[&str]); 6] = [
    ("dploy-template", &[]),
    ("dploy-core", &["dploy-template"]),
    ("dploy-k8s", &["dploy-core"]),
    ("dploy-storage", &["dploy-core"]),
    ("dploy-auth", &["dploy-core"]),
    ("dploy-servers", &[]),
];

/// The crate of servers for tests: anyone's dev-dependency, and a dependency of the crates named after it only.
const SERVERS: (&str, &[&str]) = ("dploy-servers", &["xtask"]);

/// The crates that know no vendor, whatever they depend on.
const PURE: [&str; 2] = ["dploy-template", "dploy-core"];

/// The starts of crate names that the pure crates must not reach.
const VENDORS: [&str; 10] =
    ["kube", "k8s-openapi", "axum", "sqlx", "git2", "aws-", "reqwest", "hyper", "rustls", "bollard"];

/// The part of `cargo metadata` that tells who depends on whom.
#[derive(Deserialize)]
pub(super) struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    dependencies: Vec<Dependency>,
}

/// A line of a manifest; `kind` is absent for normal dependencies, else `build` or `dev`.
#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

/// `kind` is absent for normal dependencies.
#[derive(Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

impl Metadata {
    /// The names of our crates.
    pub(super) fn members(&self) -> BTreeSet<&str> {
        let ours = self.packages.iter().filter(|package| self.workspace_members.contains(&package.id));
        ours.map(|package| package.name.as_str()).collect()
    }

    /// Everything a crate reaches by normal dependencies, all features on, with the crate that asks for it.
    fn reached(&self, name: &str) -> BTreeMap<&str, &str> {
        let names: BTreeMap<&str, &str> =
            self.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
        let nodes: BTreeMap<&str, &Node> = self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let start = self.packages.iter().find(|package| package.name == name).map(|package| package.id.as_str());
        let mut open: Vec<&str> = start.into_iter().collect();
        let mut reached = BTreeMap::new();
        while let Some(node) = open.pop().and_then(|id| nodes.get(id)) {
            let by = names.get(node.id.as_str()).copied().unwrap_or_default();
            for edge in node.deps.iter().filter(|edge| edge.dep_kinds.iter().any(|kind| kind.kind.is_none())) {
                let name = names.get(edge.pkg.as_str()).copied().unwrap_or_default();
                if reached.insert(name, by).is_none() {
                    open.push(&edge.pkg);
                }
            }
        }
        reached
    }
}

/// Asks cargo, with all features on.
pub(super) fn metadata(root: &Path) -> Result<Metadata, Error> {
    let mut command = Command::new(workspace::cargo());
    command.current_dir(root).args(["metadata", "--format-version=1", "--all-features", "--quiet"]);
    Ok(serde_json::from_str(&process::output(&mut command)?)?)
}

/// Every manifest that names one of ours it must not, and every vendor a pure crate reaches.
pub(super) fn breaches(metadata: &Metadata) -> Vec<String> {
    let members = metadata.members();
    let libraries: BTreeSet<&str> = OURS.iter().map(|(name, _)| *name).collect();
    let mut breaches = BTreeSet::new();
    for package in metadata.packages.iter().filter(|package| metadata.workspace_members.contains(&package.id)) {
        let rule = OURS.iter().find(|(name, _)| *name == package.name).map(|(_, allowed)| *allowed);
        for Dependency { name: dependency, kind } in &package.dependencies {
            let dependency = dependency.as_str();
            // A crate may name itself, to test with a feature of its own.
            if !members.contains(dependency) || dependency == package.name {
                continue;
            }
            if dependency == SERVERS.0 {
                if kind.as_deref() != Some("dev") && !SERVERS.1.contains(&package.name.as_str()) {
                    breaches.insert(format!("{} may depend on {dependency} for its tests only", package.name));
                }
                continue;
            }
            let allowed = rule.is_none_or(|allowed| allowed.contains(&dependency));
            if !allowed || (libraries.contains(package.name.as_str()) && !libraries.contains(dependency)) {
                breaches.insert(format!("{} must not depend on {dependency}", package.name));
            }
        }
    }
    for pure in PURE {
        for (name, by) in metadata.reached(pure) {
            if VENDORS.iter().any(|vendor| name.starts_with(vendor)) {
                breaches.insert(format!("{pure} must not reach {name}, which {by} asks for"));
            }
        }
    }
    breaches.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn workspace(edges: &[(&str, &str)]) -> Metadata {
        let edges: Vec<_> = edges.iter().map(|(from, to)| (*from, *to, None)).collect();
        workspace_of_kinds(&edges)
    }

    /// Edges with the kind of each dependency, as cargo tells it.
    fn workspace_of_kinds(edges: &[(&str, &str, Option<&str>)]) -> Metadata {
        let names: BTreeSet<&str> = edges.iter().flat_map(|(from, to, _)| [*from, *to]).collect();
        let of = |name: &str| edges.iter().filter(|(from, ..)| *from == name).copied().collect::<Vec<_>>();
        let packages = names.iter().map(|name| {
            let dependencies: Vec<_> =
                of(name).iter().map(|(_, to, kind)| json!({ "name": to, "kind": kind })).collect();
            json!({ "id": name, "name": name, "dependencies": dependencies })
        });
        let nodes = names.iter().map(|name| {
            let deps: Vec<_> =
                of(name).iter().map(|(_, to, kind)| json!({ "pkg": to, "dep_kinds": [{ "kind": kind }] })).collect();
            json!({ "id": name, "deps": deps })
        });
        let members: Vec<_> = names.iter().filter(|name| name.starts_with("dploy") || **name == "xtask").collect();
        serde_json::from_value(json!({
            "packages": packages.collect::<Vec<_>>(),
            "workspace_members": members,
            "resolve": { "nodes": nodes.collect::<Vec<_>>() },
        }))
        .unwrap()
    }

    #[test]
    fn adapters_never_depend_on_one_another() {
        let good = [("dploy-api", "dploy-k8s"), ("dploy-k8s", "dploy-core"), ("dploy-k8s", "kube")];
        assert_eq!(breaches(&workspace(&good)), Vec::<String>::new());
        let bad = [("dploy-k8s", "dploy-auth"), ("dploy-template", "dploy-core")];
        assert_eq!(
            breaches(&workspace(&bad)),
            ["dploy-k8s must not depend on dploy-auth", "dploy-template must not depend on dploy-core"]
        );
    }

    #[test]
    fn servers_for_tests_are_in_tests_and_in_tasks_only() {
        let good = [
            ("dploy-storage", "dploy-servers", Some("dev")),
            ("dploy-core", "dploy-servers", Some("dev")),
            ("dploy-servers", "hyper", None),
            ("xtask", "dploy-servers", None),
        ];
        assert_eq!(breaches(&workspace_of_kinds(&good)), Vec::<String>::new());
        let bad = [
            ("dploy-api", "dploy-servers", None),
            ("dploy-core", "dploy-servers", Some("build")),
            ("dploy-storage", "dploy-servers", None),
        ];
        assert_eq!(
            breaches(&workspace_of_kinds(&bad)),
            ["dploy-api", "dploy-core", "dploy-storage"]
                .map(|name| format!("{name} may depend on dploy-servers for its tests only"))
        );
    }

    #[test]
    fn the_domain_reaches_no_vendor_through_others_either() {
        let edges = [("dploy-core", "small"), ("small", "reqwest")];
        assert_eq!(breaches(&workspace(&edges)), ["dploy-core must not reach reqwest, which small asks for"]);
    }
}
