use serde_json::json;

use crate::{
    json::Json,
    releases::{
        access::{Action, Caller},
        application::AppRef,
        error::Error,
        name::{PolicyName, TargetName},
        pattern::Pattern,
        policy::{AutoDeployPolicy, Rule},
        ports::RecordError,
    },
};

use super::Releases;

/// A policy that is to be created.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyRequest {
    /// Its name.
    pub name: PolicyName,
    /// What it matches.
    pub rule: Rule,
    /// Where it deploys to.
    pub target: TargetName,
    /// Whether it acts.
    pub enabled: bool,
}

/// What is to be changed of a policy; `None` stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PolicyChange {
    /// Its name.
    pub name: Option<PolicyName>,
    /// Branches that match; `Some(None)` is no branch.
    pub branch: Option<Option<Pattern>>,
    /// Tags that match; `Some(None)` is no tag.
    pub tag: Option<Option<Pattern>>,
    /// Branches and tags that do not match.
    pub exclude: Option<Vec<Pattern>>,
    /// Where it deploys to.
    pub target: Option<TargetName>,
    /// Whether it acts.
    pub enabled: Option<bool>,
}

impl PolicyChange {
    fn applied(self, policy: AutoDeployPolicy) -> AutoDeployPolicy {
        let rule = Rule {
            branch: self.branch.unwrap_or(policy.rule.branch),
            tag: self.tag.unwrap_or(policy.rule.tag),
            exclude: self.exclude.unwrap_or(policy.rule.exclude),
        };
        AutoDeployPolicy {
            name: self.name.unwrap_or(policy.name),
            rule,
            target: self.target.unwrap_or(policy.target),
            enabled: self.enabled.unwrap_or(policy.enabled),
            ..policy
        }
    }
}

impl Releases {
    /// Creates a policy; needs `manage`. It acts on versions that are published from now on.
    ///
    /// # Errors
    /// [`Error::Exists`]; [`Error::Invalid`] for a target that is not declared or a rule without branch and tag;
    /// [`Error::NotFound`], [`Error::Forbidden`], and where the records do not answer.
    pub async fn create_policy(
        &self,
        caller: &Caller,
        app: &AppRef,
        request: PolicyRequest,
    ) -> Result<AutoDeployPolicy, Error> {
        let application = self.permitted(caller, app, Action::Manage, "policy.create").await?;
        let PolicyRequest { name, rule, target, enabled } = request;
        let (id, created_at) = (self.id(), self.parts.clock.now());
        let policy = AutoDeployPolicy { id, app_id: application.id.clone(), name, rule, target, enabled, created_at };
        self.check(&policy).await?;
        let object = format!("policy/{}", policy.name);
        let event = self.event_of(caller, &application.name, "policy.create", object, detail(&policy));
        match self.parts.records.create_policy(&policy, &event).await {
            Err(RecordError::Conflict) => Err(exists(&policy)),
            other => Ok(other.map(|()| policy)?),
        }
    }

    /// The policies of an application; needs `read`.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], and where the records do not answer.
    pub async fn policies(&self, caller: &Caller, app: &AppRef) -> Result<Vec<AutoDeployPolicy>, Error> {
        let application = self.permitted(caller, app, Action::Read, "policy.list").await?;
        Ok(self.parts.records.list_policies(&application.id).await?)
    }

    /// Changes a policy; needs `manage`.
    ///
    /// # Errors
    /// As [`Releases::create_policy`].
    pub async fn update_policy(
        &self,
        caller: &Caller,
        app: &AppRef,
        id: &str,
        change: PolicyChange,
    ) -> Result<AutoDeployPolicy, Error> {
        let application = self.permitted(caller, app, Action::Manage, "policy.update").await?;
        let found = self.parts.records.find_policy(&application.id, id).await?;
        let policy = change.applied(found.ok_or_else(|| Error::not_found("policy", id))?);
        self.check(&policy).await?;
        let object = format!("policy/{}", policy.name);
        let event = self.event_of(caller, &application.name, "policy.update", object, detail(&policy));
        match self.parts.records.update_policy(&policy, &event).await {
            Err(RecordError::Conflict) => Err(exists(&policy)),
            Err(RecordError::NotFound) => Err(Error::not_found("policy", id)),
            other => Ok(other.map(|()| policy)?),
        }
    }

    /// Removes a policy; needs `manage`. What it deployed stays readable.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], and where the records do not answer.
    pub async fn remove_policy(&self, caller: &Caller, app: &AppRef, id: &str) -> Result<(), Error> {
        let application = self.permitted(caller, app, Action::Manage, "policy.delete").await?;
        let object = format!("policy/{id}");
        let event = self.event_of(caller, &application.name, "policy.delete", object, Json::object());
        match self.parts.records.remove_policy(&application.id, id, &event).await {
            Err(RecordError::NotFound) => Err(Error::not_found("policy", id)),
            other => Ok(other?),
        }
    }

    async fn check(&self, policy: &AutoDeployPolicy) -> Result<(), Error> {
        if policy.rule.branch.is_none() && policy.rule.tag.is_none() {
            return Err(Error::invalid("gitBranchPattern", "a pattern of branches, unless gitTagPattern is given"));
        }
        self.declared("targetEnvironment", &policy.target).await.map(drop)
    }
}

fn exists(policy: &AutoDeployPolicy) -> Error {
    Error::Exists { what: "policy", name: policy.name.to_string() }
}

fn detail(policy: &AutoDeployPolicy) -> Json {
    let rule = &policy.rule;
    let exclude: Vec<_> = rule.exclude.iter().map(Pattern::as_str).collect();
    json!({
        "gitBranchPattern": rule.branch.as_ref().map(Pattern::as_str),
        "gitTagPattern": rule.tag.as_ref().map(Pattern::as_str),
        "excludePatterns": exclude,
        "targetEnvironment": policy.target.as_str(),
        "enabled": policy.enabled,
    })
    .into()
}
