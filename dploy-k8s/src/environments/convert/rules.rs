//! What today's rules say of a template that was stored under older ones.

use std::sync::LazyLock;

use regex::Regex;

use crate::api::{
    DployTemplate, DployTemplateSpec, Parameter, ParameterType, ProvisioningMethod,
    rule::{PERSONAL, not_anonymous},
    stored,
};

use super::Refusal;

static IS_PERSONAL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(PERSONAL).ok());

/// That the schema would accept the spec as a new one, as far as that keeps environments from being made of it.
///
/// Looked at when a template is accepted, and not again when a revision of it is read: what runs goes on.
///
/// # Errors
/// The first field that is refused, and what is accepted.
pub(crate) fn is_allowed(spec: &DployTemplateSpec) -> Result<(), Refusal> {
    let refused = stored::violation::<DployTemplate>(spec).or_else(|| pool(spec)).or_else(|| size(spec));
    refused.or_else(|| spec.parameters.iter().find_map(default)).map_or(Ok(()), |message| Err(Refusal::spec(message)))
}

fn pool(spec: &DployTemplateSpec) -> Option<String> {
    if spec.method != ProvisioningMethod::Pool {
        return None;
    }
    if !spec.parameters.is_empty() {
        return Some("parameters must be empty with method pool".to_owned());
    }
    let texts = [
        ("valuesTemplate", &spec.values_template),
        ("connectionMessageTemplate", &spec.connection_message_template),
        ("connectionURLTemplate", &spec.connection_url_template),
    ];
    let personal = |text: &str| IS_PERSONAL.as_ref().is_some_and(|personal| personal.is_match(text));
    texts.into_iter().find(|(_, text)| personal(text)).map(|(field, _)| not_anonymous(field))
}

fn size(spec: &DployTemplateSpec) -> Option<String> {
    let above = |pool: &&crate::api::Pool| pool.max_size > 0 && pool.size > pool.max_size;
    spec.pool
        .as_ref()
        .filter(above)
        .map(|_| "pool.size must not exceed maxSize, unless maxSize is 0 (no cap)".to_owned())
}

fn default(parameter: &Parameter) -> Option<String> {
    let given = parameter.default.as_str();
    let accepted = match parameter.kind {
        _ if given.is_empty() => return None,
        ParameterType::Integer if given.parse::<i64>().is_err() => "a whole number with type integer".to_owned(),
        ParameterType::Boolean if !matches!(given, "true" | "false") => "true or false with type boolean".to_owned(),
        _ if !parameter.allowed.is_empty() && !parameter.allowed.iter().any(|allowed| allowed == given) => {
            "one of enum".to_owned()
        }
        _ if parameter.max_length.is_some_and(|max| given.chars().count() > super::count(max) as usize) => {
            "not longer than maxLength".to_owned()
        }
        _ => return None,
    };
    Some(format!("default of parameter \"{}\" must be {accepted}", parameter.name))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ttl: { seconds: -5 }", "spec.ttl.seconds must be at least -1")]
    #[case("method: pool, pool: { size: 3, maxSize: 2 }", "pool.size must not exceed maxSize")]
    #[case("method: pool, pool: { size: 1 }, parameters: [{ name: a }]", "parameters must be empty")]
    #[case("method: pool, pool: { size: 1 }, valuesTemplate: '{{ .Params.a }}'", "valuesTemplate of a template")]
    #[case("method: pool, pool: { size: 1 }, connectionURLTemplate: '{{ .Owner }}'", "connectionURLTemplate of a")]
    #[case(
        "method: pool, pool: { size: 1 }, connectionMessageTemplate: '{{ $.Claims.a }}'",
        "connectionMessageTemplate of"
    )]
    #[case("parameters: [{ name: a }, { name: a }]", "spec.parameters[1] must be another than a")]
    #[case(
        "parameters: [{ name: a, type: integer, default: '99999999999999999999' }]",
        "default of parameter \"a\" must be a whole number"
    )]
    #[case(
        "parameters: [{ name: a, type: boolean, default: 'yes' }]",
        "default of parameter \"a\" must be true or false"
    )]
    #[case("parameters: [{ name: a, enum: [b], default: c }]", "default of parameter \"a\" must be one of enum")]
    #[case("parameters: [{ name: a, maxLength: 1, default: ab }]", "default of parameter \"a\" must be not longer")]
    fn s36_d24_a_template_of_an_older_version_is_refused_by_the_field(#[case] spec: &str, #[case] told: &str) {
        let yaml = format!("{{ chart: {{ repoURL: r, path: c }}, {spec} }}");
        let refusal = is_allowed(&yaml_serde::from_str(&yaml).unwrap()).unwrap_err();
        assert_eq!(refusal.reason, "InvalidSpec");
        assert!(refusal.message.starts_with(told), "{}", refusal.message);
    }

    #[test]
    fn what_is_allowed_today_is_accepted() {
        for spec in ["", "method: pool, pool: { size: 2, maxSize: 0 }, valuesTemplate: '{{ .UUID }}'"] {
            let yaml = format!("{{ chart: {{ repoURL: r, path: c }}, {spec} }}");
            assert_eq!(is_allowed(&yaml_serde::from_str(&yaml).unwrap()), Ok(()));
        }
    }
}
