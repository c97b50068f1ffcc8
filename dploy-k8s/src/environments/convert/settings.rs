use dploy_core::{
    environments::{
        isolation::IsolationSpec,
        settings::{ArgoCdSettings, Fallbacks, FluxSettings, Settings},
        template::{ConnectionType, EngineKind},
    },
    json::Json,
};

use crate::api::{
    ArgoCdDefaults, EngineName, FluxDefaults, InstanceDefaults, Isolation, IsolationLevel, OperatorConfigSpec,
};

use super::{connection_type, count, filled, isolation, isolation::level_word, template::seconds};

/// The configuration in force as OperatorConfig would say it: its fields where they are set, else the environment's.
#[must_use]
pub fn effective_spec(spec: Option<&OperatorConfigSpec>, fallbacks: &Fallbacks) -> OperatorConfigSpec {
    let spec = spec.cloned().unwrap_or_default();
    let flux = spec.flux.clone().unwrap_or_default();
    let defaults = spec.defaults.clone().unwrap_or_default();
    let asked = defaults.isolation.unwrap_or_default();
    let level = asked.level.or(fallbacks.isolation.map(level_word)).unwrap_or(IsolationLevel::Baseline);
    let namespace = filled(&flux.namespace).or_else(|| fallbacks.flux_namespace.clone()).unwrap_or_default();
    OperatorConfigSpec {
        default_engine: spec.default_engine.or(fallbacks.engine.map(engine_name)),
        argocd: argocd(spec.argocd.clone(), fallbacks),
        flux: Some(FluxDefaults { namespace, ..flux }),
        defaults: Some(InstanceDefaults {
            ttl_seconds: defaults.ttl_seconds.or(fallbacks.ttl_seconds),
            extend_seconds: defaults.extend_seconds.or(fallbacks.extend_seconds.map(i64::from)),
            max_extends: defaults.max_extends,
            max_instances_per_user: defaults.max_instances_per_user.or(fallbacks.max_instances_per_user.map(i64::from)),
            isolation: Some(Isolation { level: Some(level), ..asked }),
        }),
        ..spec
    }
}

fn engine_name(engine: EngineKind) -> EngineName {
    match engine {
        EngineKind::Flux => EngineName::Flux,
        EngineKind::ArgoCd => EngineName::Argocd,
    }
}

/// Stays absent where nobody says anything: an effective configuration is part of what revisions are named by.
fn argocd(spec: Option<ArgoCdDefaults>, fallbacks: &Fallbacks) -> Option<ArgoCdDefaults> {
    let said = spec.clone().unwrap_or_default();
    let either = |said: &str, fallback: &Option<String>| filled(said).or_else(|| fallback.clone()).unwrap_or_default();
    let all = ArgoCdDefaults {
        namespace: either(&said.namespace, &fallbacks.argocd_namespace),
        project: either(&said.project, &fallbacks.argocd_project),
        server: either(&said.server, &fallbacks.argocd_server),
    };
    if all == ArgoCdDefaults::default() { spec } else { Some(all) }
}

/// The settings that an effective configuration means, with the built-in values where it is silent.
#[must_use]
pub fn settings(spec: &OperatorConfigSpec) -> Settings {
    let built_in = Settings::default();
    let flux = spec.flux.clone().unwrap_or_default();
    let argocd = spec.argocd.clone().unwrap_or_default();
    let defaults = spec.defaults.clone().unwrap_or_default();
    Settings {
        engine: match spec.default_engine {
            Some(EngineName::Argocd) => EngineKind::ArgoCd,
            Some(EngineName::Flux) | None => EngineKind::Flux,
        },
        flux: FluxSettings {
            namespace: filled(&flux.namespace),
            service_account: filled(&flux.service_account_name),
            interval_seconds: flux.interval.as_deref().and_then(seconds).unwrap_or(built_in.flux.interval_seconds),
        },
        argocd: ArgoCdSettings {
            namespace: filled(&argocd.namespace).unwrap_or(built_in.argocd.namespace),
            project: filled(&argocd.project).unwrap_or(built_in.argocd.project),
            server: filled(&argocd.server).unwrap_or(built_in.argocd.server),
        },
        base_domain: spec.base_domain.clone(),
        url_template: filled(&spec.connection_url_template),
        message_template: filled(&spec.connection_message_template),
        connection_type: spec.default_connection_type.map_or(ConnectionType::Web, connection_type),
        ttl_seconds: defaults.ttl_seconds.filter(|ttl| *ttl == -1 || *ttl > 0).unwrap_or(built_in.ttl_seconds),
        extend_seconds: defaults.extend_seconds.map_or(built_in.extend_seconds, count),
        max_extends: defaults.max_extends.map_or(built_in.max_extends, count),
        max_instances_per_user: defaults.max_instances_per_user.map_or(built_in.max_instances_per_user, count),
        isolation: usable_isolation(defaults.isolation.as_ref()),
        values: spec.values.clone().map_or_else(Json::object, |values| Json::from(serde_json::Value::Object(values))),
    }
}

/// Where a part of the profile cannot be used, which the configuration's condition tells, all but the level is built in:
/// nothing is left open by a mistake.
fn usable_isolation(asked: Option<&Isolation>) -> IsolationSpec {
    isolation(asked).unwrap_or_else(|_| {
        let level = asked.and_then(|asked| asked.level);
        isolation(Some(&Isolation { level, ..Isolation::default() })).unwrap_or_default()
    })
}
