//! What the programs of this domain ask of the API server.

use crate::cluster::{Rule, events, lease};

use super::{
    caches::{self, Scope},
    claims, controllers, isolation, marker, observer,
};

/// The rights of an operator with every engine that is compiled in, [elected](crate::cluster::Elector) by a lease.
#[must_use]
pub fn operator() -> Vec<Rule> {
    let mut rules = caches::access(&Scope::All);
    rules.extend(controllers::access());
    rules.extend(isolation::ACCESS);
    rules.extend(events::ACCESS);
    rules.extend(lease::ACCESS);
    #[cfg(feature = "argocd")]
    rules.extend(super::argocd::ACCESS);
    #[cfg(feature = "flux")]
    rules.extend(super::flux::access());
    rules
}

/// The rights of an API server: it writes claims, marks of templates and Events, in its own namespace only.
#[must_use]
pub fn api() -> Vec<Rule> {
    let mut rules = caches::access(&Scope::Namespace(String::new()));
    rules.extend(claims::ACCESS);
    rules.extend(observer::ACCESS);
    rules.extend(marker::ACCESS);
    // What administrators do is told in Events of the objects that they do it to, which are all at home.
    rules.extend(events::ACCESS.iter().map(|rule| rule.at_home()));
    rules
}

/// The rights of an API server without an operator: Applications, the namespaces that Argo CD made for them, and the
/// Leases of owners.
#[cfg(feature = "argocd")]
#[must_use]
pub fn direct() -> Vec<Rule> {
    super::direct::access().collect()
}
