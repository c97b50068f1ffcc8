//! Policies: which versions are deployed as soon as they are published.

use crate::time::Timestamp;

use super::{
    name::{PolicyName, TargetName},
    pattern::Pattern,
    version::VersionMetadata,
};

/// Deploys versions of matching branches or tags to a target when they are published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AutoDeployPolicy {
    /// A version 4 UUID.
    pub id: String,
    /// The id of its application.
    pub app_id: String,
    /// Its name, unique within the application.
    pub name: PolicyName,
    /// What it matches.
    pub rule: Rule,
    /// Where it deploys to.
    pub target: TargetName,
    /// Whether it acts.
    pub enabled: bool,
    /// When it was created.
    pub created_at: Timestamp,
}

/// What a policy matches; at least one of branch and tag is given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Branches that match.
    pub branch: Option<Pattern>,
    /// Tags that match.
    pub tag: Option<Pattern>,
    /// Branches and tags that do not, although they match above.
    pub exclude: Vec<Pattern>,
}

impl Rule {
    /// Whether a version of that origin matches, by its branch or by its tag.
    #[must_use]
    pub fn matches(&self, origin: &VersionMetadata) -> bool {
        let by = |pattern: Option<&Pattern>, name: Option<&str>| match (pattern, name) {
            (Some(pattern), Some(name)) => {
                pattern.matches(name) && !self.exclude.iter().any(|excluded| excluded.matches(name))
            }
            _ => false,
        };
        by(self.branch.as_ref(), Some(&origin.git_branch)) || by(self.tag.as_ref(), origin.git_tag.as_deref())
    }
}
