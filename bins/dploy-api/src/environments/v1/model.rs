use dploy_core::{
    environments::{
        lifetime::Terms,
        parameter::{Parameter, ParameterType},
        service::{CatalogEntry, Environment, Phase},
        template::Method,
    },
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

/// An environment.
#[derive(Serialize, ToSchema, PartialEq, Clone, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvironmentBody {
    /// Its id, unique among all that live.
    id: String,
    /// The name of its template.
    template: String,
    /// Who owns it, as a readable text.
    owner: String,
    /// Whether a group owns it.
    shared: bool,
    /// `Pending`, `Provisioning`, `Ready`, `Failed` or `Deleting`.
    phase: &'static str,
    /// Why it stands so, as a constant word.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    /// Why it stands so, as a sentence.
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
    /// How far it has come towards being usable, in percent.
    #[schema(minimum = 0, maximum = 100)]
    progress: u8,
    /// Where it is reached; absent until that is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    url: String,
    /// `web` or `instructions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    connection_type: Option<&'static str>,
    /// What to do to connect, for `instructions`.
    #[serde(skip_serializing_if = "String::is_empty")]
    connection_message: String,
    /// Eight hex digits; absent until they are given.
    #[serde(skip_serializing_if = "String::is_empty")]
    uuid: String,
    /// When it was asked for (RFC 3339).
    created_at: String,
    /// When it was first ready (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    ready_at: Option<String>,
    /// When it ends (RFC 3339); absent where it lives for ever. Before it is ready this is a lower bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// When it ends unless it is used until then (RFC 3339); absent where use does not matter, and before it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_expires_at: Option<String>,
    /// How often it was extended.
    extensions: u32,
    #[serde(flatten)]
    lifetime: Lifetime,
}

/// The lifetime that is granted.
#[derive(Serialize, ToSchema, PartialEq, Clone, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lifetime {
    /// Seconds it lives; -1 is for ever.
    ttl_seconds: i64,
    /// Seconds that one extension adds.
    extend_seconds: u32,
    /// How often it may be extended; absent where there is no bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_extensions: Option<u32>,
    /// Seconds it lives at most, with all extensions; absent where there is no such bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_lifetime_seconds: Option<i64>,
    /// Seconds without activity after which it ends; absent where use does not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_seconds: Option<u32>,
}

/// Environments.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvironmentList {
    /// In the order of template and owner.
    environments: Vec<EnvironmentBody>,
    /// How many there are.
    total_count: usize,
}

/// A template.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TemplateBody {
    /// Its name.
    name: String,
    /// Its name for people.
    display_name: String,
    /// A sentence about it.
    description: String,
    /// The name of an icon.
    icon: String,
    /// `category,subcategory`.
    #[serde(skip_serializing_if = "String::is_empty")]
    category: String,
    /// Whether environments come from a warm pool.
    pooled: bool,
    /// What a request may say.
    parameters: Vec<ParameterBody>,
    #[serde(flatten)]
    lifetime: Lifetime,
}

/// A parameter of a template.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ParameterBody {
    /// Its name.
    name: String,
    /// A sentence about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    /// Whether a request must say it.
    required: bool,
    /// What it is without being said.
    #[serde(skip_serializing_if = "String::is_empty")]
    default: String,
    /// `string`, `integer` or `boolean`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The values that are accepted; absent where any is.
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    allowed: Vec<String>,
    /// The regular expression that the whole value must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
    /// The longest value accepted, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<u32>,
}

/// Templates.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TemplateList {
    /// In the order of their names.
    templates: Vec<TemplateBody>,
    /// How many there are.
    total_count: usize,
}

impl From<Environment> for EnvironmentBody {
    fn from(environment: Environment) -> Self {
        Self {
            progress: progress(&environment),
            id: environment.id,
            template: environment.template,
            owner: environment.owner,
            shared: environment.shared,
            phase: environment.phase.as_str(),
            reason: environment.reason,
            message: environment.message,
            url: environment.connection.url,
            connection_type: environment.connection.kind.map(|kind| kind.as_str()),
            connection_message: environment.connection.message,
            uuid: environment.uuid,
            created_at: environment.created_at.to_string(),
            ready_at: text(environment.ready_at),
            expires_at: text(environment.expires_at),
            idle_expires_at: text(environment.idle_at),
            extensions: environment.extensions,
            lifetime: environment.terms.into(),
        }
    }
}

/// The steps that every environment takes: it is asked for, it has an instance, the engine is at work, it is decided.
fn progress(environment: &Environment) -> u8 {
    match environment.phase {
        Phase::Pending if environment.uuid.is_empty() => 0,
        Phase::Pending => 33,
        Phase::Provisioning => 66,
        Phase::Ready | Phase::Failed | Phase::Deleting => 100,
    }
}

impl From<Terms> for Lifetime {
    fn from(terms: Terms) -> Self {
        Self {
            ttl_seconds: terms.ttl.unwrap_or(-1),
            extend_seconds: terms.extend_seconds,
            max_extensions: terms.max_extends,
            max_lifetime_seconds: terms.max_lifetime,
            idle_seconds: terms.idle_seconds,
        }
    }
}

impl FromIterator<Environment> for EnvironmentList {
    fn from_iter<I: IntoIterator<Item = Environment>>(environments: I) -> Self {
        let environments: Vec<_> = environments.into_iter().map(EnvironmentBody::from).collect();
        Self { total_count: environments.len(), environments }
    }
}

impl From<CatalogEntry> for TemplateBody {
    fn from(CatalogEntry { template, terms }: CatalogEntry) -> Self {
        Self {
            name: template.name.clone(),
            display_name: template.display_name.clone(),
            description: template.description.clone(),
            icon: template.icon.clone(),
            category: template.category.clone(),
            pooled: matches!(template.method, Method::Pool(_)),
            parameters: template.parameters.iter().map(ParameterBody::from).collect(),
            lifetime: terms.into(),
        }
    }
}

impl From<&Parameter> for ParameterBody {
    fn from(parameter: &Parameter) -> Self {
        Self {
            name: parameter.name.clone(),
            description: parameter.description.clone(),
            required: parameter.required,
            default: parameter.default.clone(),
            kind: match parameter.kind {
                ParameterType::String => "string",
                ParameterType::Integer => "integer",
                ParameterType::Boolean => "boolean",
            },
            allowed: parameter.allowed.clone(),
            pattern: parameter.pattern.clone(),
            max_length: parameter.max_length,
        }
    }
}

impl FromIterator<CatalogEntry> for TemplateList {
    fn from_iter<I: IntoIterator<Item = CatalogEntry>>(entries: I) -> Self {
        let templates: Vec<_> = entries.into_iter().map(TemplateBody::from).collect();
        Self { total_count: templates.len(), templates }
    }
}

fn text(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
