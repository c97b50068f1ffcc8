//! What holds for all templates: the operator's configuration with its fallbacks resolved.

use crate::json::Json;

use super::{
    isolation::{Isolation, IsolationLevel, IsolationSpec},
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
    /// How Argo CD objects are written.
    pub argocd: ArgoCdSettings,
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
    /// What keeps environments to themselves.
    pub isolation: IsolationSpec,
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

/// How Argo CD objects are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArgoCdSettings {
    /// The namespace of Applications.
    pub namespace: String,
    /// The AppProject of Applications.
    pub project: String,
    /// The URL of the API server that is deployed to, as Argo CD knows it.
    pub server: String,
}

impl ArgoCdSettings {
    /// How Argo CD names the cluster that it runs in.
    pub const IN_CLUSTER: &'static str = "https://kubernetes.default.svc";

    /// Whether it is another cluster that is deployed to.
    #[must_use]
    pub fn is_away(&self) -> bool {
        Self::is_elsewhere(&self.server)
    }

    /// Whether the API server of that URL is another cluster's, as far as the URL tells.
    #[must_use]
    pub fn is_elsewhere(server: &str) -> bool {
        server != Self::IN_CLUSTER
    }
}

impl Default for ArgoCdSettings {
    /// The built-in values, as the original documents them.
    fn default() -> Self {
        Self { namespace: "argocd".to_owned(), project: "dploy".to_owned(), server: Self::IN_CLUSTER.to_owned() }
    }
}

impl Default for Settings {
    /// The built-in values, as the original documents them.
    fn default() -> Self {
        Self {
            engine: EngineKind::Flux,
            flux: FluxSettings { namespace: None, service_account: None, interval_seconds: 300 },
            argocd: ArgoCdSettings::default(),
            base_domain: String::new(),
            url_template: None,
            message_template: None,
            connection_type: ConnectionType::Web,
            ttl_seconds: 86_400,
            extend_seconds: 7_200,
            max_extends: 0,
            max_instances_per_user: 5,
            isolation: IsolationSpec::of(IsolationLevel::Baseline),
            values: Json::object(),
        }
    }
}

/// What environment variables say where OperatorConfig is silent; every program reads them alike.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fallbacks {
    /// `DEFAULT_TTL`: seconds an environment lives; -1 is unlimited.
    pub ttl_seconds: Option<i64>,
    /// `EXTEND_TTL`: seconds that one extension adds.
    pub extend_seconds: Option<u32>,
    /// `MAX_ENVIRONMENTS_PER_USER`: how many live environments an owner may have.
    pub max_instances_per_user: Option<u32>,
    /// `FLUX_NAMESPACE`: the namespace of releases and sources.
    pub flux_namespace: Option<String>,
    /// `DEFAULT_ISOLATION`: the level of isolation.
    pub isolation: Option<IsolationLevel>,
    /// `DPLOY_ENGINE`: the engine of templates that name none.
    pub engine: Option<EngineKind>,
    /// `ARGOCD_NAMESPACE`: the namespace of Applications.
    pub argocd_namespace: Option<String>,
    /// `ARGOCD_PROJECT`: the AppProject of Applications.
    pub argocd_project: Option<String>,
    /// `ARGOCD_SERVER`: the API server that Argo CD deploys to.
    pub argocd_server: Option<String>,
}

/// What a variable that names a namespace accepts.
const NAMESPACE: &str = "the name of a namespace";

/// A variable whose text cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{name} must be {accepted}")]
pub struct InvalidVariable {
    /// Its name.
    pub name: &'static str,
    /// What is accepted.
    pub accepted: &'static str,
}

impl Fallbacks {
    /// Reads the variables through `get`; an empty text means unset.
    ///
    /// # Errors
    /// The first variable that cannot be read, and what it accepts.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidVariable> {
        let seconds = "a whole number of seconds from 0 to 4294967295";
        Ok(Self {
            ttl_seconds: number(&get, "DEFAULT_TTL", "a whole number of seconds, or -1 for unlimited", |ttl| {
                *ttl >= -1
            })?,
            extend_seconds: number(&get, "EXTEND_TTL", seconds, |_| true)?,
            max_instances_per_user: number(
                &get,
                "MAX_ENVIRONMENTS_PER_USER",
                "a whole number from 0 to 4294967295",
                |_| true,
            )?,
            flux_namespace: text(&get, "FLUX_NAMESPACE", NAMESPACE, |name| crate::name::is_label(name))?,
            engine: text(&get, "DPLOY_ENGINE", "flux or argocd", |word| EngineKind::from_word(word).is_some())?
                .and_then(|word| EngineKind::from_word(&word)),
            argocd_namespace: text(&get, "ARGOCD_NAMESPACE", NAMESPACE, |name| crate::name::is_label(name))?,
            argocd_project: text(&get, "ARGOCD_PROJECT", "the name of an AppProject", |name| {
                crate::name::is_subdomain(name)
            })?,
            argocd_server: text(&get, "ARGOCD_SERVER", "the URL of an API server, https://HOST[:PORT]", |url| {
                url.split_once("://").is_some_and(|(scheme, host)| ["http", "https"].contains(&scheme) && is_host(host))
            })?,
            isolation: text(&get, "DEFAULT_ISOLATION", "one of none, privileged, baseline, restricted", |word| {
                IsolationLevel::parse(word).is_some()
            })?
            .as_deref()
            .and_then(IsolationLevel::parse),
        })
    }
}

/// Whether it can be what follows the scheme of a URL.
fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn text(
    get: impl Fn(&str) -> Option<String>,
    name: &'static str,
    accepted: &'static str,
    check: impl Fn(&String) -> bool,
) -> Result<Option<String>, InvalidVariable> {
    match get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
        Some(text) if !check(&text) => Err(InvalidVariable { name, accepted }),
        text => Ok(text),
    }
}

fn number<N: std::str::FromStr>(
    get: impl Fn(&str) -> Option<String>,
    name: &'static str,
    accepted: &'static str,
    check: impl Fn(&N) -> bool,
) -> Result<Option<N>, InvalidVariable> {
    let Some(text) = text(get, name, accepted, |_| true)? else { return Ok(None) };
    text.parse().ok().filter(check).map(Some).ok_or(InvalidVariable { name, accepted })
}

impl Settings {
    /// The lifetime of environments of `template`.
    #[must_use]
    pub fn terms(&self, template: &Template) -> Terms {
        let max_extends = template.ttl.max_extends.unwrap_or(self.max_extends);
        let cap = template.max_lifetime_seconds;
        Terms {
            ttl: match (Terms::ttl_of(template.ttl.seconds.unwrap_or(self.ttl_seconds)), cap) {
                (Some(ttl), Some(cap)) => Some(ttl.min(cap)),
                (ttl, cap) => ttl.or(cap),
            },
            extend_seconds: template.ttl.extend_seconds.unwrap_or(self.extend_seconds),
            max_extends: (max_extends > 0).then_some(max_extends),
            max_lifetime: cap,
            idle_seconds: template.idle_seconds,
        }
    }

    /// How many live environments an owner may have when asking for `template`.
    #[must_use]
    pub fn quota(&self, template: &Template) -> u32 {
        template.max_instances_per_user.unwrap_or(self.max_instances_per_user)
    }

    /// What keeps environments of `template` to themselves; `None` where nothing is to.
    #[must_use]
    pub fn isolation_of(&self, template: &Template) -> Option<Isolation> {
        template.isolation.or(&self.isolation).decided()
    }

    /// The engine of `template`.
    #[must_use]
    pub fn engine_of(&self, template: &Template) -> EngineKind {
        template.engine.unwrap_or(self.engine)
    }

    /// The namespace of the engine's objects for `template`; `None` is the instance's own.
    #[must_use]
    pub fn engine_namespace(&self, template: &Template) -> Option<&str> {
        match self.engine_of(template) {
            EngineKind::Flux => self.flux.namespace.as_deref(),
            EngineKind::ArgoCd => Some(&self.argocd.namespace),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn only(name: &'static str, value: &'static str) -> impl Fn(&str) -> Option<String> {
        move |asked| (asked == name).then(|| value.to_owned())
    }

    #[test]
    fn an_empty_variable_is_unset() {
        assert_eq!(Fallbacks::read(only("DEFAULT_TTL", " ")).unwrap(), Fallbacks::default());
        assert_eq!(Fallbacks::read(only("DEFAULT_TTL", "-1")).unwrap().ttl_seconds, Some(-1));
    }

    const REFUSED: &[(&str, &str, &str)] = &[
        ("DEFAULT_TTL", "-2", "a whole number of seconds, or -1"),
        ("DEFAULT_TTL", "1h", "a whole number of seconds, or -1"),
        ("EXTEND_TTL", "-1", "a whole number of seconds from 0"),
        ("MAX_ENVIRONMENTS_PER_USER", "many", "a whole number from 0"),
        ("FLUX_NAMESPACE", "Flux System", "the name of a namespace"),
        ("DEFAULT_ISOLATION", "strict", "none, privileged, baseline, restricted"),
        ("DPLOY_ENGINE", "helmfile", "flux or argocd"),
        ("ARGOCD_NAMESPACE", "a.b", "the name of a namespace"),
        ("ARGOCD_PROJECT", "Default Project", "the name of an AppProject"),
        ("ARGOCD_SERVER", "kubernetes.default.svc", "https://HOST[:PORT]"),
        ("ARGOCD_SERVER", "https://a b", "https://HOST[:PORT]"),
    ];

    #[test]
    fn d24_every_variable_has_a_value_that_is_refused_by_name_with_what_is_accepted() {
        for (name, value, accepted) in REFUSED {
            let error = Fallbacks::read(only(name, value)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name} must be ")) && error.contains(accepted), "{error}");
        }
        let asked = std::cell::RefCell::new(Vec::new());
        let nothing = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            None
        };
        assert_eq!(Fallbacks::read(nothing).unwrap(), Fallbacks::default());
        for name in asked.into_inner() {
            assert!(REFUSED.iter().any(|(refused, ..)| *refused == name), "{name} has no refused value");
        }
    }
}
