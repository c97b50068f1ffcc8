//! Deployments and differences.

use serde::{Deserialize, Serialize};

/// A deployment.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployment {
    /// Its id.
    #[serde(alias = "id")]
    pub(crate) deployment_id: String,
    /// The application's name.
    #[serde(alias = "app")]
    pub(crate) app_name: Option<String>,
    /// The version; of a removal, the one that ran.
    pub(crate) version_id: String,
    /// The target.
    pub(crate) environment: String,
    /// `pending`, `success` or `failed`.
    pub(crate) status: String,
    /// `queued`, `running`, `succeeded`, `unchanged`, `failed` or `superseded`.
    pub(crate) state: Option<String>,
    /// Why it failed or was superseded.
    #[serde(alias = "errorMessage")]
    pub(crate) reason: Option<String>,
    /// What asked for it: `manual`, `rollback`, `promotion`, `policy` or `removal`.
    pub(crate) trigger: Option<String>,
    /// Who asked for it.
    pub(crate) actor: Option<String>,
    /// What the caller said of who asked for it.
    pub(crate) triggered_by: Option<String>,
    /// The policy that asked for it, by its name at that time.
    pub(crate) policy_name: Option<String>,
    /// Its id.
    pub(crate) policy_id: Option<String>,
    /// The target that it was promoted from.
    pub(crate) promoted_from: Option<String>,
    /// The version that ran there when it was asked for.
    pub(crate) replaces: Option<String>,
    /// The commit that holds it.
    pub(crate) gitops_commit_sha: Option<String>,
    /// When it was asked for.
    pub(crate) queued_at: Option<String>,
    /// When it was first tried.
    pub(crate) started_at: Option<String>,
    /// When it came to its final state.
    #[serde(alias = "finishedAt")]
    pub(crate) completed_at: Option<String>,
}

impl Deployment {
    /// What it changes, such as `v2 to staging`.
    pub(crate) fn change(&self) -> String {
        let preposition = if self.is_removal() { "off" } else { "to" };
        format!("{} {preposition} {}", self.version_id, self.environment)
    }

    /// What it is, for an error.
    pub(crate) fn what(&self) -> String {
        let Self { deployment_id: id, version_id: version, environment: target, .. } = self;
        match self.is_removal() {
            true => format!("removal {id} of {version} from {target}"),
            false => format!("deployment {id} of {version} to {target}"),
        }
    }

    /// How it stands, in the words of `state`, also where only `status` is told.
    pub(crate) fn state(&self) -> &str {
        match (&self.state, self.status.as_str()) {
            (Some(state), _) => state,
            (None, "success") => "succeeded",
            (None, "pending") => "queued",
            (None, status) => status,
        }
    }

    /// Whether the target has the version now, or of a removal, has the application no more.
    pub(crate) fn is_success(&self) -> bool {
        matches!(self.state(), "succeeded" | "unchanged")
    }

    /// Whether it takes its application off the target.
    pub(crate) fn is_removal(&self) -> bool {
        self.trigger.as_deref() == Some("removal")
    }

    /// Whether it will not change any more.
    pub(crate) fn is_final(&self) -> bool {
        !matches!(self.state(), "queued" | "running")
    }
}

/// An object that differs between two versions.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    /// The object's apiVersion.
    pub(crate) api_version: String,
    /// Its kind.
    pub(crate) kind: String,
    /// Its namespace.
    pub(crate) namespace: Option<String>,
    /// Its name.
    pub(crate) name: String,
    /// `added`, `removed` or `changed`.
    pub(crate) change: String,
    /// The lines that differ.
    #[serde(default)]
    pub(crate) text: String,
}
