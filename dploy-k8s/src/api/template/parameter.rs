//! What users may choose.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::schema::{ENTRIES, NAME, TEXT};

/// One thing users may choose when they ask for an environment.
#[derive(KubeSchema, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new(
        "!has(self.default) || self.default == '' || self.type != 'integer' || self.default.matches('^[+-]?[0-9]+$')"
    ).message("default must be a whole number with type integer").field_path(".default"),
    validation = Rule::new(
        "!has(self.default) || self.default == '' || self.type != 'boolean' || self.default in ['true', 'false']"
    ).message("default must be true or false with type boolean").field_path(".default"),
    validation = Rule::new(
        "!has(self.default) || self.default == '' || !has(self.enum) || size(self.enum) == 0 || self.default in self.enum"
    ).message("default must be one of enum").field_path(".default"),
    validation = Rule::new(
        "!has(self.default) || !has(self.maxLength) || size(self.default) <= self.maxLength"
    ).message("default must not be longer than maxLength").field_path(".default"),
)]
pub struct Parameter {
    /// Name, as in a request's query and as in .Params.
    #[schemars(length(min = 1, max = NAME))]
    pub name: String,
    /// Sentence that says what it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT))]
    pub description: String,
    /// Whether a request without it, where there is no default, is refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Value where a request gives none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT))]
    pub default: String,
    /// What values look like: any text, a whole number, or true and false.
    #[serde(default, rename = "type")]
    pub kind: ParameterType,
    /// The values that are allowed; any where empty.
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = ENTRIES), inner(length(max = NAME)))]
    pub allowed: Vec<String>,
    /// Regular expression that a value must match; anchor it with ^ and $ to mean the whole value.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT))]
    pub pattern: String,
    /// Most characters of a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = TEXT))]
    pub max_length: Option<i64>,
}

/// What the values of a parameter look like.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    /// Any text.
    #[default]
    String,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
}
