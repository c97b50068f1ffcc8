use dploy_core::releases::{
    pattern::Pattern,
    policy::{AutoDeployPolicy, Rule},
    service::{PolicyChange, PolicyRequest},
};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::time;
use crate::releases::{Error, input};

/// A policy to create; at least one of branch and tag is given.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyRequestBody {
    /// Its name, unique within the application.
    #[schema(value_type = String)]
    name: Option<String>,
    /// Branches that match: `*` and `?` stop at `/`, `**` does not.
    git_branch_pattern: Option<String>,
    /// Tags that match.
    git_tag_pattern: Option<String>,
    /// Branches and tags that do not, although they match above.
    exclude_patterns: Option<Vec<String>>,
    /// A declared target.
    #[schema(value_type = String)]
    target_environment: Option<String>,
    /// Whether it acts.
    #[schema(default = true)]
    enabled: Option<bool>,
}

impl PolicyRequestBody {
    pub(crate) fn read(self) -> Result<PolicyRequest, Error> {
        Ok(PolicyRequest {
            name: input::name("name", self.name.as_ref())?,
            rule: Rule {
                branch: self.git_branch_pattern.map(|text| pattern("gitBranchPattern", &text)).transpose()?,
                tag: self.git_tag_pattern.map(|text| pattern("gitTagPattern", &text)).transpose()?,
                exclude: patterns(&self.exclude_patterns.unwrap_or_default())?,
            },
            target: input::name("targetEnvironment", self.target_environment.as_ref())?,
            enabled: self.enabled.unwrap_or(true),
        })
    }
}

/// What is to be changed of a policy; what is absent stays as it is.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyChangeBody {
    /// Its name.
    name: Option<String>,
    /// Branches that match; null is none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    git_branch_pattern: Option<Option<String>>,
    /// Tags that match; null is none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    git_tag_pattern: Option<Option<String>>,
    /// Branches and tags that do not match.
    exclude_patterns: Option<Vec<String>>,
    /// A declared target.
    target_environment: Option<String>,
    /// Whether it acts.
    enabled: Option<bool>,
}

/// Tells null from absent.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl PolicyChangeBody {
    pub(crate) fn read(self) -> Result<PolicyChange, Error> {
        let read = |field, text: Option<Option<String>>| {
            text.map(|text| text.map(|text| pattern(field, &text)).transpose()).transpose()
        };
        Ok(PolicyChange {
            name: self.name.map(|name| input::parsed("name", &name)).transpose()?,
            branch: read("gitBranchPattern", self.git_branch_pattern)?,
            tag: read("gitTagPattern", self.git_tag_pattern)?,
            exclude: self.exclude_patterns.as_deref().map(patterns).transpose()?,
            target: self.target_environment.map(|name| input::parsed("targetEnvironment", &name)).transpose()?,
            enabled: self.enabled,
        })
    }
}

fn pattern(field: &str, text: &str) -> Result<Pattern, Error> {
    let accepted = "1 to 200 characters of a name, *, **, ? and [classes], each [ closed";
    Pattern::parse(text).map_err(|_| Error::input(field, accepted))
}

fn patterns(texts: &[String]) -> Result<Vec<Pattern>, Error> {
    texts.iter().enumerate().map(|(at, text)| pattern(&format!("excludePatterns[{at}]"), text)).collect()
}

/// A policy.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyBody {
    /// A UUID.
    id: String,
    /// The id of its application.
    app_id: String,
    /// Its name.
    name: String,
    /// Branches that match.
    #[serde(skip_serializing_if = "Option::is_none")]
    git_branch_pattern: Option<String>,
    /// Tags that match.
    #[serde(skip_serializing_if = "Option::is_none")]
    git_tag_pattern: Option<String>,
    /// Branches and tags that do not match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exclude_patterns: Vec<String>,
    /// Where it deploys to.
    target_environment: String,
    /// Whether it acts.
    enabled: bool,
    /// When it was created.
    created_at: String,
}

impl From<AutoDeployPolicy> for PolicyBody {
    fn from(policy: AutoDeployPolicy) -> Self {
        let text = |pattern: &Pattern| pattern.as_str().to_owned();
        Self {
            id: policy.id,
            app_id: policy.app_id,
            name: policy.name.into(),
            git_branch_pattern: policy.rule.branch.as_ref().map(text),
            git_tag_pattern: policy.rule.tag.as_ref().map(text),
            exclude_patterns: policy.rule.exclude.iter().map(text).collect(),
            target_environment: policy.target.into(),
            enabled: policy.enabled,
            created_at: time(policy.created_at),
        }
    }
}

/// All policies of an application, newest first.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Policies {
    /// The policies.
    policies: Vec<PolicyBody>,
    /// How many there are.
    total: usize,
    /// The same.
    total_count: usize,
}

impl From<Vec<AutoDeployPolicy>> for Policies {
    fn from(all: Vec<AutoDeployPolicy>) -> Self {
        let total = all.len();
        Self { policies: all.into_iter().map(PolicyBody::from).collect(), total, total_count: total }
    }
}
