//! Versions: draft, publish, look, reject, compare.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    client::Client,
    error::Error,
    releases::record::{Change, Draft, Metadata, Published, Version},
};

/// A version to draft.
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DraftRequest<'a> {
    /// What it is called.
    pub(crate) version_id: &'a str,
    /// Where it comes from.
    pub(crate) metadata: &'a Metadata,
    /// The only archive that is accepted; `None` accepts any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) artifact: Option<&'a Artifact>,
}

/// An archive, told by its size and digest.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub(crate) struct Artifact {
    /// Bytes.
    pub(crate) size: u64,
    /// SHA-256, 64 lower-case hex digits.
    pub(crate) sha256: String,
}

/// Which versions are listed.
#[derive(Debug, Default)]
pub(crate) struct VersionFilter {
    /// Only drafts, or only published ones.
    pub(crate) status: Option<&'static str>,
    /// How many at most.
    pub(crate) limit: Option<usize>,
}

impl Client {
    /// Drafts a version, or renews the URL of a draft.
    pub(crate) async fn draft(&self, app: &str, draft: &DraftRequest<'_>) -> Result<Draft, Error> {
        self.json(self.release(Method::POST, &["apps", app, "versions", "draft"])?.json(draft)).await
    }

    /// Publishes a version.
    pub(crate) async fn publish(&self, app: &str, version: &str) -> Result<Published, Error> {
        self.json(self.release(Method::POST, &["apps", app, "versions", version, "publish"])?.json(&json!({}))).await
    }

    /// Versions of an application, newest first.
    pub(crate) async fn versions(&self, app: &str, filter: &VersionFilter) -> Result<Vec<Version>, Error> {
        let query: Vec<_> = filter.status.iter().map(|status| ("status", *status)).collect();
        self.pages(&["apps", app, "versions"], &query, "versions", filter.limit).await
    }

    /// One version.
    pub(crate) async fn version(&self, app: &str, version: &str) -> Result<Version, Error> {
        self.json(self.release(Method::GET, &["apps", app, "versions", version])?).await
    }

    /// Makes sure that a version is not deployed.
    pub(crate) async fn reject(&self, app: &str, version: &str, reason: &str) -> Result<(), Error> {
        let request = self.release(Method::POST, &["apps", app, "versions", version, "reject"])?;
        self.send(request.json(&json!({ "reason": reason }))).await.map(drop)
    }

    /// Takes a rejection back.
    pub(crate) async fn accept(&self, app: &str, version: &str) -> Result<(), Error> {
        self.send(self.release(Method::DELETE, &["apps", app, "versions", version, "reject"])?).await.map(drop)
    }

    /// The objects that differ: from one version, or from what a target runs, to another version.
    pub(crate) async fn diff(&self, app: &str, query: &[(&str, &str)]) -> Result<Vec<Change>, Error> {
        #[derive(Deserialize)]
        struct Reply {
            changes: Vec<Change>,
        }
        let reply: Reply = self.json(self.release(Method::GET, &["apps", app, "diff"])?.query(query)).await?;
        Ok(reply.changes)
    }
}
