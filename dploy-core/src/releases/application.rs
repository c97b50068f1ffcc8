//! Applications: what versions are of.

use std::collections::BTreeSet;

use crate::time::Timestamp;

use super::{
    deployment::DeploymentId,
    name::{AppName, TargetName, VersionId},
    target::Hold,
};

/// An application.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Application {
    /// A version 4 UUID.
    pub id: String,
    /// Its name, unique.
    pub name: AppName,
    /// What its manifests may hold.
    pub rules: ObjectRules,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What the manifests of an application may hold; `None` allows everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ObjectRules {
    /// The kinds of objects, such as `Deployment`.
    pub kinds: Option<BTreeSet<String>>,
    /// The namespaces that objects may name; an object that names none is always allowed.
    pub namespaces: Option<BTreeSet<String>>,
}

/// How a caller names an application: its id, or its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppRef(String);

impl AppRef {
    /// An application by that id or name; an id is looked up first.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id or name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How an application stands at a target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppTarget {
    /// The target.
    pub target: TargetName,
    /// What runs there, as far as git says; `None` before its first deployment.
    pub current: Option<Current>,
    /// Why policies do not deploy there at present.
    pub hold: Option<Hold>,
}

/// The version that was deployed last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Current {
    /// The deployment that brought it.
    pub deployment: DeploymentId,
    /// That deployment's place in the order of all deployments.
    pub sequence: u64,
    /// The version.
    pub version: VersionId,
    /// The commit that holds it.
    pub commit: Option<String>,
    /// When the deployment had finished.
    pub deployed_at: Timestamp,
}
