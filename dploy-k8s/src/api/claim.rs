//! DployInstanceClaim: a user's request for one environment, and the answer.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    rule,
    schema::{self, HEX_16, INTEGER, LABEL, LABEL_PATTERN, MESSAGE, NAME, TEMPLATE, TEXT},
    spec::absent_is_default,
    vocabulary::{ConnectionType, ObjectRef},
};

/// A user's request for one environment, as a PersistentVolumeClaim is for a volume; deleting it releases the
/// environment.
#[derive(CustomResource, KubeSchema, Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[kube(
    group = "dploy.dev",
    version = "v1alpha1",
    kind = "DployInstanceClaim",
    plural = "dployinstanceclaims",
    shortname = "dclaim",
    category = "dploy",
    namespaced,
    status = "DployInstanceClaimStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "DployInstanceClaim is a user's request for one environment, as a PersistentVolumeClaim is for a volume; deleting it releases the environment.",
    validation = rule::has_spec(),
    printcolumn(name = "Template", type_ = "string", json_path = ".spec.templateRef"),
    printcolumn(name = "Owner", type_ = "string", json_path = ".spec.owner"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reason"),
    printcolumn(name = "Instance", type_ = "string", json_path = ".status.instanceRef.name"),
    printcolumn(name = "URL", type_ = "string", json_path = ".status.url"),
    printcolumn(name = "Expires", type_ = "string", json_path = ".status.expiresAt"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(remote = "Self", rename_all = "camelCase")]
#[schemars(transform = schema::conform)]
#[x_kube(
    validation = rule::filled_once("templateRef"),
    validation = rule::filled_once("owner"),
    validation = rule::kept("ownerId"),
    validation = rule::kept("instanceRef"),
    validation = rule::immutable("params", "{}"),
    validation = rule::immutable_object("claims"),
    validation = Rule::new(
        "(has(self.extensions) ? self.extensions : 0) >= (has(oldSelf.extensions) ? oldSelf.extensions : 0)"
    ).message("extensions only grows: add 1 to extend the environment once").field_path(".extensions"),
    validation = Rule::new(
        "!has(oldSelf.lastActivityAt) || (has(self.lastActivityAt) && self.lastActivityAt >= oldSelf.lastActivityAt)"
    ).message("lastActivityAt only moves on: give a time that is not before the one it has")
        .field_path(".lastActivityAt"),
)]
pub struct DployInstanceClaimSpec {
    /// Name of the DployTemplate in the same namespace; immutable.
    #[schemars(length(min = 1, max = NAME))]
    pub template_ref: String,
    /// Who asks, as shown to people and used in names: lower-case letters, digits and dashes; immutable.
    #[schemars(length(min = 1, max = LABEL), regex(pattern = LABEL_PATTERN))]
    pub owner: String,
    /// Who asks, unambiguously: 16 hexadecimal digits; where absent, the id of the owner's text. May be added, never
    /// changed or removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16), regex(pattern = HEX_16))]
    pub owner_id: Option<String>,
    /// Values for the template's parameters; immutable.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::text_map")]
    pub params: BTreeMap<String, String>,
    /// Claims of the owner's token, as far as the template keeps them; immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub claims: Option<Map<String, Value>>,
    /// Seconds the environment shall live, at most the template's; -1 (for ever) only where the template's is; the
    /// template's where absent or 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1, max = INTEGER))]
    pub ttl_seconds: Option<i64>,
    /// Whether it waits where the pool is empty, in the order of asking; where absent, as pool.whenEmpty of the template
    /// says. Unused where environments are made on demand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_for_pool: Option<bool>,
    /// How often the lifetime has been extended; it only grows.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0, max = INTEGER))]
    pub extensions: i64,
    /// When the environment was last used, as far as that was noted, which puts off the end that idleTTL of the template
    /// sets; it only moves on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_activity_at: Option<Time>,
    /// The instance that this claim adopts, which only the operator sets; may be added, never changed or removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_ref: Option<ObjectRef>,
}

absent_is_default!(DployInstanceClaimSpec);

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// The answer to a claim.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub enum ClaimPhase {
    /// Nothing has been decided yet.
    #[default]
    Pending,
    /// It has an instance.
    Bound,
    /// It is refused; the reason says why.
    Rejected,
    /// Its lifetime is over; the object stays for a while as a trace.
    Expired,
}

/// What became of a claim.
#[derive(KubeSchema, Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = schema::conform)]
pub struct DployInstanceClaimStatus {
    /// The answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<ClaimPhase>,
    /// Why it is in this phase, in one word for programs, such as QuotaExceeded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 1024))]
    pub reason: String,
    /// Why it is in this phase, in a sentence for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = MESSAGE))]
    pub message: String,
    /// The instance it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_ref: Option<ObjectRef>,
    /// Where the user reaches the environment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT))]
    pub url: String,
    /// How the user gets in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_type: Option<ConnectionType>,
    /// Text shown to the user with connectionType instructions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEMPLATE))]
    pub connection_message: String,
    /// When it was bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound_at: Option<Time>,
    /// When the lifetime started: bound, and ready, failed for good or not provisioned in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// Seconds of lifetime before extensions, as decided at binding; -1 means unlimited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1, max = INTEGER))]
    pub ttl_seconds: Option<i64>,
    /// Seconds that one extension adds, as decided at binding.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = INTEGER))]
    pub extend_seconds: Option<i64>,
    /// When the environment ends; absent before the lifetime starts and with an unlimited one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// How many extensions count.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0, max = INTEGER))]
    pub extend_count: i64,
    /// How many extensions may count; absent or 0 means any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = INTEGER))]
    pub max_extends: Option<i64>,
    /// Most seconds of lifetime with all extensions; absent means no such limit.
    #[serde(rename = "maxTTLSeconds", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = INTEGER))]
    pub max_ttl_seconds: Option<i64>,
    /// Seconds without activity after which it ends, as decided at binding; absent means never.
    #[serde(rename = "idleTTLSeconds", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = INTEGER))]
    pub idle_ttl_seconds: Option<i64>,
    /// Generation of the spec that this status is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = INTEGER))]
    pub observed_generation: Option<i64>,
    /// What holds for the claim right now: Accepted, Progressing, Ready.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,
}
