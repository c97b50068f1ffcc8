//! DployInstance: one environment.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    rule,
    schema::{self, HEX_8, HEX_16, HEX_64, INTEGER, LABEL, NAME, TEMPLATE, TEXT},
    spec::absent_is_default,
    vocabulary::{ConnectionType, ObjectRef},
};

/// One environment: a free member of a pool, the environment of a claim, or one that somebody wrote by hand.
#[derive(CustomResource, KubeSchema, Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[kube(
    group = "dploy.dev",
    version = "v1alpha1",
    kind = "DployInstance",
    plural = "dployinstances",
    shortname = "dinst",
    category = "dploy",
    namespaced,
    status = "DployInstanceStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "DployInstance is one environment: a free member of a pool, the environment of a claim, or one that somebody wrote by hand.",
    validation = rule::has_spec(),
    validation = Rule::new(
        "!has(oldSelf.status) || !has(oldSelf.status.uuid) || oldSelf.status.uuid == '' || \
         (has(self.status) && has(self.status.uuid) && self.status.uuid == oldSelf.status.uuid)"
    ).message("status.uuid is immutable once it is set").field_path(".status.uuid"),
    printcolumn(name = "Template", type_ = "string", json_path = ".spec.templateRef"),
    printcolumn(name = "Owner", type_ = "string", json_path = ".spec.owner"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "URL", type_ = "string", json_path = ".status.url"),
    printcolumn(name = "Expires", type_ = "string", json_path = ".status.expiresAt"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(remote = "Self", rename_all = "camelCase")]
#[schemars(transform = schema::conform)]
#[x_kube(
    validation = rule::filled_once("templateRef"),
    validation = rule::filled_once("owner"),
    validation = rule::immutable("pooled", "false"),
    validation = rule::kept("ownerId"),
    validation = rule::kept("renderSeed"),
    validation = rule::kept("claimRef"),
)]
pub struct DployInstanceSpec {
    /// Name of the DployTemplate in the same namespace; immutable.
    #[schemars(length(min = 1, max = NAME))]
    pub template_ref: String,
    /// Who has it, as shown to people; empty for a free member of a pool, immutable once filled in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME))]
    pub owner: String,
    /// Who has it, unambiguously: 16 hexadecimal digits; may be added, never changed or removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16), regex(pattern = HEX_16))]
    pub owner_id: Option<String>,
    /// Claims of the owner's token that the templates see as .Claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub claims: Option<Map<String, Value>>,
    /// Parameters that the templates see as .Params.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::text_map")]
    pub params: BTreeMap<String, String>,
    /// Whether it was made for a pool, which decides what its templates see; immutable.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pooled: bool,
    /// Seconds it lives; -1 means for ever; the template's lifetime where absent or 0. Of an instance with a claim, a
    /// copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1, max = INTEGER))]
    pub ttl_seconds: Option<i64>,
    /// When it ends, which wins over ttlSeconds where there is no claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// Seed of the random functions of its templates: 32 bytes as 64 hexadecimal digits, to be kept as secret as
    /// the passwords that are made from it; may be added, never changed or removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = HEX_64))]
    pub render_seed: Option<String>,
    /// The claim it belongs to; may be added, never changed or removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_ref: Option<ObjectRef>,
}

absent_is_default!(DployInstanceSpec);

/// Where an environment is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub enum InstancePhase {
    /// Nothing has been made yet.
    #[default]
    Pending,
    /// The engine is installing the chart.
    Provisioning,
    /// Made on demand, and usable.
    Ready,
    /// A member of a pool, ready and free.
    Available,
    /// A member of a pool, ready and taken.
    Claimed,
    /// It is being torn down.
    Expiring,
    /// It cannot be provisioned; the conditions say why.
    Failed,
}

/// What the operator knows of an environment.
#[derive(KubeSchema, Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = schema::conform)]
pub struct DployInstanceStatus {
    /// Where it is in its life.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<InstancePhase>,
    /// Its public id, 8 hexadecimal digits, in host and namespace; immutable once set.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 8), regex(pattern = HEX_8))]
    pub uuid: String,
    /// Namespace of its workload, kept for life.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = LABEL))]
    pub namespace: String,
    /// Name of the pinned revision of the template that it was made from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME))]
    pub revision: String,
    /// Where users reach it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT))]
    pub url: String,
    /// How users get in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_type: Option<ConnectionType>,
    /// Text shown to users with connectionType instructions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEMPLATE))]
    pub connection_message: String,
    /// Engine that provisions it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME))]
    pub engine: String,
    /// Name of the engine's object, such as the HelmRelease.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME))]
    pub engine_ref: String,
    /// Namespace of the engine's object.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = LABEL))]
    pub engine_namespace: String,
    /// What the engine says: Healthy, Progressing or Degraded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = LABEL))]
    pub health: String,
    /// When it was first usable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Time>,
    /// When it ends; absent while that is not known, and for ever with an unlimited one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// Generation of the spec that this status is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = INTEGER))]
    pub observed_generation: Option<i64>,
    /// What holds for the environment right now: Accepted, Progressing, Ready.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,
}
