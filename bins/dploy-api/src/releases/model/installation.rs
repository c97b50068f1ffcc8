use std::collections::BTreeSet;

use dploy_core::releases::{
    access::{Action, Scope},
    api_key::ApiKey,
    audit::AuditEvent,
    file::FilePath,
    name::{AppName, BranchName},
    page::{Page, Paged},
    service::{NewKey, NewSecret, TargetRequest},
    target::{RepositoryUrl, Target},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Cut, time};
use crate::releases::{Error, input};

const ADDRESS: &str = "https://…, ssh://…, user@host:path, file://… or a path from the root, without a password";
const FOLDER: &str = "a relative path without . and .., such as environments/staging/apps";
const ACTIONS: &str = "a list of read, publish, deploy, manage and admin";
const TIME: &str = "a time as in RFC 3339";

/// A target to declare; what is absent is the installation's own.
#[derive(Deserialize, ToSchema, Debug)]
pub(crate) struct TargetRequestBody {
    /// A DNS label.
    #[schema(value_type = String)]
    name: Option<String>,
    /// The address of the repository, without credentials.
    repository: Option<String>,
    /// The branch.
    branch: Option<String>,
    /// The folder that holds one folder for each application; `environments/{name}/apps` where it is absent.
    path: Option<String>,
}

/// Where a target lies from now on; what is absent stays as it is.
#[derive(Deserialize, ToSchema, Debug)]
pub(crate) struct TargetChange {
    /// The address of the repository, without credentials.
    repository: Option<String>,
    /// The branch.
    branch: Option<String>,
    /// The folder that holds one folder for each application.
    path: Option<String>,
}

impl TargetRequestBody {
    pub(crate) fn read(self) -> Result<TargetRequest, Error> {
        let name = input::name("name", self.name.as_ref())?;
        let Self { repository, branch, path, .. } = self;
        TargetChange { repository, branch, path }.applied(TargetRequest::named(name))
    }
}

impl TargetChange {
    /// The target as it is to be.
    pub(crate) fn of(self, target: Target) -> Result<TargetRequest, Error> {
        let Target { name, repository, branch, folder, .. } = target;
        self.applied(TargetRequest { name, repository, branch, folder: Some(folder) })
    }

    fn applied(self, base: TargetRequest) -> Result<TargetRequest, Error> {
        let url = |text: String| RepositoryUrl::parse(&text).ok_or_else(|| Error::input("repository", ADDRESS));
        let branch = |text: String| input::parsed::<BranchName>("branch", &text);
        let folder = |text: String| FilePath::parse(&text).map_err(|_| Error::input("path", FOLDER));
        Ok(TargetRequest {
            name: base.name,
            repository: self.repository.map(url).transpose()?.or(base.repository),
            branch: self.branch.map(branch).transpose()?.or(base.branch),
            folder: self.path.map(folder).transpose()?.or(base.folder),
        })
    }
}

/// A target.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TargetBody {
    /// Its name.
    name: String,
    /// The repository; absent is the installation's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    /// The branch; absent is the installation's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    /// The folder that holds one folder for each application.
    path: String,
    /// When it was declared.
    created_at: String,
}

impl From<Target> for TargetBody {
    fn from(target: Target) -> Self {
        Self {
            name: target.name.into(),
            repository: target.repository.map(|url| url.to_string()),
            branch: target.branch.map(String::from),
            path: target.folder.to_string(),
            created_at: time(target.created_at),
        }
    }
}

/// All targets in the order of their names.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Targets {
    /// The targets.
    targets: Vec<TargetBody>,
    /// How many there are.
    total: usize,
    /// The same.
    total_count: usize,
}

impl From<Vec<Target>> for Targets {
    fn from(all: Vec<Target>) -> Self {
        let total = all.len();
        Self { targets: all.into_iter().map(TargetBody::from).collect(), total, total_count: total }
    }
}

/// A key to make.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyRequest {
    /// What it is for, unique among keys in use.
    #[schema(value_type = String)]
    name: Option<String>,
    /// The applications; absent or null is all of them, those to come too.
    applications: Option<BTreeSet<String>>,
    /// What its bearer may do: `read`, `publish`, `deploy`, `manage`, `admin`.
    #[schema(value_type = Vec<String>)]
    actions: Option<BTreeSet<String>>,
    /// When it ends by itself (RFC 3339); absent never.
    expires_at: Option<String>,
}

impl KeyRequest {
    pub(crate) fn read(self) -> Result<NewKey, Error> {
        let actions = input::required("actions", self.actions, ACTIONS)?;
        let actions: Option<BTreeSet<_>> = actions.iter().map(|word| Action::parse(word)).collect();
        let names = |names: BTreeSet<String>| -> Result<BTreeSet<AppName>, Error> {
            names.iter().map(|name| input::parsed("applications", name)).collect()
        };
        let time = |text: String| text.parse().map_err(|_| Error::input("expiresAt", TIME));
        Ok(NewKey {
            name: input::required("name", self.name, "1 to 100 characters")?,
            scope: Scope {
                applications: self.applications.map(names).transpose()?,
                actions: actions.ok_or_else(|| Error::input("actions", ACTIONS))?,
            },
            expires_at: self.expires_at.map(time).transpose()?,
        })
    }
}

/// A key without its secret.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyBody {
    /// A UUID.
    id: String,
    /// What it is for.
    name: String,
    /// The first characters of its secret.
    prefix: String,
    /// The applications; absent is all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    applications: Option<BTreeSet<String>>,
    /// What its bearer may do.
    actions: Vec<&'static str>,
    /// Who made it.
    created_by: String,
    /// When it was made.
    created_at: String,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// When it was last used, to a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
}

impl From<ApiKey> for KeyBody {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            applications: key.scope.applications.map(|among| among.into_iter().map(String::from).collect()),
            actions: key.scope.actions.into_iter().map(Action::as_str).collect(),
            created_by: key.created_by,
            created_at: time(key.created_at),
            expires_at: key.expires_at.map(time),
            last_used_at: key.used_at.map(time),
            revoked_at: key.revoked_at.map(time),
        }
    }
}

/// A key that was just made: the only time that its secret is told.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewKeyBody {
    /// Its secret.
    api_key: String,
    #[serde(flatten)]
    key: KeyBody,
}

impl From<NewSecret> for NewKeyBody {
    fn from(made: NewSecret) -> Self {
        Self { api_key: made.secret.expose().to_owned(), key: made.key.into() }
    }
}

/// Keys, newest first, revoked ones too.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct Keys {
    /// This part of them.
    keys: Vec<KeyBody>,
    #[serde(flatten)]
    cut: Cut,
}

impl Keys {
    pub(crate) fn new(paged: Paged<ApiKey>, page: Page) -> Self {
        Self { cut: Cut::of(&paged, page), keys: paged.items.into_iter().map(KeyBody::from).collect() }
    }
}

/// Something that somebody did, or was not allowed to do.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditEventBody {
    /// A UUID.
    id: String,
    /// When.
    at: String,
    /// Who.
    actor: String,
    /// What, as noun and verb: `version.publish`.
    action: String,
    /// What it was done to: `version/1.0.0`.
    object: String,
    /// The application that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<String>,
    /// `done` or `denied`.
    outcome: &'static str,
    /// What changed, without secrets.
    #[schema(value_type = Object)]
    detail: Value,
    /// The id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// Where the request came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

impl From<AuditEvent> for AuditEventBody {
    fn from(event: AuditEvent) -> Self {
        Self {
            id: event.id,
            at: time(event.at),
            actor: event.actor,
            action: event.action,
            object: event.object,
            app: event.app.map(String::from),
            outcome: event.outcome.as_str(),
            detail: event.detail.into_value(),
            request_id: event.request,
            address: event.address,
        }
    }
}

/// The audit, newest first.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct AuditEvents {
    /// This part of it.
    events: Vec<AuditEventBody>,
    #[serde(flatten)]
    cut: Cut,
}

impl AuditEvents {
    pub(crate) fn new(paged: Paged<AuditEvent>, page: Page) -> Self {
        Self { cut: Cut::of(&paged, page), events: paged.items.into_iter().map(AuditEventBody::from).collect() }
    }
}
