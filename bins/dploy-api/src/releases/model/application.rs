use std::collections::{BTreeMap, BTreeSet};

use dploy_core::releases::{
    application::{Application, ObjectRules},
    name::AppName,
    page::{Page, Paged},
    service::{ApplicationView, NewApplication},
    target::Hold,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Cut, time};
use crate::releases::{Error, input};

/// An application to register.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApplicationRequest {
    /// A DNS label.
    #[schema(value_type = String)]
    name: Option<String>,
    /// The kinds of objects that its manifests may hold, such as `Deployment`; absent allows all.
    allowed_kinds: Option<BTreeSet<String>>,
    /// The namespaces that its objects may name; absent allows all.
    allowed_namespaces: Option<BTreeSet<String>>,
}

/// What an application's manifests may hold from now on; what is absent or null allows everything.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RulesRequest {
    /// The kinds of objects, such as `Deployment`.
    allowed_kinds: Option<BTreeSet<String>>,
    /// The namespaces that objects may name.
    allowed_namespaces: Option<BTreeSet<String>>,
}

impl ApplicationRequest {
    pub(crate) fn read(self) -> Result<NewApplication, Error> {
        let name: AppName = input::name("name", self.name.as_ref())?;
        Ok(NewApplication {
            name,
            rules: ObjectRules { kinds: self.allowed_kinds, namespaces: self.allowed_namespaces },
        })
    }
}

impl From<RulesRequest> for ObjectRules {
    fn from(request: RulesRequest) -> Self {
        Self { kinds: request.allowed_kinds, namespaces: request.allowed_namespaces }
    }
}

/// An application.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApplicationBody {
    /// A UUID.
    id: String,
    /// Its name.
    name: String,
    /// When it was registered.
    created_at: String,
    /// When it last changed.
    updated_at: String,
    /// The kinds of objects that its manifests may hold; absent allows all.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_kinds: Option<BTreeSet<String>>,
    /// The namespaces that its objects may name; absent allows all.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_namespaces: Option<BTreeSet<String>>,
    /// How it stands at its targets; lists leave that out.
    #[serde(flatten)]
    stands: Option<Stands>,
}

/// How an application stands at its targets.
#[derive(Serialize, ToSchema, Default, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stands {
    /// Where its files lie in the gitops repository.
    gitops_path: String,
    /// The version that each target runs; absent where nothing was deployed yet.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    current_version: BTreeMap<String, String>,
    /// The same with when it was deployed.
    current_versions: BTreeMap<String, CurrentBody>,
    /// The targets that policies leave alone, and why.
    holds: BTreeMap<String, HoldBody>,
}

/// What a target runs.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CurrentBody {
    /// The version.
    version_id: String,
    /// When it was deployed.
    deployed_at: String,
    /// The deployment.
    deployment_id: String,
    /// The commit that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    gitops_commit_sha: Option<String>,
}

/// Why policies leave a target alone.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HoldBody {
    /// Why.
    reason: String,
    /// Who set it.
    by: String,
    /// When.
    at: String,
    /// The rollback that set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment_id: Option<String>,
}

impl From<Hold> for HoldBody {
    fn from(hold: Hold) -> Self {
        Self { reason: hold.reason, by: hold.by, at: time(hold.at), deployment_id: hold.deployment }
    }
}

impl From<Application> for ApplicationBody {
    fn from(app: Application) -> Self {
        Self {
            id: app.id,
            name: app.name.into(),
            created_at: time(app.created_at),
            updated_at: time(app.updated_at),
            allowed_kinds: app.rules.kinds,
            allowed_namespaces: app.rules.namespaces,
            stands: None,
        }
    }
}

impl From<ApplicationView> for ApplicationBody {
    fn from(view: ApplicationView) -> Self {
        let ApplicationView { application, targets } = view;
        let gitops_path = format!("environments/{{environment}}/apps/{}", application.name);
        let mut stands = Stands { gitops_path, ..Stands::default() };
        for at in targets {
            let target = String::from(at.target);
            if let Some(current) = at.current {
                let version_id = String::from(current.version);
                stands.current_version.insert(target.clone(), version_id.clone());
                let (deployed_at, gitops_commit_sha) = (time(current.deployed_at), current.commit);
                let body =
                    CurrentBody { version_id, deployed_at, deployment_id: current.deployment, gitops_commit_sha };
                stands.current_versions.insert(target.clone(), body);
            }
            if let Some(hold) = at.hold {
                stands.holds.insert(target, hold.into());
            }
        }
        Self { stands: Some(stands), ..Self::from(application) }
    }
}

/// Applications, newest first.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct Applications {
    /// This part of them.
    apps: Vec<ApplicationBody>,
    #[serde(flatten)]
    cut: Cut,
}

impl Applications {
    pub(crate) fn new(paged: Paged<Application>, page: Page) -> Self {
        Self { cut: Cut::of(&paged, page), apps: paged.items.into_iter().map(ApplicationBody::from).collect() }
    }
}
