//! OperatorConfig: defaults of the platform.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    rule,
    schema::{self, DURATION, DURATION_PATTERN, INTEGER, LABEL, NAME, OPTIONAL_LABEL_PATTERN, TEMPLATE, TEXT},
    spec::absent_is_default,
    template::Isolation,
    vocabulary::{ConnectionType, EngineName},
};

/// Defaults of the platform. No field has a default in the schema, so that an absent one leaves the decision to the
/// environment variable and then to the built-in value.
#[derive(CustomResource, KubeSchema, Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[kube(
    group = "dploy.dev",
    version = "v1alpha1",
    kind = "OperatorConfig",
    plural = "operatorconfigs",
    shortname = "opcfg",
    category = "dploy",
    status = "OperatorConfigStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "OperatorConfig holds the defaults of the platform; only the object named default counts.",
    validation = rule::has_spec(),
    printcolumn(name = "Engine", type_ = "string", json_path = ".spec.defaultEngine"),
    printcolumn(name = "BaseDomain", type_ = "string", json_path = ".spec.baseDomain"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(remote = "Self", rename_all = "camelCase")]
#[schemars(transform = schema::conform)]
pub struct OperatorConfigSpec {
    /// Engine of templates that name none; flux where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_engine: Option<EngineName>,
    /// Settings of the Argo CD engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argocd: Option<ArgoCdDefaults>,
    /// Settings of the Flux engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flux: Option<FluxDefaults>,
    /// Domain under which environments get their default host, TEMPLATE-UUID.BASEDOMAIN.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME))]
    pub base_domain: String,
    /// Go template of the URL of environments whose template has none; https:// and the host where empty.
    #[serde(default, rename = "connectionURLTemplate", skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEMPLATE))]
    pub connection_url_template: String,
    /// How users get into environments whose template does not say; web where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_connection_type: Option<ConnectionType>,
    /// Go template of the text shown with connectionType instructions where the template has none; the URL where
    /// empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEMPLATE))]
    pub connection_message_template: String,
    /// Limits of environments whose template does not set them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defaults: Option<InstanceDefaults>,
    /// Anything that templates shall see as .Config.Values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::free_object")]
    pub values: Option<Map<String, Value>>,
}

absent_is_default!(OperatorConfigSpec);

/// Settings of the Argo CD engine.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArgoCdDefaults {
    /// Namespace of the Applications; argocd where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = LABEL), regex(pattern = OPTIONAL_LABEL_PATTERN))]
    pub namespace: String,
    /// AppProject of the Applications; dploy where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME))]
    pub project: String,
    /// API server that the Applications deploy to; the cluster's own, `https://kubernetes.default.svc`, where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT))]
    pub server: String,
}

/// Settings of the Flux engine.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FluxDefaults {
    /// Namespace of the HelmReleases and sources; the instance's own where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = LABEL), regex(pattern = OPTIONAL_LABEL_PATTERN))]
    pub namespace: String,
    /// ServiceAccount that helm-controller acts as when it installs; its own where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME))]
    pub service_account_name: String,
    /// How often sources are fetched and releases compared, such as 5m, which is what absent means.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = DURATION), regex(pattern = DURATION_PATTERN))]
    pub interval: Option<String>,
}

/// Limits of environments whose template does not set them; absent ones leave it to the environment variable, then
/// to the built-in value.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceDefaults {
    /// Seconds an environment lives; -1 means for ever; 86400 (a day) is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1, max = INTEGER))]
    pub ttl_seconds: Option<i64>,
    /// Seconds that one extension adds; 7200 (two hours) is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = INTEGER))]
    pub extend_seconds: Option<i64>,
    /// How often an environment may be extended; 0 means any number of times, which is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -INTEGER, max = INTEGER))]
    pub max_extends: Option<i64>,
    /// Most live environments of one owner, over all templates; 5 is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -INTEGER, max = INTEGER))]
    pub max_instances_per_user: Option<i64>,
    /// What keeps environments to themselves where their template does not say; level baseline is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
}

/// Whether an OperatorConfig counts.
#[derive(KubeSchema, Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = schema::conform)]
pub struct OperatorConfigStatus {
    /// Generation of the spec that this status is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = INTEGER))]
    pub observed_generation: Option<i64>,
    /// What holds for the configuration right now: Ready with reason Active, or Ignored for another name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,
}
