//! What holds for all templates: the operator's configuration with its fallbacks resolved.

use crate::json::Json;

use super::{
    lifetime::Terms,
    template::{ConnectionType, EngineKind, Template},
};

/// The settings that templates fall back to, resolved from OperatorConfig, environment variables and built-in values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The engine of templates that name none.
    pub engine: EngineKind,
    /// How Flux objects are written.
    pub flux: FluxSettings,
    /// The domain that default hosts end with; empty where none is configured.
    pub base_domain: String,
    /// Go template of the URL; `None` is `https://<host>`.
    pub url_template: Option<String>,
    /// Go template of the message; `None` shows the URL.
    pub message_template: Option<String>,
    /// How connections are presented.
    pub connection_type: ConnectionType,
    /// Seconds an environment lives; -1 is unlimited.
    pub ttl_seconds: i64,
    /// Seconds that one extension adds.
    pub extend_seconds: u32,
    /// How many extensions are granted; 0 is no bound.
    pub max_extends: u32,
    /// How many live environments an owner may have.
    pub max_instances_per_user: u32,
    /// A free map that templates read as `.Config.Values`.
    pub values: Json,
}

/// How Flux objects are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FluxSettings {
    /// The namespace of releases and sources; `None` is the instance's own.
    pub namespace: Option<String>,
    /// The service account that the chart is installed with; `None` is helm-controller's own.
    pub service_account: Option<String>,
    /// Seconds between two looks at a source.
    pub interval_seconds: u32,
}

impl Default for Settings {
    /// The built-in values, as the original documents them.
    fn default() -> Self {
        Self {
            engine: EngineKind::Flux,
            flux: FluxSettings { namespace: None, service_account: None, interval_seconds: 300 },
            base_domain: String::new(),
            url_template: None,
            message_template: None,
            connection_type: ConnectionType::Web,
            ttl_seconds: 86_400,
            extend_seconds: 7_200,
            max_extends: 0,
            max_instances_per_user: 5,
            values: Json::object(),
        }
    }
}

impl Settings {
    /// The lifetime of environments of `template`.
    #[must_use]
    pub fn terms(&self, template: &Template) -> Terms {
        let max_extends = template.ttl.max_extends.unwrap_or(self.max_extends);
        Terms {
            ttl: Terms::ttl_of(template.ttl.seconds.unwrap_or(self.ttl_seconds)),
            extend_seconds: template.ttl.extend_seconds.unwrap_or(self.extend_seconds),
            max_extends: (max_extends > 0).then_some(max_extends),
        }
    }

    /// How many live environments an owner may have when asking for `template`.
    #[must_use]
    pub fn quota(&self, template: &Template) -> u32 {
        template.max_instances_per_user.unwrap_or(self.max_instances_per_user)
    }

    /// The engine of `template`.
    #[must_use]
    pub fn engine_of(&self, template: &Template) -> EngineKind {
        template.engine.unwrap_or(self.engine)
    }
}

/// A template together with the settings it was read under: what an instance is pinned to.
///
/// An edit of either never reaches an instance that is pinned to the revision before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Revision {
    /// Its name, derived from its content.
    pub name: String,
    /// The template as it was.
    pub template: Template,
    /// The settings as they were.
    pub settings: Settings,
}
