//! Targets, keys, the audit.

use reqwest::Method;
use serde::Serialize;

use crate::{
    client::Client,
    error::Error,
    releases::record::{AuditEvent, Key, NewKey, Target},
};

/// A target to declare, or what of it is to change.
#[derive(Serialize, Debug)]
pub(crate) struct TargetRequest {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// The repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repository: Option<String>,
    /// The branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) branch: Option<String>,
    /// The folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
}

/// A key to make.
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyRequest {
    /// What it is for.
    pub(crate) name: String,
    /// The applications; left out, it is all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) applications: Option<Vec<String>>,
    /// What its bearer may do.
    pub(crate) actions: Vec<String>,
    /// When it ends by itself (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<String>,
}

/// Which events are listed.
#[derive(Debug, Default)]
pub(crate) struct AuditFilter {
    /// About that application.
    pub(crate) app: Option<String>,
    /// By that actor.
    pub(crate) actor: Option<String>,
    /// Of that action.
    pub(crate) action: Option<String>,
    /// From then on (RFC 3339).
    pub(crate) since: Option<String>,
    /// How many at most.
    pub(crate) limit: Option<usize>,
}

impl Client {
    /// All targets.
    pub(crate) async fn targets(&self) -> Result<Vec<Target>, Error> {
        self.pages(&["targets"], &[], "targets", None).await
    }

    /// Declares a target.
    pub(crate) async fn create_target(&self, target: &TargetRequest) -> Result<Target, Error> {
        self.json(self.release(Method::POST, &["targets"])?.json(target)).await
    }

    /// Changes a target.
    pub(crate) async fn change_target(&self, name: &str, target: &TargetRequest) -> Result<Target, Error> {
        self.json(self.release(Method::PATCH, &["targets", name])?.json(target)).await
    }

    /// Removes a target.
    pub(crate) async fn delete_target(&self, name: &str) -> Result<(), Error> {
        self.send(self.release(Method::DELETE, &["targets", name])?).await.map(drop)
    }

    /// All keys.
    pub(crate) async fn keys(&self) -> Result<Vec<Key>, Error> {
        self.pages(&["keys"], &[], "keys", None).await
    }

    /// Makes a key.
    pub(crate) async fn create_key(&self, key: &KeyRequest) -> Result<NewKey, Error> {
        self.json(self.release(Method::POST, &["keys"])?.json(key)).await
    }

    /// Revokes a key.
    pub(crate) async fn revoke_key(&self, id: &str) -> Result<(), Error> {
        self.send(self.release(Method::DELETE, &["keys", id])?).await.map(drop)
    }

    /// What was done, newest first.
    pub(crate) async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEvent>, Error> {
        let fields =
            [("app", &filter.app), ("actor", &filter.actor), ("action", &filter.action), ("since", &filter.since)];
        let query: Vec<_> = fields.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
        self.pages(&["audit"], &query, "events", filter.limit).await
    }
}
