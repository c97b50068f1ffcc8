use rstest::rstest;
use serde_json::json;

use super::*;
use crate::environments::{
    isolation::IsolationLevel,
    template::{ChartSource, GitReference, TtlSpec},
};

fn one(fields: &str) -> Result<Environment, String> {
    let text = format!("environments:\n  - name: shell\n{fields}");
    match read(text.as_bytes()) {
        Ok(mut all) => Ok(all.remove(0)),
        Err(error) => Err(error.to_string()),
    }
}

fn with(field: &str) -> Result<Environment, String> {
    one(&format!("    chart: github.com/org/charts/shell@main\n    {field}\n"))
}

#[test]
fn every_field_is_read() {
    let text = r#"
environments:
  - name: vscode
    description: VS Code
    chart: "github.com/org/charts/charts/vscode@v1.2.3"
    enabled: false
    icon: code
    ttl: "43200,3600,5"
    category: "development,ide"
    isolation: privileged
    valueFiles: [values-large.yaml]
    extraValues: |
      persistence:
        size: 10Gi
      host: "https://${ingressHost}/${uuid}"
  - { name: shell, chart: gitlab.example.org:8443/team/charts.git }
"#;
    let all = read(text.as_bytes()).unwrap();
    let [vscode, shell] = &all[..] else { panic!("{all:?}") };
    let template = &vscode.template;
    assert_eq!((template.name.as_str(), template.enabled, template.visible), ("vscode", false, true));
    assert_eq!((template.icon.as_str(), template.category.as_str()), ("code", "development,ide"));
    assert_eq!(template.description, "VS Code");
    assert_eq!(template.value_files, ["values-large.yaml"]);
    assert_eq!(template.isolation.level, Some(IsolationLevel::Privileged));
    assert_eq!(all[1].template.isolation.level, None);
    assert_eq!(template.chart.repo_url, "https://github.com/org/charts.git");
    let reference = GitReference::Name("v1.2.3".to_owned());
    assert_eq!(template.chart.source, ChartSource::Git { path: "charts/vscode".to_owned(), reference });
    let ttl = TtlSpec { seconds: Some(43_200), extend_seconds: Some(3_600), max_extends: Some(5) };
    assert_eq!(template.ttl, ttl);
    let expected = json!({
        "username": "jane", "uuid": "a1b2c3d4", "ingressHost": "jane.example.org",
        "persistence": { "size": "10Gi" }, "host": "https://jane.example.org/a1b2c3d4",
    });
    assert_eq!(*vscode.values("jane", "a1b2c3d4", "jane.example.org").as_value(), expected);
    assert_eq!(shell.template.chart.repo_url, "https://gitlab.example.org:8443/team/charts.git");
    let head = GitReference::Name("HEAD".to_owned());
    assert_eq!(shell.template.chart.source, ChartSource::Git { path: String::new(), reference: head });
    assert_eq!((shell.template.enabled, &shell.template.ttl), (true, &TtlSpec::default()));
}

#[rstest]
#[case("ttl: 300", Some(300), None, None)]
#[case("ttl: '-1'", Some(-1), None, None)]
#[case("ttl: '300,60'", Some(300), Some(60), None)]
#[case("ttl: '300, 60, 0'", Some(300), Some(60), Some(0))]
#[case("ttl: ''", None, None, None)]
fn a_ttl_has_up_to_three_parts(
    #[case] field: &str,
    #[case] seconds: Option<i64>,
    #[case] extend_seconds: Option<u32>,
    #[case] max_extends: Option<u32>,
) {
    assert_eq!(with(field).unwrap().template.ttl, TtlSpec { seconds, extend_seconds, max_extends });
}

#[rstest]
#[case("ttl: '0'")]
#[case("ttl: '-2'")]
#[case("ttl: 12h")]
#[case("ttl: '300,'")]
#[case("ttl: ',60'")]
#[case("ttl: '300,-1'")]
#[case("ttl: '300,60,5,1'")]
#[case("ttl: '4294967296'")]
#[case("ttl: [300]")]
fn a_ttl_that_cannot_be_read_is_told_with_what_is_accepted(#[case] field: &str) {
    let error = with(field).unwrap_err();
    assert!(error.starts_with("line 4, column 10: environments[0].ttl must be SECONDS[,EXTEND[,MAX]]"), "{error}");
}

#[rstest]
#[case("https://github.com/org/charts/shell@main", "without a scheme")]
#[case("github.com/org", "host, org and repo")]
#[case("git hub/org/charts", "the host is none")]
#[case("github.com:port/org/charts", "the host is none")]
#[case("github.com//charts", "letters, digits")]
#[case("github.com/org/charts/../other@main", "letters, digits")]
#[case("github.com/org/charts/shell@", "no branch, tag or commit")]
#[case("github.com/org/charts/shell@a b", "no branch, tag or commit")]
#[case("github.com/org/charts/shell@-x", "no branch, tag or commit")]
fn a_chart_that_cannot_be_read_is_told_with_what_is_accepted(#[case] chart: &str, #[case] why: &str) {
    let error = one(&format!("    chart: '{chart}'\n")).unwrap_err();
    let start = "line 3, column 12: environments[0].chart must be host/org/repo/path@revision";
    assert!(error.starts_with(start) && error.contains(why), "{error}");
}

#[test]
fn a_commit_is_told_from_a_name() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let read = one(&format!("    chart: github.com/org/charts/shell@{commit}\n")).unwrap();
    let reference = GitReference::Commit(commit.to_owned());
    assert_eq!(read.template.chart.source, ChartSource::Git { path: "shell".to_owned(), reference });
}

#[rstest]
#[case("color: red", "environments[0] has an unknown field \"color\"; accepted are name, description")]
#[case("enabled: 'no'", "environments[0].enabled must be true or false, not a text")]
#[case(
    "isolation: strict",
    "environments[0].isolation must be one of none, privileged, baseline, restricted, not \"strict\""
)]
#[case(
    "isolation: { level: baseline }",
    "environments[0].isolation must be one of none, privileged, baseline, restricted, not a map"
)]
#[case("icon: 7", "environments[0].icon must be a text, not a number")]
#[case("valueFiles: a.yaml", "environments[0].valueFiles must be a list of texts, not a text")]
#[case("valueFiles: [1]", "environments[0].valueFiles[0] must be a text, not a number")]
#[case("extraValues: [1]", "environments[0].extraValues must be a YAML map, or the text of one, not a list")]
#[case("extraValues: 'a: ['", "environments[0].extraValues must be the text of a YAML map")]
#[case("extraValues: { uuid: x }", "environments[0].extraValues must not set \"uuid\"")]
#[case("extraValues: 'username: x'", "environments[0].extraValues must not set \"username\"")]
fn a_field_that_is_not_accepted_is_named_with_its_place(#[case] field: &str, #[case] message: &str) {
    let error = with(field).unwrap_err();
    assert!(error.starts_with("line 4, column ") && error.contains(message), "{error}");
}

#[rstest]
#[case("", "environments must be a list of environments; the file is empty")]
#[case("[]", "the file must be a map with environments, not a list")]
#[case("{}", "environments is missing")]
#[case("environments: {}", "environments must be a list of environments, not a map")]
#[case("environments: [x]", "environments[0] must be a map with name, description")]
#[case("environments: [{ name: shell }]", "environments[0].chart is missing; it must be host/org/repo/path@revision")]
#[case("environments: [{ chart: github.com/o/r }]", "environments[0].name is missing")]
#[case("environments: [{ name: Shell, chart: github.com/o/r }]", "environments[0].name must be a DNS label")]
#[case(
    "environments: [{ name: a, chart: h.io/o/r }, { name: a, chart: h.io/o/r }]",
    "environments[1].name must be given once"
)]
#[case("environments: [", "line 1, column")]
fn a_file_that_is_not_accepted_is_told_with_its_place(#[case] text: &str, #[case] message: &str) {
    let error = read(text.as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("line 1, column ") && error.contains(message), "{error}");
}

#[test]
fn what_is_put_in_adds_no_key_and_is_not_read_again() {
    let read =
        with(r#"extraValues: { "a": "${username}", "${uuid}": ["${HOME}", "${", "$${uuid}"], count: 1 }"#).unwrap();
    let values = read.values("x\": 1, \"b: ${uuid}", "u1", "h");
    let values = values.as_value();
    assert_eq!(values["a"], "x\": 1, \"b: ${uuid}");
    assert_eq!(values["u1"], json!(["${HOME}", "${", "$u1"]));
    assert_eq!((values["count"].as_i64(), values["uuid"].as_str()), (Some(1), Some("u1")));
}
