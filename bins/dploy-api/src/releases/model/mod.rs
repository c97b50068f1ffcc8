//! What the releases domain says and is told: the original's names, with ours beside them.

mod application;
mod deployment;
mod installation;
mod policy;
mod version;

use dploy_core::{
    releases::page::{Page, Paged},
    time::Timestamp,
};
use serde::Serialize;

pub(crate) use application::{ApplicationBody, ApplicationRequest, Applications, HoldBody, RulesRequest};
pub(crate) use deployment::{DeployBody, DeploymentBody, Deployments, PromoteBody, RollbackBody, states};
pub(crate) use installation::{
    AuditEvents, KeyRequest, Keys, NewKeyBody, TargetBody, TargetChange, TargetRequestBody, Targets,
};
pub(crate) use policy::{Policies, PolicyBody, PolicyChangeBody, PolicyRequestBody};
pub(crate) use version::{
    Difference, DraftBody, DraftRequestBody, PublishedBody, Reason, Rejected, VersionBody, Versions,
};

/// Where a list was cut.
#[derive(Serialize, utoipa::ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cut {
    /// How many items the whole list has.
    total: u64,
    /// The same.
    total_count: u64,
    /// How many items were asked for at most.
    limit: u32,
    /// How many items are before the first.
    offset: u64,
}

impl Cut {
    fn of<T>(paged: &Paged<T>, page: Page) -> Self {
        Self { total: paged.total, total_count: paged.total, limit: page.limit, offset: page.offset }
    }
}

/// RFC 3339 in UTC, as precise as it is known.
fn time(at: Timestamp) -> String {
    jiff::Timestamp::from(at).to_string()
}
