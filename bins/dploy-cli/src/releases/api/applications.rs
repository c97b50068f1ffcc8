//! Applications and policies.

use reqwest::Method;
use serde::Serialize;
use serde_json::json;

use crate::{
    client::Client,
    error::Error,
    releases::record::{Application, NewApplication, Policy},
};

/// A policy to create.
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyRequest {
    /// Its name.
    pub(crate) name: String,
    /// Branches that match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) git_branch_pattern: Option<String>,
    /// Tags that match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) git_tag_pattern: Option<String>,
    /// Branches and tags that do not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) exclude_patterns: Vec<String>,
    /// Where it deploys to.
    pub(crate) target_environment: String,
    /// Whether it acts.
    pub(crate) enabled: bool,
}

impl Client {
    /// Registers an application.
    pub(crate) async fn register(&self, new: &NewApplication) -> Result<Application, Error> {
        self.json(self.release(Method::POST, &["apps"])?.json(new)).await
    }

    /// All applications, newest first.
    pub(crate) async fn applications(&self) -> Result<Vec<Application>, Error> {
        self.pages(&["apps"], &[], "apps", None).await
    }

    /// The application of that name or id.
    pub(crate) async fn application(&self, app: &str) -> Result<Application, Error> {
        self.json(self.release(Method::GET, &["apps", app])?).await
    }

    /// The policies of an application.
    pub(crate) async fn policies(&self, app: &str) -> Result<Vec<Policy>, Error> {
        self.pages(&["apps", app, "policies"], &[], "policies", None).await
    }

    /// Creates a policy.
    pub(crate) async fn create_policy(&self, app: &str, policy: &PolicyRequest) -> Result<Policy, Error> {
        self.json(self.release(Method::POST, &["apps", app, "policies"])?.json(policy)).await
    }

    /// Switches a policy on or off.
    pub(crate) async fn enable_policy(&self, app: &str, id: &str, enabled: bool) -> Result<Policy, Error> {
        let request = self.release(Method::PATCH, &["apps", app, "policies", id])?;
        self.json(request.json(&json!({ "enabled": enabled }))).await
    }

    /// Deletes a policy.
    pub(crate) async fn delete_policy(&self, app: &str, id: &str) -> Result<(), Error> {
        self.send(self.release(Method::DELETE, &["apps", app, "policies", id])?).await.map(drop)
    }
}
