//! The message of a deployment's commit, and the trailers that tell which deployment it is.

use crate::releases::{
    deployment::{Deployment, Trigger},
    name::VersionId,
};

/// The trailer that tells a commit's deployment; what heals a crash between push and record.
pub const DEPLOYMENT_TRAILER: &str = "Dploy-Deployment";

/// The trailer that tells whose push does not arrive any more.
const FENCE_TRAILER: &str = "Dploy-Fenced";

/// The message of a commit: a title, and trailers as `git interpret-trailers` reads them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommitMessage {
    /// The first line.
    pub title: String,
    /// Key and value of each trailer, without line breaks.
    pub trailers: Vec<(String, String)>,
}

impl CommitMessage {
    /// The message of a deployment of a version that was made of `source_sha`; of a removal, which has no source.
    #[must_use]
    pub fn of(deployment: &Deployment, source_sha: Option<&str>) -> Self {
        let Deployment { app, version, target, .. } = deployment;
        let title = match &deployment.trigger {
            Trigger::Policy { name, .. } => format!("Auto-deploy {app} version {version} to {target} (policy: {name})"),
            Trigger::Rollback => format!("Roll back {app} to version {version} in {target}"),
            Trigger::Promotion { from } => format!("Promote {app} version {version} from {from} to {target}"),
            Trigger::Manual => format!("Deploy {app} version {version} to {target}"),
            Trigger::Removal => format!("Remove {app} from {target}"),
        };
        let (deployed, removed) = if deployment.removes() { (None, Some(version)) } else { (Some(version), None) };
        let rolled_back = deployment.replaces.as_ref().filter(|_| deployment.trigger == Trigger::Rollback);
        let trailers = [
            ("Dploy-App", Some(app.as_str())),
            ("Dploy-Version", deployed.map(VersionId::as_str)),
            ("Dploy-Removes", removed.map(VersionId::as_str)),
            ("Dploy-Target", Some(target.as_str())),
            (DEPLOYMENT_TRAILER, Some(deployment.id.as_str())),
            ("Dploy-Source-Sha", source_sha),
            ("Dploy-Triggered-By", Some(deployment.triggered_by.as_deref().unwrap_or(&deployment.actor))),
            ("Dploy-Rollback-Of", rolled_back.map(VersionId::as_str)),
        ];
        let given = trailers.into_iter().filter_map(|(key, value)| Some((key.to_owned(), one_line(value?))));
        Self { title: one_line(&title), trailers: given.filter(|(_, value)| !value.is_empty()).collect() }
    }

    /// The message of a commit that changes no file and keeps the pushes of these deployments from arriving late.
    #[must_use]
    pub fn fence(deployments: &[&Deployment]) -> Self {
        let fenced = deployments.iter().map(|deployment| (FENCE_TRAILER.to_owned(), deployment.id.clone()));
        Self { title: "Refuse pushes that have not arrived".to_owned(), trailers: fenced.collect() }
    }

    /// The message as git keeps it.
    #[must_use]
    pub fn text(&self) -> String {
        let trailers: String = self.trailers.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
        format!("{}\n\n{trailers}", self.title)
    }

    /// The deployment that a commit's message names, if its last paragraph does.
    #[must_use]
    pub fn deployment(text: &str) -> Option<&str> {
        let last = text.trim_end().rsplit("\n\n").next()?;
        last.lines().find_map(|line| line.strip_prefix(DEPLOYMENT_TRAILER)?.strip_prefix(": "))
    }
}

/// Free text as one line: what names and people write must not add trailers.
fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}
