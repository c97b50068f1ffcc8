//! The data that templates see, with the names and types that the original documents.

use dploy_template::{DeclaredType, Source, Text, Value};

use crate::environments::{
    parameter::ParameterType,
    settings::Settings,
    template::{Chart, ChartSource, GitReference, Method, OciVersion, Template},
};

use super::Subject;

/// Everything the root of the data is made of.
pub(super) struct Fields<'a> {
    pub(super) template: &'a Template,
    pub(super) settings: &'a Settings,
    pub(super) subject: &'a Subject,
    pub(super) host: &'a str,
}

impl Fields<'_> {
    /// The root, with `url` as `.URL` and `.ConnectionURL`.
    pub(super) fn root(&self, url: Value) -> Value {
        let config = Value::object("render.Config", [("Values", Value::from(self.settings.values.as_value()))]);
        Value::object(
            "render.Context",
            [
                ("Owner", Value::string(&self.subject.owner)),
                ("UUID", Value::string(&self.subject.uuid)),
                ("BaseDomain", Value::string(&self.settings.base_domain)),
                ("Host", Value::string(self.host)),
                ("URL", url.clone()),
                ("ConnectionURL", url),
                ("Namespace", Value::string(&self.subject.namespace)),
                ("Template", template_value(self.template)),
                ("Params", self.params()),
                ("Claims", self.claims()),
                ("Config", config),
            ],
        )
    }

    fn params(&self) -> Value {
        let declared = |name: &str| self.template.parameters.iter().find(|parameter| parameter.name == name);
        Value::string_map(self.subject.params.iter().map(|(name, value)| {
            let source = Source::new(format!("params.{name}"));
            let source = match declared(name).map(|parameter| parameter.kind) {
                Some(ParameterType::Integer) => source.declared(DeclaredType::Integer),
                Some(ParameterType::Boolean) => source.declared(DeclaredType::Boolean),
                Some(ParameterType::String) | None => source,
            };
            (name.clone(), Text::marked(value, &source))
        }))
    }

    fn claims(&self) -> Value {
        let entries = self.subject.claims.as_value().as_object().into_iter().flatten();
        Value::map(
            entries
                .map(|(name, value)| (name.clone(), Value::marked_json(value, &Source::new(format!("claims.{name}"))))),
        )
    }
}

/// `.Template`: the object as Go sees it.
fn template_value(template: &Template) -> Value {
    let strings = |map: &std::collections::BTreeMap<String, String>| {
        Value::string_map(map.iter().map(|(name, value)| (name.clone(), value.clone())))
    };
    let meta = [
        ("Name", Value::string(&template.name)),
        ("Labels", strings(&template.labels)),
        ("Annotations", strings(&template.annotations)),
    ];
    let object_meta = Value::object("v1.ObjectMeta", meta.clone());
    let own = [("ObjectMeta", object_meta), ("Spec", spec_value(template))];
    Value::object("v1alpha1.DployTemplate", meta.into_iter().chain(own))
}

fn spec_value(template: &Template) -> Value {
    let optional = |text: &Option<String>| Value::string(text.as_deref().unwrap_or_default());
    let (method, pool) = match &template.method {
        Method::OnDemand => ("on-demand", Value::Nil),
        Method::Pool(pool) => ("pool", pool_value(pool)),
    };
    Value::object(
        "v1alpha1.DployTemplateSpec",
        [
            ("DisplayName", Value::string(&template.display_name)),
            ("Description", Value::string(&template.description)),
            ("Icon", Value::string(&template.icon)),
            ("Category", Value::string(&template.category)),
            ("Enabled", Value::from(template.enabled)),
            ("Visible", Value::from(template.visible)),
            ("OwnerClaim", optional(&template.owner_claim)),
            ("Method", Value::string(method)),
            ("Pool", pool),
            ("Engine", Value::string(template.engine.map_or("", |engine| engine.as_str()))),
            ("Chart", chart_value(&template.chart)),
            ("ValuesTemplate", Value::string(&template.values_template)),
            ("ValueFiles", Value::strings(template.value_files.iter().map(String::as_str))),
            ("ConnectionURLTemplate", optional(&template.url_template)),
            ("ConnectionMessageTemplate", optional(&template.message_template)),
            ("ConnectionType", Value::string(template.connection_type.map_or("", |kind| kind.as_str()))),
            ("TTL", ttl_value(template)),
            (
                "MaxInstancesPerUser",
                template.max_instances_per_user.map_or(Value::Nil, |max| Value::from(i64::from(max))),
            ),
            ("Parameters", Value::list(template.parameters.iter().map(parameter_value))),
        ],
    )
}

fn pool_value(pool: &crate::environments::template::Pool) -> Value {
    Value::object(
        "v1alpha1.PoolSpec",
        [
            ("Size", Value::from(i64::from(pool.size))),
            ("MaxSize", Value::from(i64::from(pool.max_size.unwrap_or(0)))),
            ("Recycle", Value::from(pool.recycle)),
        ],
    )
}

fn ttl_value(template: &Template) -> Value {
    Value::object(
        "v1alpha1.TTLSpec",
        [
            ("Seconds", Value::from(template.ttl.seconds.unwrap_or(0))),
            ("ExtendSeconds", Value::from(i64::from(template.ttl.extend_seconds.unwrap_or(0)))),
            ("MaxExtends", Value::from(i64::from(template.ttl.max_extends.unwrap_or(0)))),
        ],
    )
}

fn chart_value(chart: &Chart) -> Value {
    let (kind, path, name, revision) = match &chart.source {
        ChartSource::Git { path, reference } => ("git", path.as_str(), "", Some(reference_text(reference))),
        ChartSource::Helm { chart, version } => ("helm", "", chart.as_str(), version.as_deref()),
        ChartSource::Oci { chart, version: OciVersion::Tag(version) | OciVersion::Semver(version) } => {
            ("helm", "", chart.as_str(), Some(version.as_str()))
        }
    };
    Value::object(
        "v1alpha1.ChartSpec",
        [
            ("Type", Value::string(kind)),
            ("RepoURL", Value::string(&chart.repo_url)),
            ("Path", Value::string(path)),
            ("Chart", Value::string(name)),
            ("TargetRevision", Value::string(revision.unwrap_or_default())),
        ],
    )
}

fn reference_text(reference: &GitReference) -> &str {
    match reference {
        GitReference::Branch(text)
        | GitReference::Tag(text)
        | GitReference::Semver(text)
        | GitReference::Commit(text)
        | GitReference::Name(text) => text,
    }
}

fn parameter_value(parameter: &crate::environments::parameter::Parameter) -> Value {
    Value::object(
        "v1alpha1.ParameterSpec",
        [
            ("Name", Value::string(&parameter.name)),
            ("Description", Value::string(&parameter.description)),
            ("Required", Value::from(parameter.required)),
            ("Default", Value::string(&parameter.default)),
        ],
    )
}
