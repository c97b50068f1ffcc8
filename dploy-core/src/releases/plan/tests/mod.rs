mod batch;
mod message;
mod outcome;

use crate::{
    releases::{
        deployment::{Deployment, DeploymentState, Trigger},
        name::{AppName, TargetName, VersionId},
    },
    time::Timestamp,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

/// The queued deployment of `version` of application `app` to `staging`.
fn queued(sequence: u64, app: &str, version: &str) -> Deployment {
    Deployment {
        id: format!("d{sequence}"),
        sequence,
        app_id: format!("id-{app}"),
        app: AppName::parse(app).unwrap(),
        version: VersionId::parse(version).unwrap(),
        target: TargetName::parse("staging").unwrap(),
        trigger: Trigger::Manual,
        actor: "ada".to_owned(),
        triggered_by: None,
        replaces: None,
        state: DeploymentState::Queued,
        reason: None,
        commit: None,
        attempts: 0,
        not_before: None,
        queued_at: at(0),
        started_at: None,
        finished_at: None,
    }
}
