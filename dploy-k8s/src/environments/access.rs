//! What the programs of this domain ask of the API server.

use crate::cluster::{Rule, events, lease};

use super::{
    caches::{self, Scope},
    claims, controllers, observer,
};

/// The rights of an operator with every engine that is compiled in, [elected](crate::cluster::Elector) by a lease.
#[must_use]
pub fn operator() -> Vec<Rule> {
    let mut rules = caches::access(&Scope::All);
    rules.extend(controllers::access());
    rules.extend(events::ACCESS);
    rules.extend(lease::ACCESS);
    #[cfg(feature = "flux")]
    rules.extend(super::flux::access());
    rules
}

/// The rights of an API server: claims of its own namespace are all that it writes.
#[must_use]
pub fn api() -> Vec<Rule> {
    let mut rules = caches::access(&Scope::Namespace(String::new()));
    rules.extend(claims::ACCESS);
    rules.extend(observer::ACCESS);
    rules
}
