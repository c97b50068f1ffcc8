//! What the server tells and commands print. The keys are those of the server; a key is never left out.

mod application;
mod deployment;
mod operation;
mod version;

pub(crate) use application::{Application, NewApplication, Policy};
pub(crate) use deployment::{Change, Deployment};
pub(crate) use operation::{AuditEvent, Key, NewKey, Target};
pub(crate) use version::{Draft, Held, Metadata, Published, Version};

/// Columns of tables, by kind of record.
pub(crate) mod columns {
    pub(crate) const APPLICATION: &[&str] = &["name", "id", "createdAt"];
    pub(crate) const VERSION: &[&str] = &["versionId", "status", "gitBranch", "deployedTo", "createdAt"];
    pub(crate) const POLICY: &[&str] =
        &["name", "gitBranchPattern", "gitTagPattern", "excludePatterns", "targetEnvironment", "enabled"];
    pub(crate) const DEPLOYMENT: &[&str] =
        &["deploymentId", "appName", "versionId", "environment", "state", "actor", "gitopsCommitSha", "queuedAt"];
    pub(crate) const TARGET: &[&str] = &["name", "repository", "branch", "path"];
    pub(crate) const KEY: &[&str] = &["id", "name", "prefix", "applications", "actions", "expiresAt", "lastUsedAt"];
    pub(crate) const AUDIT: &[&str] = &["at", "actor", "action", "app", "object", "outcome"];
}
