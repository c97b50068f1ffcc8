//! How environments are made ready and how long they live.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::schema::INTEGER;

/// When environments are made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProvisioningMethod {
    /// When one is asked for.
    #[default]
    OnDemand,
    /// Ahead of time, in a warm pool.
    Pool,
}

/// A warm pool: environments that are ready before anybody asks.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.maxSize) || self.maxSize == 0 || self.size <= self.maxSize")
        .message("size must not exceed maxSize, unless maxSize is 0 (no cap)").field_path(".size"),
)]
pub struct Pool {
    /// How many free environments are kept ready.
    #[schemars(range(min = 0, max = INTEGER))]
    pub size: i64,
    /// Most environments of the pool, free and claimed together; 0 or absent means no cap.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0, max = INTEGER))]
    pub max_size: i64,
    /// Whether the pool is refilled when a member is claimed; false: not before that member is released and gone.
    #[serde(default = "recycle")]
    pub recycle: bool,
    /// What becomes of a claim for which there is no free member: wait in the order of asking, provision one on demand
    /// beside the pool, or reject (where absent). A claim's waitForPool may say otherwise about waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when_empty: Option<WhenEmpty>,
}

/// What becomes of a claim for which a pool has no free member.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WhenEmpty {
    /// It waits for one, behind those that asked before.
    Wait,
    /// It gets an environment that is made on demand, beside the pool.
    Provision,
    /// It is refused.
    #[default]
    Reject,
}

impl Default for Pool {
    fn default() -> Self {
        Self { size: 0, max_size: 0, recycle: recycle(), when_empty: None }
    }
}

fn recycle() -> bool {
    true
}

/// How long an environment lives.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ttl {
    /// Seconds an environment lives; -1 means for ever, 0 or absent means the platform's default.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = -1, max = INTEGER))]
    pub seconds: i64,
    /// Seconds that one extension adds; 0 or absent means the platform's default.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0, max = INTEGER))]
    pub extend_seconds: i64,
    /// How often an environment may be extended; absent means the platform's default, 0 or less any number of times.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -INTEGER, max = INTEGER))]
    pub max_extends: Option<i64>,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &i64) -> bool {
    *number == 0
}
