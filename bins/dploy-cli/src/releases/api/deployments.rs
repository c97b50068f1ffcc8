//! Deployments: asked for, looked at, held back.

use std::time::Duration;

use reqwest::Method;
use serde::Serialize;
use serde_json::json;

use crate::{client::Client, error::Error, releases::record::Deployment};

/// Where a rollback goes.
#[derive(Clone, Debug)]
pub(crate) enum RollbackTo {
    /// To that version.
    Version(String),
    /// To what ran before.
    Previous,
}

/// Which deployments are listed.
#[derive(Debug, Default)]
pub(crate) struct DeploymentFilter {
    /// Of that application.
    pub(crate) app: Option<String>,
    /// To that target.
    pub(crate) environment: Option<String>,
    /// In that state.
    pub(crate) status: Option<String>,
    /// How many at most.
    pub(crate) limit: Option<usize>,
}

/// A deployment that is asked for.
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    previous: bool,
    /// The account on this machine; who it is for the server, the key says.
    #[serde(skip_serializing_if = "Option::is_none")]
    triggered_by: Option<String>,
}

impl Default for Asked<'_> {
    fn default() -> Self {
        let triggered_by = std::env::var("USER").ok().filter(|user| !user.trim().is_empty());
        Self { environment: None, from: None, to: None, previous: false, triggered_by }
    }
}

impl Client {
    /// Deploys a version.
    pub(crate) async fn deploy(&self, app: &str, version: &str, target: &str) -> Result<Deployment, Error> {
        let request = self.release(Method::POST, &["apps", app, "versions", version, "deploy"])?;
        self.json(request.json(&Asked { environment: Some(target), ..Asked::default() })).await
    }

    /// Goes back to an older version.
    pub(crate) async fn rollback(&self, app: &str, target: &str, to: &RollbackTo) -> Result<Deployment, Error> {
        let asked = Asked { environment: Some(target), ..Asked::default() };
        let asked = match to {
            RollbackTo::Version(version) => Asked { to: Some(version), ..asked },
            RollbackTo::Previous => Asked { previous: true, ..asked },
        };
        self.json(self.release(Method::POST, &["apps", app, "rollback"])?.json(&asked)).await
    }

    /// Deploys to one target what another runs.
    pub(crate) async fn promote(&self, app: &str, from: &str, to: &str) -> Result<Deployment, Error> {
        let asked = Asked { from: Some(from), to: Some(to), ..Asked::default() };
        self.json(self.release(Method::POST, &["apps", app, "promote"])?.json(&asked)).await
    }

    /// Takes an application off a target.
    pub(crate) async fn remove(&self, app: &str, target: &str) -> Result<Deployment, Error> {
        let asked = Asked { environment: Some(target), ..Asked::default() };
        self.json(self.release(Method::POST, &["apps", app, "remove"])?.json(&asked)).await
    }

    /// Makes policies leave a target alone.
    pub(crate) async fn hold(&self, app: &str, target: &str, reason: &str) -> Result<(), Error> {
        let request = self.release(Method::POST, &["apps", app, "targets", target, "hold"])?;
        self.send(request.json(&json!({ "reason": reason }))).await.map(drop)
    }

    /// Lets policies deploy to a target again.
    pub(crate) async fn resume(&self, app: &str, target: &str) -> Result<(), Error> {
        let request = self.release(Method::POST, &["apps", app, "targets", target, "resume"])?;
        self.send(request.json(&json!({}))).await.map(drop)
    }

    /// Deployments, newest first.
    pub(crate) async fn deployments(&self, filter: &DeploymentFilter) -> Result<Vec<Deployment>, Error> {
        let fields = [("app", &filter.app), ("environment", &filter.environment), ("status", &filter.status)];
        let query: Vec<_> = fields.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
        self.pages(&["deployments"], &query, "deployments", filter.limit).await
    }

    /// One deployment, when it has come to its final state or `wait` has passed.
    pub(crate) async fn deployment(&self, id: &str, wait: Option<Duration>) -> Result<Deployment, Error> {
        let request = self.release(Method::GET, &["deployments", id])?;
        let request = match wait {
            Some(wait) => request.query(&[("wait", format!("{}s", wait.as_secs().max(1)))]),
            None => request,
        };
        self.json(request).await
    }
}
