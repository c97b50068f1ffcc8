use std::{collections::BTreeMap, sync::Arc};

use rstest::rstest;
use serde_json::json;

use crate::{
    environments::{
        instance::reason,
        parameter::{Parameter, ParameterType},
        settings::{Revision, Settings},
        template::{ConnectionType, Template},
    },
    json::Json,
    testing::builders::{CREATED, template},
    time::Timestamp,
};

use super::{RenderError, Rendered, Renderer, Subject, kept_claims, reads_claims_dynamically};

fn subject() -> Subject {
    Subject {
        owner: "john-doe".into(),
        uuid: "a1b2c3d4".into(),
        namespace: "john-doe-vscode-a1b2c3d4".into(),
        params: BTreeMap::from([("name".into(), "demo".into()), ("replicas".into(), "3".into())]),
        claims: Json::from(json!({ "email": "j@x.org", "groups": ["g1", "g2"], "uid": 12_345_678 })),
        seed: [7; 32],
        created: Timestamp::from_unix_seconds(CREATED),
    }
}

fn settings() -> Settings {
    Settings {
        base_domain: "env.dploy.dev".into(),
        values: Json::from(json!({ "registry": "r.example.org" })),
        ..Settings::default()
    }
}

fn declared(name: &str, kind: ParameterType) -> Parameter {
    Parameter {
        name: name.into(),
        description: String::new(),
        required: false,
        default: String::new(),
        kind,
        allowed: vec![],
        pattern: None,
        max_length: None,
    }
}

fn render(template: Template, settings: Settings, subject: &Subject) -> Result<Rendered, RenderError> {
    Renderer::new(Arc::new(Revision { name: "r".into(), template, settings }))?.render(subject)
}

fn values(text: &str) -> serde_json::Value {
    let parameters = vec![declared("name", ParameterType::String), declared("replicas", ParameterType::Integer)];
    let template = Template { values_template: text.into(), parameters, ..template("vscode") };
    render(template, settings(), &subject()).unwrap().values.unwrap().into_value()
}

#[rstest]
#[case::default(None, None, "https://vscode-a1b2c3d4.env.dploy.dev")]
#[case::config(None, Some("http://{{ .Host }}"), "http://vscode-a1b2c3d4.env.dploy.dev")]
#[case::template(
    Some("https://{{ .Owner }}-{{ .UUID }}.{{ .BaseDomain }}"),
    Some("http://{{ .Host }}"),
    "https://john-doe-a1b2c3d4.env.dploy.dev"
)]
#[case::path(Some(" https://shared.example.com/{{ .UUID }}/ "), None, "https://shared.example.com/a1b2c3d4/")]
fn s49_the_url_comes_from_template_then_config_then_host(
    #[case] own: Option<&str>,
    #[case] config: Option<&str>,
    #[case] url: &str,
) {
    let template = Template { url_template: own.map(Into::into), ..template("vscode") };
    let settings = Settings { url_template: config.map(Into::into), ..settings() };
    assert_eq!(render(template, settings, &subject()).unwrap().connection.url, url);
}

#[test]
fn s49_instructions_show_the_message_or_the_url() {
    let instructions = Template { url_template: Some("{{ .Host }}".into()), ..template("vscode") };
    let settings = Settings { connection_type: ConnectionType::Instructions, ..settings() };
    let shown = |settings: &Settings| render(instructions.clone(), settings.clone(), &subject()).unwrap().connection;
    assert_eq!(shown(&settings).message, "vscode-a1b2c3d4.env.dploy.dev");
    let with_message = Settings { message_template: Some("ssh root@{{ .ConnectionURL }} -p 22000".into()), ..settings };
    assert_eq!(shown(&with_message).message, "ssh root@vscode-a1b2c3d4.env.dploy.dev -p 22000");
    let web = Settings { connection_type: ConnectionType::Web, ..with_message };
    assert_eq!(shown(&web).message, "");
}

#[test]
fn s58_every_field_of_the_context_resolves() {
    let text = "\
owner: {{ .Owner }}
uuid: {{ .UUID | quote }}
domain: {{ .BaseDomain }}
host: {{ .Host }}
url: {{ .URL }}
same: {{ eq .URL .ConnectionURL }}
namespace: {{ .Namespace }}
template: {{ .Template.Name }}
repo: {{ .Template.Spec.Chart.RepoURL }}
name: {{ .Params.name }}
email: {{ .Claims.email }}
registry: {{ .Config.Values.registry }}
";
    assert_eq!(
        values(text),
        json!({
            "owner": "john-doe", "uuid": "a1b2c3d4", "domain": "env.dploy.dev", "host": "vscode-a1b2c3d4.env.dploy.dev",
            "url": "https://vscode-a1b2c3d4.env.dploy.dev", "same": true, "namespace": "john-doe-vscode-a1b2c3d4",
            "template": "vscode", "repo": "https://charts.example.org", "name": "demo", "email": "j@x.org", "registry": "r.example.org",
        })
    );
}

#[test]
fn s59_a_missing_claim_is_empty_and_integers_stay_integers() {
    assert_eq!(
        values("a: \"{{ .Claims.missing }}\"\nb: {{ .Claims.uid }}\nc: {{ .Params.replicas }}"),
        json!({ "a": "", "b": 12_345_678, "c": 3 })
    );
}

#[rstest]
#[case("1\nimage: evil")]
#[case("a: b")]
#[case("x # y")]
#[case("{{ .Owner }}")]
#[case("\"q\" 'q'")]
#[case("- x")]
#[case("&a")]
#[case("!!x")]
#[case("---")]
fn s25_no_value_of_a_parameter_adds_or_changes_another_key(#[case] hostile: &str) {
    let mut subject = subject();
    subject.params.insert("name".into(), hostile.into());
    for text in [
        "image: safe\nname: {{ .Params.name }}\nlast: 1\n",
        "image: safe\nname: {{ .Params.name | quote }}\nlast: 1\n",
        "image: safe\nname: \"{{ .Params.name }}\"\nlast: 1\n",
    ] {
        let template = Template {
            values_template: text.into(),
            parameters: vec![declared("name", ParameterType::String)],
            ..template("vscode")
        };
        let rendered = render(template, settings(), &subject).unwrap().values.unwrap().into_value();
        let expected = json!({ "image": "safe", "name": hostile, "last": 1 });
        assert_eq!(rendered, expected, "{text}");
    }
}

#[rstest]
#[case(Template { url_template: Some("{{ .Nope }}".into()), ..template("t") }, reason::CONNECTION_URL_TEMPLATE_ERROR)]
#[case(Template { url_template: Some("a".repeat(5000)), ..template("t") }, reason::CONNECTION_URL_TEMPLATE_ERROR)]
#[case(Template { url_template: Some("{{ nope }}".into()), ..template("t") }, reason::CONNECTION_URL_TEMPLATE_ERROR)]
#[case(Template { message_template: Some("{{ .Nope }}".into()), connection_type: Some(ConnectionType::Instructions), ..template("t") }, reason::CONNECTION_MESSAGE_TEMPLATE_ERROR)]
#[case(Template { values_template: "{{ if }}".into(), ..template("t") }, reason::VALUES_TEMPLATE_ERROR)]
#[case(Template { values_template: "- a\n- b".into(), ..template("t") }, reason::VALUES_YAML_ERROR)]
#[case(Template { values_template: "a: [".into(), ..template("t") }, reason::VALUES_YAML_ERROR)]
fn s45_each_text_has_its_own_reason(#[case] template: Template, #[case] expected: &str) {
    assert_eq!(render(template, settings(), &subject()).unwrap_err().reason, expected);
}

#[test]
fn s47_random_functions_draw_from_the_seed_and_now_is_the_creation() {
    let text = "password: {{ randAlphaNum 20 | quote }}\nid: {{ uuidv4 }}\nat: {{ now | date \"2006-01-02\" | quote }}";
    assert_eq!(values(text), values(text));
    let other = Subject { seed: [8; 32], ..subject() };
    let template = Template { values_template: text.into(), ..template("vscode") };
    let rendered = render(template, settings(), &other).unwrap().values.unwrap().into_value();
    assert_ne!(rendered["password"], values(text)["password"]);
    assert_eq!(rendered["at"], "2023-11-14");
}

#[test]
fn a_random_value_of_the_url_tells_none_of_the_values() {
    let random = "{{ randAlphaNum 12 }}";
    let both = Template {
        url_template: Some(random.into()),
        values_template: format!("password: \"{random}\""),
        ..template("t")
    };
    let rendered = render(both, settings(), &subject()).unwrap();
    assert_ne!(rendered.values.unwrap().into_value()["password"], rendered.connection.url);
}

#[test]
fn nothing_to_render_leaves_the_charts_own_values() {
    for text in ["", "  \n", "# only a comment\n"] {
        assert_eq!(
            render(Template { values_template: text.into(), ..template("t") }, settings(), &subject()).unwrap().values,
            None,
            "{text:?}"
        );
    }
}

#[test]
fn the_claims_that_are_kept_are_those_listed_or_mentioned() {
    let mentioning = Template {
        values_template: "a: {{ .Claims.email }}\nb: {{ index .Claims \"sub\" }}".into(),
        url_template: Some("{{ get .Claims \"host\" }}".into()),
        ..template("t")
    };
    let kept: Vec<_> = kept_claims(&mentioning, &settings()).into_iter().collect();
    assert_eq!(kept, ["email", "host", "sub"]);
    assert!(!reads_claims_dynamically(&mentioning, &settings()));
    let dynamic =
        Template { values_template: "{{ range $k, $v := .Claims }}{{ $k }}: 1\n{{ end }}".into(), ..template("t") };
    assert!(reads_claims_dynamically(&dynamic, &settings()));
    assert!(kept_claims(&Template { claims: Some(vec![]), ..mentioning }, &settings()).is_empty());
}
