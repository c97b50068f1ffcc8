//! Who may do what.

use std::collections::BTreeSet;

use super::name::AppName;

/// Somebody whose credentials were verified, with what they may do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// Who it is, for records and logs: the name of a key, or of a person.
    pub actor: String,
    /// What they may do.
    pub scope: Scope,
    /// Where the request came from, if that is known.
    pub address: Option<String>,
    /// The id of the request, if it has one.
    pub request: Option<String>,
}

impl Caller {
    /// Somebody of whose request nothing else is known.
    #[must_use]
    pub fn new(actor: impl Into<String>, scope: Scope) -> Self {
        Self { actor: actor.into(), scope, address: None, request: None }
    }
}

/// What may be done: actions on applications.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// The applications; `None` is all of them, those to come too.
    pub applications: Option<BTreeSet<AppName>>,
    /// The actions.
    pub actions: BTreeSet<Action>,
}

impl Scope {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self { applications: None, actions: Action::ALL.into_iter().collect() }
    }

    /// Whether it allows the action on that application.
    #[must_use]
    pub fn allows(&self, action: Action, app: &AppName) -> bool {
        self.actions.contains(&action) && self.applications.as_ref().is_none_or(|among| among.contains(app))
    }

    /// Whether it allows the action on the installation itself, which a scope of some applications never does.
    #[must_use]
    pub fn allows_everywhere(&self, action: Action) -> bool {
        self.actions.contains(&action) && self.applications.is_none()
    }

    /// Whether everything that `other` allows is allowed here too.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        let applications = match (&self.applications, &other.applications) {
            (None, _) => true,
            (Some(ours), Some(theirs)) => theirs.is_subset(ours),
            (Some(_), None) => false,
        };
        applications && other.actions.is_subset(&self.actions)
    }
}

/// What can be done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Action {
    /// Look at applications, versions, policies, targets and deployments.
    Read,
    /// Draft, upload and publish versions.
    Publish,
    /// Deploy, roll back, promote, hold and resume.
    Deploy,
    /// Register applications, write policies, reject versions.
    Manage,
    /// Write keys and targets, read the audit.
    Admin,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 5] = [Self::Read, Self::Publish, Self::Deploy, Self::Manage, Self::Admin];

    /// The constant word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Publish => "publish",
            Self::Deploy => "deploy",
            Self::Manage => "manage",
            Self::Admin => "admin",
        }
    }

    /// The action of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(apps: Option<&[&str]>, actions: &[Action]) -> Scope {
        let parse = |names: &[&str]| names.iter().map(|name| AppName::parse(name).unwrap()).collect();
        Scope { applications: apps.map(parse), actions: actions.iter().copied().collect() }
    }

    #[test]
    fn a_scope_allows_its_actions_on_its_applications_only() {
        let web = AppName::parse("web").unwrap();
        let some = scope(Some(&["web"]), &[Action::Publish]);
        assert!(some.allows(Action::Publish, &web));
        assert!(!some.allows(Action::Deploy, &web));
        assert!(!some.allows(Action::Publish, &AppName::parse("api").unwrap()));
        assert!(!some.allows_everywhere(Action::Publish));
        assert!(Scope::all().allows_everywhere(Action::Admin));
    }

    #[test]
    fn no_scope_contains_one_that_allows_more() {
        let some = scope(Some(&["web"]), &[Action::Publish]);
        assert!(Scope::all().contains(&some) && some.contains(&some));
        assert!(!some.contains(&Scope::all()));
        assert!(!some.contains(&scope(Some(&["web", "api"]), &[Action::Publish])));
        assert!(!some.contains(&scope(Some(&["web"]), &[Action::Deploy])));
    }
}
