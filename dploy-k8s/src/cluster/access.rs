//! What a program asks of the API server, as rules of RBAC.
//!
//! Each module that makes requests declares them in a constant table beside the calls; a program's rights are the union
//! of the tables of what it is made of, and nothing else. `cargo xtask rbac` writes them as manifests, and the tests of
//! the programs run under exactly these.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject};
use kube::api::ObjectMeta;

/// The group of RBAC's own kinds.
const RBAC: &str = "rbac.authorization.k8s.io";

/// Verbs on a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    group: &'static str,
    resource: &'static str,
    verbs: &'static [&'static str],
    within: Within,
}

/// Where a rule holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Within {
    /// In all namespaces, and for resources that are in none.
    Cluster,
    /// In the namespace that the platform itself lives in.
    Home,
    /// In the namespace of Argo CD's Applications.
    ArgoCd,
}

/// The namespaces that rules are about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Places<'a> {
    /// Where the platform itself lives.
    pub home: &'a str,
    /// Where Argo CD's Applications are.
    pub argocd: &'a str,
}

impl<'a> Places<'a> {
    /// The namespace that is meant; `None` is all of them.
    #[must_use]
    pub fn namespace(self, within: Within) -> Option<&'a str> {
        match within {
            Within::Cluster => None,
            Within::Home => Some(self.home),
            Within::ArgoCd => Some(self.argocd),
        }
    }
}

impl Rule {
    /// `verbs` on `resource` (its plural, with `/status` where that is meant) of `group`, empty for the core group, in
    /// the whole cluster.
    #[must_use]
    pub const fn new(group: &'static str, resource: &'static str, verbs: &'static [&'static str]) -> Self {
        Self { group, resource, verbs, within: Within::Cluster }
    }

    /// The rule in the platform's own namespace only.
    #[must_use]
    pub const fn at_home(self) -> Self {
        Self { within: Within::Home, ..self }
    }

    /// The rule in the namespace of Applications only.
    #[must_use]
    pub const fn at_argocd(self) -> Self {
        Self { within: Within::ArgoCd, ..self }
    }

    /// The resource's group and plural.
    #[must_use]
    pub fn resource(&self) -> (&'static str, &'static str) {
        (self.group, self.resource)
    }

    /// The verbs.
    #[must_use]
    pub fn verbs(&self) -> &'static [&'static str] {
        self.verbs
    }

    /// Where it holds.
    #[must_use]
    pub fn within(&self) -> Within {
        self.within
    }
}

/// The rights of a program and who has them.
#[derive(Clone, Debug)]
pub struct Grant {
    /// What is allowed in the whole cluster.
    pub cluster_role: ClusterRole,
    /// To whom.
    pub cluster_role_binding: ClusterRoleBinding,
    /// What is allowed in single namespaces and to whom, a pair for each of them.
    pub roles: Vec<(Role, RoleBinding)>,
}

impl Grant {
    /// Gives `rules` to `subject` under objects called `name`.
    #[must_use]
    pub fn new(name: &str, places: Places<'_>, rules: &[Rule], subject: &Subject) -> Self {
        let meta = |namespace: Option<&str>| ObjectMeta {
            name: Some(name.to_owned()),
            namespace: namespace.map(str::to_owned),
            ..ObjectMeta::default()
        };
        let reference =
            |kind: &str| RoleRef { api_group: Some(RBAC.to_owned()), kind: kind.to_owned(), name: name.to_owned() };
        let subjects = Some(vec![subject.clone()]);
        let in_namespace = |namespace: &str| {
            let metadata = meta(Some(namespace));
            let binding =
                RoleBinding { metadata: metadata.clone(), role_ref: reference("Role"), subjects: subjects.clone() };
            (Role { metadata, rules: Some(policy(rules, places, Some(namespace))) }, binding)
        };
        let namespaces: BTreeSet<_> = rules.iter().filter_map(|rule| places.namespace(rule.within)).collect();
        Self {
            cluster_role: ClusterRole {
                metadata: meta(None),
                rules: Some(policy(rules, places, None)),
                ..ClusterRole::default()
            },
            cluster_role_binding: ClusterRoleBinding {
                metadata: meta(None),
                role_ref: reference("ClusterRole"),
                subjects: subjects.clone(),
            },
            roles: namespaces.into_iter().map(in_namespace).collect(),
        }
    }
}

/// The rules that hold there, one for each group and set of verbs, sorted.
fn policy(rules: &[Rule], places: Places<'_>, namespace: Option<&str>) -> Vec<PolicyRule> {
    let mut verbs: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| places.namespace(rule.within) == namespace) {
        verbs.entry(rule.resource()).or_default().extend(rule.verbs);
    }
    let mut resources: BTreeMap<(&str, BTreeSet<&str>), Vec<String>> = BTreeMap::new();
    for ((group, resource), verbs) in verbs {
        resources.entry((group, verbs)).or_default().push(resource.to_owned());
    }
    let policy = resources.into_iter().map(|((group, verbs), resources)| PolicyRule {
        api_groups: Some(vec![group.to_owned()]),
        resources: Some(resources),
        verbs: verbs.into_iter().map(str::to_owned).collect(),
        ..PolicyRule::default()
    });
    policy.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_one_resource_are_one_and_places_are_kept_apart() {
        let rules = [
            Rule::new("g", "as", &["get"]),
            Rule::new("g", "as", &["list", "get"]),
            Rule::new("g", "bs", &["get", "list"]),
            Rule::new("", "leases", &["create"]).at_home(),
        ];
        let places = Places { home: "home", argocd: "argocd" };
        let grant = Grant::new("p", places, &rules, &group());
        let everywhere = grant.cluster_role.rules.unwrap();
        assert_eq!(everywhere.len(), 1);
        assert_eq!(everywhere[0].resources.as_deref().unwrap(), ["as", "bs"]);
        assert_eq!(everywhere[0].verbs, ["get", "list"]);
        let [(role, binding)] = &grant.roles[..] else { panic!("one namespace is meant: {:?}", grant.roles) };
        assert_eq!(role.rules.as_ref().unwrap()[0].verbs, ["create"]);
        assert_eq!(binding.metadata.namespace.as_deref(), Some("home"));
    }

    #[test]
    fn each_namespace_has_its_own_role_and_two_places_in_one_share_it() {
        let rules = [Rule::new("", "leases", &["create"]).at_home(), Rule::new("g", "as", &["get"]).at_argocd()];
        let roles = |argocd: &str| {
            let grant = Grant::new("p", Places { home: "home", argocd }, &rules, &group());
            let shown = |(role, _): &(Role, RoleBinding)| {
                (role.metadata.namespace.clone().unwrap(), role.rules.as_ref().unwrap().len())
            };
            grant.roles.iter().map(shown).collect::<Vec<_>>()
        };
        assert_eq!(roles("argocd"), [("argocd".to_owned(), 1), ("home".to_owned(), 1)]);
        assert_eq!(roles("home"), [("home".to_owned(), 2)]);
    }

    fn group() -> Subject {
        Subject { kind: "Group".into(), name: "x".into(), ..Subject::default() }
    }
}
