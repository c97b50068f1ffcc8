use std::{collections::BTreeSet, fmt};

use super::{
    Error,
    read::{Reader, words},
    variables::{DPLOY_DOMAINS, Group, VARIABLES},
};

/// A part of the interface that can be served by itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Domain {
    /// Environments from templates, on a cluster.
    Environments,
    /// Versions and their deployments, with a database, an artifact store and a gitops repository.
    Releases,
}

impl Domain {
    fn parse(word: &str) -> Option<Self> {
        [Self::Environments, Self::Releases].into_iter().find(|domain| domain.to_string() == word)
    }

    fn of(group: Group) -> Option<Self> {
        match group {
            Group::Environments => Some(Self::Environments),
            Group::Releases => Some(Self::Releases),
            Group::Server | Group::Access => None,
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environments => "environments",
            Self::Releases => "releases",
        })
    }
}

/// What is served: what `DPLOY_DOMAINS` says, else the domains with a variable of their own set, else environments where
/// any other variable is set.
///
/// # Errors
/// `DPLOY_DOMAINS` cannot be read, or nothing at all is set.
pub(super) fn served(from: &Reader<'_>) -> Result<BTreeSet<Domain>, Error> {
    if let Some(value) = from.given(&DPLOY_DOMAINS) {
        let domains: Option<BTreeSet<_>> = words(&value).map(Domain::parse).collect();
        let accepted = "environments, releases or both, by comma";
        let known = domains.filter(|domains| !domains.is_empty());
        return known.ok_or_else(|| Error::invalid(DPLOY_DOMAINS.name, accepted, value));
    }
    let given = || VARIABLES.iter().filter(|variable| from.given(variable).is_some());
    let selected: BTreeSet<_> =
        given().filter(|variable| variable.selects).filter_map(|variable| Domain::of(variable.group)).collect();
    if !selected.is_empty() {
        return Ok(selected);
    }
    if given().any(|variable| variable.group != Group::Releases) {
        return Ok(BTreeSet::from([Domain::Environments]));
    }
    Err(Error::NoDomain)
}
