use std::time::Duration;

use async_trait::async_trait;
use dploy_core::{
    releases::{
        api_key::ApiKey,
        application::{AppRef, AppTarget, Application},
        audit::{AuditEvent, AuditFilter},
        deployment::{Deployment, DeploymentId},
        name::{TargetName, VersionId},
        page::{Page, Paged},
        policy::AutoDeployPolicy,
        ports::{
            ApplicationFilter, ApplicationRecords, AuditRecords, DeploymentFilter, DeploymentRecords, DraftRecords,
            Enqueue, Finish, KeyRecords, Lease, LeaseRecords, PolicyRecords, PublicationRecord, QueueRecords,
            RecordError, Records, TargetRecords, VersionRecords,
        },
        target::{Hold, Target},
        version::{Rejection, Version, VersionStatus},
    },
    time::Timestamp,
};

use super::Stepped;

/// Implements a port by passing on its calls; `write` ones are effects.
macro_rules! stepped {
    ($port:ident { $($kind:ident $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)* }) => {
        #[async_trait]
        impl $port for Stepped<dyn Records> {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$result, RecordError> {
                stepped!($kind self, $name, self.inner.$name($($argument),*))
            })*
        }
    };
    (read $self:ident, $name:ident, $call:expr) => { $call.await };
    (write $self:ident, $name:ident, $call:expr) => { $self.steps.effect(stringify!($name), $call).await };
}

stepped!(ApplicationRecords {
    write create_application(application: &Application, event: &AuditEvent) -> ();
    write update_application(application: &Application, event: &AuditEvent) -> ();
    read find_application(app: &AppRef) -> Option<Application>;
    read list_applications(filter: &ApplicationFilter, page: Page) -> Paged<Application>;
    read app_targets(app_ids: &[String]) -> Vec<(String, AppTarget)>;
});

stepped!(DraftRecords {
    write create_draft(version: &Version, event: &AuditEvent) -> ();
    write renew_draft(version: &Version, event: &AuditEvent) -> ();
    read expired_drafts(before: Timestamp, limit: u32) -> Vec<Version>;
    write remove_draft(version: &Version, event: &AuditEvent) -> ();
});

stepped!(VersionRecords {
    read find_version(app_id: &str, version: &VersionId) -> Option<Version>;
    read list_versions(app_id: &str, status: Option<VersionStatus>, page: Page) -> Paged<Version>;
    write publish(record: &PublicationRecord, event: &AuditEvent) -> Vec<Deployment>;
    write reject(id: &str, rejection: Option<&Rejection>, event: &AuditEvent) -> ();
});

stepped!(PolicyRecords {
    write create_policy(policy: &AutoDeployPolicy, event: &AuditEvent) -> ();
    write update_policy(policy: &AutoDeployPolicy, event: &AuditEvent) -> ();
    read find_policy(app_id: &str, id: &str) -> Option<AutoDeployPolicy>;
    read list_policies(app_id: &str) -> Vec<AutoDeployPolicy>;
    write remove_policy(app_id: &str, id: &str, event: &AuditEvent) -> ();
});

stepped!(TargetRecords {
    write create_target(target: &Target, event: &AuditEvent) -> ();
    write update_target(target: &Target, event: &AuditEvent) -> ();
    read list_targets() -> Vec<Target>;
    write remove_target(target: &TargetName, event: &AuditEvent) -> ();
    write set_hold(app_id: &str, target: &TargetName, hold: Option<&Hold>, event: &AuditEvent) -> ();
});

stepped!(DeploymentRecords {
    write enqueue(enqueue: &Enqueue, event: &AuditEvent) -> Deployment;
    read find_deployment(id: &str) -> Option<Deployment>;
    read list_deployments(filter: &DeploymentFilter, page: Page) -> Paged<Deployment>;
});

stepped!(QueueRecords {
    read unfinished(targets: &[TargetName], limit: u32) -> Vec<Deployment>;
    write start(ids: &[DeploymentId], at: Timestamp, lease: &Lease) -> Vec<DeploymentId>;
    write finish(transitions: &[Finish], lease: &Lease) -> ();
});

stepped!(LeaseRecords {
    write acquire(lease: &Lease, duration: Duration) -> bool;
    write release(lease: &Lease) -> ();
    read ready() -> ();
});

stepped!(KeyRecords {
    write create_key(key: &ApiKey, event: &AuditEvent) -> ();
    read find_keys(prefix: &str) -> Vec<ApiKey>;
    read list_keys(page: Page) -> Paged<ApiKey>;
    write revoke_key(id: &str, at: Timestamp, event: &AuditEvent) -> ();
    write touch_key(id: &str, at: Timestamp) -> ();
});

stepped!(AuditRecords {
    write append_event(event: &AuditEvent) -> ();
    read list_events(filter: &AuditFilter, page: Page) -> Paged<AuditEvent>;
});
