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
}

/// The rights of a program and who has them.
#[derive(Clone, Debug)]
pub struct Grant {
    /// What is allowed in the whole cluster.
    pub cluster_role: ClusterRole,
    /// To whom.
    pub cluster_role_binding: ClusterRoleBinding,
    /// What is allowed in the platform's own namespace.
    pub role: Role,
    /// To whom.
    pub role_binding: RoleBinding,
}

impl Grant {
    /// Gives `rules` to `subject` under objects called `name`; `home` is the platform's own namespace.
    #[must_use]
    pub fn new(name: &str, home: &str, rules: &[Rule], subject: &Subject) -> Self {
        let meta = |namespace: Option<&str>| ObjectMeta {
            name: Some(name.to_owned()),
            namespace: namespace.map(str::to_owned),
            ..ObjectMeta::default()
        };
        let reference =
            |kind: &str| RoleRef { api_group: Some(RBAC.to_owned()), kind: kind.to_owned(), name: name.to_owned() };
        let subjects = Some(vec![subject.clone()]);
        Self {
            cluster_role: ClusterRole {
                metadata: meta(None),
                rules: Some(policy(rules, Within::Cluster)),
                ..ClusterRole::default()
            },
            cluster_role_binding: ClusterRoleBinding {
                metadata: meta(None),
                role_ref: reference("ClusterRole"),
                subjects: subjects.clone(),
            },
            role: Role { metadata: meta(Some(home)), rules: Some(policy(rules, Within::Home)) },
            role_binding: RoleBinding { metadata: meta(Some(home)), role_ref: reference("Role"), subjects },
        }
    }
}

/// The rules that hold there, one for each group and set of verbs, sorted.
fn policy(rules: &[Rule], within: Within) -> Vec<PolicyRule> {
    let mut verbs: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.within == within) {
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
        let subject = Subject { kind: "Group".into(), name: "x".into(), ..Subject::default() };
        let grant = Grant::new("p", "home", &rules, &subject);
        let everywhere = grant.cluster_role.rules.unwrap();
        assert_eq!(everywhere.len(), 1);
        assert_eq!(everywhere[0].resources.as_deref().unwrap(), ["as", "bs"]);
        assert_eq!(everywhere[0].verbs, ["get", "list"]);
        assert_eq!(grant.role.rules.unwrap()[0].verbs, ["create"]);
        assert_eq!(grant.role_binding.metadata.namespace.as_deref(), Some("home"));
    }
}
