use std::collections::BTreeMap;

use dploy_core::{
    artifact::ExactBytes,
    releases::{
        diff::{Change, ObjectChange},
        name::TargetName,
        page::{Page, Paged},
        plan::publish::Held,
        service::{DraftRequest, Drafted, Published, VersionView},
        version::{Rejection, Version, VersionMetadata},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Cut, DeploymentBody, time};
use crate::releases::{Error, input};

/// A version to draft.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DraftRequestBody {
    /// What to call it: 1 to 128 of A-Z, a-z, 0-9 and `._+-`, a letter or digit first.
    #[schema(value_type = String)]
    version_id: Option<String>,
    /// Where it comes from.
    #[schema(value_type = Metadata)]
    metadata: Option<Metadata>,
    /// The only archive that is accepted; absent accepts any.
    artifact: Option<Artifact>,
}

/// Where a version comes from.
#[derive(Serialize, Deserialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    /// The commit.
    #[schema(value_type = String)]
    git_sha: Option<String>,
    /// The branch.
    #[schema(value_type = String)]
    git_branch: Option<String>,
    /// The tag, if it was made of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    git_tag: Option<String>,
    /// Who committed it.
    git_committer: Option<String>,
    /// The number of the build.
    build_number: Option<String>,
    /// When it was made (RFC 3339).
    #[schema(value_type = String)]
    timestamp: Option<String>,
}

/// An archive by its size and digest.
#[derive(Serialize, Deserialize, ToSchema, Debug)]
pub(crate) struct Artifact {
    /// Bytes.
    #[schema(value_type = u64)]
    size: Option<u64>,
    /// SHA-256, 64 lower-case hex digits.
    #[schema(value_type = String)]
    sha256: Option<String>,
}

const TEXT: &str = "1 to 300 characters";
const TIME: &str = "a time as in RFC 3339";

impl DraftRequestBody {
    pub(crate) fn read(self) -> Result<DraftRequest, Error> {
        let version = input::name("versionId", self.version_id.as_ref())?;
        let metadata = input::required("metadata", self.metadata, "an object with gitSha, gitBranch and timestamp")?;
        let exact = self.artifact.map(Artifact::read).transpose()?;
        Ok(DraftRequest { version, metadata: metadata.read()?, exact })
    }
}

impl Metadata {
    fn read(self) -> Result<VersionMetadata, Error> {
        let timestamp = input::required("metadata.timestamp", self.timestamp, TIME)?;
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(VersionMetadata {
            git_sha: input::required("metadata.gitSha", self.git_sha, TEXT)?,
            git_branch: input::required("metadata.gitBranch", self.git_branch, TEXT)?,
            git_tag: given(self.git_tag),
            git_committer: given(self.git_committer),
            build_number: given(self.build_number),
            timestamp: timestamp.parse().map_err(|_| Error::input("metadata.timestamp", TIME))?,
        })
    }
}

impl From<VersionMetadata> for Metadata {
    fn from(origin: VersionMetadata) -> Self {
        Self {
            git_sha: Some(origin.git_sha),
            git_branch: Some(origin.git_branch),
            git_tag: origin.git_tag,
            git_committer: Some(origin.git_committer.unwrap_or_default()),
            build_number: Some(origin.build_number.unwrap_or_default()),
            timestamp: Some(time(origin.timestamp)),
        }
    }
}

impl Artifact {
    fn read(self) -> Result<ExactBytes, Error> {
        let size = input::required("artifact.size", self.size, "a number of bytes")?;
        Ok(ExactBytes { size, sha256: input::required("artifact.sha256", self.sha256, "64 lower-case hex digits")? })
    }
}

/// A draft.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DraftBody {
    /// The version.
    version_id: String,
    /// Where to upload its archive to, by PUT and without other credentials.
    upload_url: String,
    /// Until when.
    upload_expires: String,
    /// Headers that the upload has to carry.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    upload_headers: BTreeMap<String, String>,
    /// `draft`.
    status: &'static str,
}

impl From<Drafted> for DraftBody {
    fn from(drafted: Drafted) -> Self {
        Self {
            status: drafted.version.status().as_str(),
            version_id: drafted.version.version.into(),
            upload_url: drafted.upload.url,
            upload_expires: time(drafted.upload_expires),
            upload_headers: drafted.upload.headers,
        }
    }
}

/// A version that was published.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublishedBody {
    /// The version.
    version_id: String,
    /// `published`.
    status: &'static str,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<String>,
    /// Its manifest files, sorted.
    manifest_files: Vec<String>,
    /// The targets that policies deploy it to.
    auto_deployments: Vec<String>,
    /// The deployments that policies asked for.
    deployments: Vec<DeploymentBody>,
    /// The policies that matched and did not act, because their target is on hold.
    held: Vec<HeldBody>,
}

/// A policy that matched and did not act.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct HeldBody {
    /// The policy's name.
    policy: String,
    /// The target.
    environment: String,
    /// Why it is on hold.
    reason: String,
}

impl From<Held> for HeldBody {
    fn from(held: Held) -> Self {
        Self { policy: held.policy.into(), environment: held.target.into(), reason: held.reason }
    }
}

impl From<Published> for PublishedBody {
    fn from(done: Published) -> Self {
        let status = done.version.status().as_str();
        let published = done.version.published;
        Self {
            status,
            version_id: done.version.version.into(),
            published_at: published.as_ref().map(|published| time(published.at)),
            manifest_files: published.map(|published| published.files).unwrap_or_default(),
            auto_deployments: done.deployments.iter().map(|deployment| deployment.target.to_string()).collect(),
            deployments: done.deployments.into_iter().map(DeploymentBody::from).collect(),
            held: done.held.into_iter().map(HeldBody::from).collect(),
        }
    }
}

/// A version.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionBody {
    /// A UUID.
    id: String,
    /// The id of its application.
    app_id: String,
    /// The name of its application.
    app_name: String,
    /// What its maker calls it.
    version_id: String,
    /// `draft` or `published`.
    status: &'static str,
    /// Its commit.
    git_sha: String,
    /// Its branch.
    git_branch: String,
    /// Its tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    git_tag: Option<String>,
    /// Who committed it.
    git_committer: String,
    /// The number of its build.
    build_number: String,
    /// When it was made, as its maker says.
    metadata_timestamp: String,
    /// When it was first drafted.
    created_at: String,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<String>,
    /// The targets that run it now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deployed_to: Vec<String>,
    /// Why it must not be deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<RejectionBody>,
    /// What is in it; lists leave that out.
    #[serde(flatten)]
    contents: Option<Contents>,
}

/// What is in a version.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Contents {
    /// Where it comes from.
    metadata: Metadata,
    /// Its manifest files, sorted.
    manifest_files: Vec<String>,
    /// The same.
    files: Vec<String>,
    /// Its archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact: Option<Artifact>,
}

/// Why a version must not be deployed.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct RejectionBody {
    /// What is wrong with it.
    reason: String,
    /// Who rejected it.
    by: String,
    /// When.
    at: String,
}

impl From<Rejection> for RejectionBody {
    fn from(rejection: Rejection) -> Self {
        Self { reason: rejection.reason, by: rejection.by, at: time(rejection.at) }
    }
}

/// A version that must not be deployed.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rejected {
    /// The version.
    version_id: String,
    /// `draft` or `published`.
    status: &'static str,
    /// Why it must not be deployed.
    rejection: Option<RejectionBody>,
}

impl Rejected {
    pub(crate) fn new(version: Version) -> Self {
        let status = version.status().as_str();
        Self { version_id: version.version.into(), status, rejection: version.rejection.map(RejectionBody::from) }
    }
}

impl VersionBody {
    /// The version as a list shows it.
    fn brief(version: Version, deployed_to: Vec<TargetName>) -> Self {
        let status = version.status().as_str();
        let origin = version.metadata;
        Self {
            id: version.id,
            app_id: version.app_id,
            app_name: version.app.into(),
            version_id: version.version.into(),
            status,
            git_sha: origin.git_sha,
            git_branch: origin.git_branch,
            git_tag: origin.git_tag,
            git_committer: origin.git_committer.unwrap_or_default(),
            build_number: origin.build_number.unwrap_or_default(),
            metadata_timestamp: time(origin.timestamp),
            created_at: time(version.created_at),
            published_at: version.published.map(|published| time(published.at)),
            deployed_to: deployed_to.into_iter().map(String::from).collect(),
            rejection: version.rejection.map(RejectionBody::from),
            contents: None,
        }
    }
}

impl From<VersionView> for VersionBody {
    fn from(view: VersionView) -> Self {
        let metadata = Metadata::from(view.version.metadata.clone());
        let (artifact, files) = match view.version.published.clone() {
            Some(published) => {
                let ExactBytes { size, sha256 } = published.archive;
                (Some(Artifact { size: Some(size), sha256: Some(sha256) }), published.files)
            }
            None => (None, Vec::new()),
        };
        let contents = Contents { metadata, manifest_files: files.clone(), files, artifact };
        Self { contents: Some(contents), ..Self::brief(view.version, view.deployed_to) }
    }
}

/// Versions, newest first.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct Versions {
    /// This part of them.
    versions: Vec<VersionBody>,
    #[serde(flatten)]
    cut: Cut,
}

impl Versions {
    pub(crate) fn new(paged: Paged<VersionView>, page: Page) -> Self {
        let brief = |view: VersionView| VersionBody::brief(view.version, view.deployed_to);
        Self { cut: Cut::of(&paged, page), versions: paged.items.into_iter().map(brief).collect() }
    }
}

/// Why something is done.
#[derive(Deserialize, ToSchema, Debug)]
pub(crate) struct Reason {
    /// 1 to 500 characters.
    #[schema(value_type = String)]
    reason: Option<String>,
}

impl Reason {
    /// The text; an absent one is as an empty one.
    pub(crate) fn text(&self) -> &str {
        self.reason.as_deref().unwrap_or_default()
    }
}

/// The objects that differ.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct Difference {
    /// One for each object, sorted.
    changes: Vec<ObjectChangeBody>,
}

/// An object that differs.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectChangeBody {
    /// The object's apiVersion.
    api_version: String,
    /// Its kind.
    kind: String,
    /// Its namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    /// Its name.
    name: String,
    /// `added`, `removed` or `changed`.
    change: &'static str,
    /// The lines that differ, as a unified diff.
    text: String,
}

impl From<Vec<ObjectChange>> for Difference {
    fn from(changes: Vec<ObjectChange>) -> Self {
        Self { changes: changes.into_iter().map(ObjectChangeBody::from).collect() }
    }
}

impl From<ObjectChange> for ObjectChangeBody {
    fn from(object: ObjectChange) -> Self {
        let change = match object.change {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
        };
        let ObjectChange { api_version, kind, namespace, name, text, .. } = object;
        Self { api_version, kind, namespace, name, change, text }
    }
}
