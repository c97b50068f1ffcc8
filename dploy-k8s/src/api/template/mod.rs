//! DployTemplate: what users may ask for.

mod chart;
mod isolation;
mod parameter;
mod pool;
mod rollout;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

pub use self::{
    chart::{Chart, ChartRef, ChartType, SecretReference},
    isolation::{
        Amount, EgressRule, IngressRule, IpBlock, Isolation, IsolationLevel, Labels, LimitRange, NetworkPeer,
        NetworkPolicy, NetworkPort, Protocol,
    },
    parameter::{Parameter, ParameterType},
    pool::{Pool, ProvisioningMethod, Ttl, WhenEmpty},
    rollout::Rollout,
};
use super::{
    rule,
    schema::{self, DURATION, DURATION_PATTERN, ENTRIES, INTEGER, NAME, TEMPLATE, TEXT},
    spec::absent_is_default,
    vocabulary::{ConnectionType, EngineName},
};

/// What users may ask for: which chart is installed, with which values, for how long and how often.
#[derive(CustomResource, KubeSchema, Clone, PartialEq, Debug, Serialize, Deserialize)]
#[kube(
    group = "dploy.dev",
    version = "v1alpha1",
    kind = "DployTemplate",
    plural = "dploytemplates",
    shortname = "dtpl",
    category = "dploy",
    namespaced,
    status = "DployTemplateStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "DployTemplate says what users may ask for: which chart is installed, with which values, for how long and how often.",
    validation = rule::has_spec(),
    printcolumn(name = "Method", type_ = "string", json_path = ".spec.method"),
    printcolumn(name = "Engine", type_ = "string", json_path = ".spec.engine"),
    printcolumn(name = "Enabled", type_ = "boolean", json_path = ".spec.enabled"),
    printcolumn(name = "Available", type_ = "integer", json_path = ".status.poolAvailable"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(remote = "Self", rename_all = "camelCase")]
#[schemars(transform = schema::conform)]
#[x_kube(
    validation = Rule::new("self.method != 'pool' || has(self.pool)")
        .message("pool is required with method pool: give pool.size").field_path(".pool"),
    validation = Rule::new("self.method != 'pool' || !has(self.parameters) || size(self.parameters) == 0")
        .message("parameters must be empty with method pool: members of a pool are made before anybody claims them")
        .field_path(".parameters"),
    validation = Rule::new("!has(self.engine) || self.engine != 'argocd' || !has(self.chart.secretRef)")
        .message(Chart::SECRET_NEEDS_FLUX).field_path(".chart.secretRef"),
    validation = Rule::new(
        "!has(self.maxLifetimeSeconds) || !has(self.ttl) || !has(self.ttl.seconds) || \
         (self.ttl.seconds != -1 && self.ttl.seconds <= self.maxLifetimeSeconds)"
    ).message("maxLifetimeSeconds must be at least ttl.seconds, which must not be -1 (for ever)")
        .field_path(".maxLifetimeSeconds"),
    validation = rule::anonymous("valuesTemplate"),
    validation = rule::anonymous("connectionMessageTemplate"),
    validation = rule::anonymous("connectionURLTemplate"),
)]
pub struct DployTemplateSpec {
    /// Name shown to people; the object's name where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT))]
    pub display_name: String,
    /// Sentence shown in the catalog.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT))]
    pub description: String,
    /// Icon shown in the catalog: a name the web page knows, or a URL.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT))]
    pub icon: String,
    /// Category in the catalog, or category and sub-category separated by a comma.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT))]
    pub category: String,
    /// Whether new environments may be created and the pool is kept filled; running ones are not touched.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// Whether the catalog lists it (absent: yes); a hidden template can still be run by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visible: Option<bool>,
    /// Token claim whose value owns the environment, such as a group claim; the user where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME))]
    pub owner_claim: String,
    /// on-demand makes an environment when it is asked for; pool keeps some ready.
    #[serde(default)]
    pub method: ProvisioningMethod,
    /// The warm pool; required with method pool, unused with on-demand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<Pool>,
    /// Engine that provisions; the default of OperatorConfig where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineName>,
    /// The Helm chart to install.
    pub chart: Chart,
    /// Go template (with sprig functions) that renders to the chart's values as YAML.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEMPLATE))]
    pub values_template: String,
    /// Values files inside the chart's source that are merged, in this order, before valuesTemplate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = ENTRIES), inner(length(min = 1, max = TEXT)))]
    pub value_files: Vec<String>,
    /// Go template of the environment's URL; the one of OperatorConfig, else https:// and the host, where empty.
    #[serde(default, rename = "connectionURLTemplate", skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEMPLATE))]
    pub connection_url_template: String,
    /// Go template of the text shown with connectionType instructions; the one of OperatorConfig, else the URL,
    /// where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEMPLATE))]
    pub connection_message_template: String,
    /// How users get in: web is a link, instructions a text; the default of OperatorConfig, else web, where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_type: Option<ConnectionType>,
    /// How long an environment lives and how often that may be extended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Ttl>,
    /// Most seconds that an environment lives, with all extensions; no such limit where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = INTEGER))]
    pub max_lifetime_seconds: Option<i64>,
    /// How long an environment may go without activity before it ends, such as 30m; for ever where absent.
    #[serde(rename = "idleTTL", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = DURATION), regex(pattern = DURATION_PATTERN))]
    pub idle_ttl: Option<String>,
    /// What an edit means for environments that stand: Pinned (where absent) leaves them as they were made, with Follow
    /// on-demand environments become as the newest revision says and free members of the pool are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// Most live environments of one owner, over all templates, while this template is asked for; the platform's
    /// limit where absent or not above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -INTEGER, max = INTEGER))]
    pub max_instances_per_user: Option<i64>,
    /// What users may choose when they ask, available to the templates as .Params; names are unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = ENTRIES))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".to_owned()]))]
    pub parameters: Vec<Parameter>,
    /// Token claims that are kept and available to the templates as .Claims; where absent, those that the templates
    /// mention; none where empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::name_set")]
    pub claims: Option<Vec<String>>,
    /// How long provisioning may take before the lifetime starts anyway, such as 30m; 1h where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = DURATION), regex(pattern = DURATION_PATTERN))]
    pub provision_timeout: Option<String>,
    /// What keeps environments to themselves; what is absent comes from OperatorConfig.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
}

absent_is_default!(DployTemplateSpec);

impl Default for DployTemplateSpec {
    fn default() -> Self {
        Self {
            display_name: String::new(),
            description: String::new(),
            icon: String::new(),
            category: String::new(),
            enabled: enabled(),
            visible: None,
            owner_claim: String::new(),
            method: ProvisioningMethod::default(),
            pool: None,
            engine: None,
            chart: Chart::default(),
            values_template: String::new(),
            value_files: Vec::new(),
            connection_url_template: String::new(),
            connection_message_template: String::new(),
            connection_type: None,
            ttl: None,
            max_lifetime_seconds: None,
            idle_ttl: None,
            rollout: None,
            max_instances_per_user: None,
            parameters: Vec::new(),
            claims: None,
            provision_timeout: None,
            isolation: None,
        }
    }
}

fn enabled() -> bool {
    true
}

/// What the operator found out about a template.
#[derive(KubeSchema, Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = schema::conform)]
pub struct DployTemplateStatus {
    /// Members of the pool that are ready and free.
    #[serde(default)]
    #[schemars(range(min = 0, max = INTEGER))]
    pub pool_available: i64,
    /// Members of the pool that are claimed.
    #[serde(default)]
    #[schemars(range(min = 0, max = INTEGER))]
    pub pool_claimed: i64,
    /// Live instances of this template, free and claimed.
    #[serde(default)]
    #[schemars(range(min = 0, max = INTEGER))]
    pub pool_total: i64,
    /// Generation of the spec that this status is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = INTEGER))]
    pub observed_generation: Option<i64>,
    /// What holds for the template right now: Accepted, Ready.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,
}
