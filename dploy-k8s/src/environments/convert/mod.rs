//! Custom resources as domain types, and decisions as custom resources.

mod claim;
mod conditions;
mod instance;
mod isolation;
mod marks;
mod rules;
mod settings;
mod template;

pub(crate) use self::rules::is_allowed;
pub use self::{
    claim::{claim, claim_object, claim_owner, claim_with_status},
    instance::{instance, instance_owner, instance_with_status, pinned_revision},
    isolation::isolation,
    marks::{annotation, marks},
    settings::{effective_spec, settings},
    template::{Refusal, seconds, template},
};

use dploy_core::{
    environments::{Metadata, ObjectKey, UidRef, template::ConnectionType},
    time::Timestamp,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::ObjectMeta;

use crate::api;

/// The metadata of an object as the domain sees it.
#[must_use]
pub fn metadata(meta: &ObjectMeta) -> Metadata {
    Metadata {
        key: ObjectKey::new(meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default()),
        uid: meta.uid.clone().unwrap_or_default(),
        version: meta.resource_version.clone().unwrap_or_default(),
        created: meta.creation_timestamp.as_ref().map_or(Timestamp::from_unix_seconds(0), timestamp),
        deleting_since: meta.deletion_timestamp.as_ref().map(timestamp),
    }
}

fn timestamp(time: &Time) -> Timestamp {
    Timestamp::from(time.0)
}

pub(super) fn time(timestamp: Timestamp) -> Time {
    Time(timestamp.whole_seconds().into())
}

fn uid_ref(reference: &api::ObjectRef) -> UidRef {
    UidRef { name: reference.name.clone(), uid: reference.uid.clone() }
}

fn object_ref(reference: &UidRef) -> api::ObjectRef {
    api::ObjectRef { name: reference.name.clone(), uid: reference.uid.clone() }
}

fn connection_type(kind: api::ConnectionType) -> ConnectionType {
    match kind {
        api::ConnectionType::Web => ConnectionType::Web,
        api::ConnectionType::Instructions => ConnectionType::Instructions,
    }
}

fn connection_type_word(kind: ConnectionType) -> api::ConnectionType {
    match kind {
        ConnectionType::Web => api::ConnectionType::Web,
        ConnectionType::Instructions => api::ConnectionType::Instructions,
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A number that the schema keeps within 0 and 2³²; what an older version stored outside is clamped.
fn count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
