//! Words that several kinds use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::{NAME, UID};

/// How a user gets into an environment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConnectionType {
    /// A link to open.
    #[default]
    Web,
    /// A text that says what to do, such as a command to run.
    Instructions,
}

/// A GitOps engine that can provision environments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EngineName {
    /// Argo CD.
    Argocd,
    /// Flux.
    #[default]
    Flux,
}

impl EngineName {
    /// The word that manifests use: `argocd` or `flux`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Argocd => "argocd",
            Self::Flux => "flux",
        }
    }
}

/// One particular object of the same namespace: its name, and its uid so that a successor of that name is not meant.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct ObjectRef {
    /// Name of the object.
    #[schemars(length(min = 1, max = NAME))]
    pub name: String,
    /// Uid of the object (metadata.uid).
    #[schemars(length(min = 1, max = UID))]
    pub uid: String,
}
