//! Both examples to the byte, one error for each bad value, and laws for any file.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;

const WEB: &str = include_str!("examples/web.yaml");
const JOBS: &str = include_str!("examples/jobs.yaml");

fn inputs() -> BuildInputs {
    BuildInputs {
        version: "42540c4-123".into(),
        git_sha: Some("42540c4ff01dab1e".into()),
        git_branch: Some("main".into()),
        build_number: Some("123".into()),
    }
}

fn build(text: &str) -> Vec<GeneratedFile> {
    let file = ServiceFile::parse(text.as_bytes(), "service.yaml").unwrap_or_else(|problems| panic!("{problems}"));
    file.build(&inputs()).unwrap_or_else(|problems| panic!("{problems}"))
}

fn object(file: &GeneratedFile) -> Value {
    let mut documents = yaml::documents(file.text.as_bytes(), &Limits::default());
    let object = documents.next().unwrap().unwrap().to_json().into_value();
    assert!(documents.next().is_none());
    object
}

fn objects(text: &str) -> BTreeMap<String, Value> {
    build(text).iter().map(|file| (file.path.clone(), object(file))).collect()
}

fn listing(files: &[GeneratedFile]) -> String {
    files.iter().map(|file| format!("--- {}\n{}", file.path, file.text)).collect()
}

/// A file with one component, the rest of whose lines are given.
fn component(kind: &str, lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "version: \"1.0\"\napp: {{name: shop, namespace: prod}}\ncomponents:\n- name: web\n  type: {kind}\n  image: ghcr.io/acme/web:1\n{lines}"
    )
}

fn problems(text: &str) -> Vec<String> {
    match ServiceFile::parse(text.as_bytes(), "service.yaml") {
        Ok(file) => file.build(&inputs()).err(),
        Err(problems) => Some(problems),
    }
    .map(|problems| problems.iter().map(ToString::to_string).collect())
    .unwrap_or_default()
}

#[test]
fn s69_the_example_of_a_web_service_gives_its_objects() {
    let files = build(WEB);
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let expected = [
        "shop-serviceaccount.yaml",
        "web-deployment.yaml",
        "web-ingress.yaml",
        "web-service.yaml",
        "worker-deployment.yaml",
    ];
    assert_eq!(paths, expected);
    insta::assert_snapshot!("web", listing(&files));
}

#[test]
fn s69_the_example_of_jobs_gives_its_objects() {
    let files = build(JOBS);
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["cleanup-cronjob.yaml", "migrate-job.yaml"]);
    insta::assert_snapshot!("jobs", listing(&files));
}

#[test]
fn s69_two_builds_do_not_differ_in_a_byte() {
    for text in [WEB, JOBS] {
        assert_eq!(build(text), build(text));
    }
}

#[test]
fn s69_what_is_left_out_has_the_defaults_of_the_format() {
    let objects = objects(&component(
        "deployment",
        "port: 80\nhealthcheck: {liveness: {path: /}}\ningress: {enabled: true, hostname: a.org}",
    ));
    let spec = &objects["web-deployment.yaml"]["spec"];
    assert_eq!(spec["replicas"], 1);
    assert_eq!(
        spec["strategy"],
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}})
    );
    let pod = &spec["template"]["spec"];
    assert_eq!(pod["securityContext"], json!({"runAsNonRoot": true, "runAsUser": 1000}));
    assert_eq!((&pod["restartPolicy"], &pod["dnsPolicy"]), (&json!("Always"), &json!("ClusterFirst")));
    let container = &pod["containers"][0];
    let resources = json!({"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "256Mi"}});
    assert_eq!(container["resources"], resources);
    let probe = json!({"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 10, "periodSeconds": 10, "timeoutSeconds": 3, "failureThreshold": 3});
    assert_eq!(container["livenessProbe"], probe);
    let path = &objects["web-ingress.yaml"]["spec"]["rules"][0]["http"]["paths"][0];
    assert_eq!((&path["path"], &path["pathType"]), (&json!("/"), &json!("Prefix")));
    assert_eq!(objects["web-ingress.yaml"]["spec"].get("ingressClassName"), None);
}

#[test]
fn a_component_without_a_port_has_no_service() {
    assert_eq!(objects(&component("deployment", "")).into_keys().collect::<Vec<_>>(), ["web-deployment.yaml"]);
}

#[test]
fn an_ingress_that_is_not_enabled_is_not_made() {
    let text = component("deployment", "port: 80\ningress: {enabled: false, tls: {enabled: false}}");
    assert_eq!(objects(&text).into_keys().collect::<Vec<_>>(), ["web-deployment.yaml", "web-service.yaml"]);
}

#[test]
fn selectors_hold_no_label_of_the_user_and_select_the_pods() {
    let objects = objects(WEB);
    let selector = json!({"app.kubernetes.io/name": "shop", "app.kubernetes.io/component": "web"});
    let spec = &objects["web-deployment.yaml"]["spec"];
    assert_eq!(spec["selector"]["matchLabels"], selector);
    assert_eq!(objects["web-service.yaml"]["spec"]["selector"], selector);
    for (key, value) in selector.as_object().unwrap() {
        assert_eq!(&spec["template"]["metadata"]["labels"][key], value);
    }
}

#[test]
fn a_new_version_changes_no_pod_that_does_not_ask_for_it() {
    let text = component("deployment", "");
    let file = ServiceFile::parse(text.as_bytes(), "service.yaml").unwrap();
    let spec = |version: &str| {
        let files = file.build(&BuildInputs { version: version.into(), ..inputs() }).unwrap();
        object(&files[0])["spec"].clone()
    };
    assert_eq!(spec("1"), spec("2"));
}

#[test]
fn a_job_is_another_object_in_each_version() {
    let text = component("job", "");
    let file = ServiceFile::parse(text.as_bytes(), "service.yaml").unwrap();
    let name = |version: &str| {
        let files = file.build(&BuildInputs { version: version.into(), ..inputs() }).unwrap();
        object(&files[0])["metadata"]["name"].as_str().unwrap().to_owned()
    };
    assert!(name("1").starts_with("shop-web-"));
    assert_ne!(name("1"), name("2"));
    assert_eq!(name("1"), name("1"));
}

#[test]
fn the_version_stands_whole_in_an_annotation_and_fitted_in_a_label() {
    let version = format!("1.0+{}", "x".repeat(80));
    let file = ServiceFile::parse(component("deployment", "").as_bytes(), "service.yaml").unwrap();
    let files = file.build(&BuildInputs { version: version.clone(), ..inputs() }).unwrap();
    let metadata = &object(&files[0])["metadata"];
    assert_eq!(metadata["annotations"]["dploy.dev/version"], json!(version));
    let label = format!("1.0_{}", "x".repeat(59));
    assert_eq!(metadata["labels"]["app.kubernetes.io/version"], json!(label));
}

#[test]
fn a_default_gives_way_to_what_is_written() {
    let resources = |text: &str| {
        let objects = objects(&component("job", text));
        objects["web-job.yaml"]["spec"]["template"]["spec"]["containers"][0]["resources"].clone()
    };
    let low = resources("resources: {limits: {cpu: 10m}}");
    assert_eq!(low, json!({"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"cpu": "10m", "memory": "256Mi"}}));
    let high = resources("resources: {requests: {memory: 1Gi, cpu: 0.5}}");
    assert_eq!(high, json!({"requests": {"cpu": "0.5", "memory": "1Gi"}, "limits": {"cpu": "0.5", "memory": "1Gi"}}));
}

#[test]
fn a_rendered_text_stays_one_text() {
    let text = component("deployment", "env: [{name: A, value: '{{.GitBranch}}'}]");
    let file = ServiceFile::parse(text.as_bytes(), "service.yaml").unwrap();
    let branch = "x\nhostNetwork: true # \"{{.Version}}";
    let files = file.build(&BuildInputs { git_branch: Some(branch.into()), ..inputs() }).unwrap();
    let pod = object(&files[0])["spec"]["template"]["spec"].clone();
    assert_eq!(pod["containers"][0]["env"], json!([{"name": "A", "value": branch}]));
    assert_eq!(pod.get("hostNetwork"), None);
}

#[rstest]
#[case(
    "deployment",
    "replicas: 0",
    "7:13: components[0].replicas: 0 is not accepted; accepted: a whole number from 1 to 100"
)]
#[case(
    "deployment",
    "replicas: 101",
    "7:13: components[0].replicas: 101 is not accepted; accepted: a whole number from 1 to 100"
)]
#[case(
    "deployment",
    "replicas: two",
    "7:13: components[0].replicas: a text stands here; accepted: a whole number from 1 to 100"
)]
#[case("deployment", "port: 0", "7:9: components[0].port: 0 is not accepted; accepted: a whole number from 1 to 65535")]
#[case(
    "deployment",
    "port: 65536",
    "7:9: components[0].port: 65536 is not accepted; accepted: a whole number from 1 to 65535"
)]
#[case(
    "deployment",
    "port: 80.5",
    "7:9: components[0].port: 80.5 is not accepted; accepted: a whole number from 1 to 65535"
)]
#[case(
    "cronjob",
    "schedule: 61 * * * *",
    "7:13: components[0].schedule: the minute 61 is outside 0–59; accepted: five fields"
)]
#[case(
    "cronjob",
    "schedule: CRON_TZ=UTC 1 * * * *",
    "7:13: components[0].schedule: Kubernetes refuses a schedule with a time zone inside; accepted"
)]
#[case("cronjob", "", "4:3: components[0].schedule: required field is missing; accepted: five fields")]
#[case(
    "job",
    "resources: {limits: {memory: 64MB}}",
    "7:32: components[0].resources.limits.memory: `64MB` is not a quantity; accepted: a Kubernetes quantity"
)]
#[case(
    "job",
    "resources: {limits: {cpu: -1}}",
    "7:29: components[0].resources.limits.cpu: the quantity `-1` is negative; accepted: a Kubernetes quantity"
)]
#[case(
    "job",
    "resources: {requests: {cpu: 2}, limits: {cpu: 1}}",
    "7:31: components[0].resources.requests.cpu: the request 2 exceeds the limit 1; accepted: at most the limit"
)]
#[case(
    "job",
    "restartPolicy: Always",
    "7:18: components[0].restartPolicy: `Always` is not accepted; accepted: OnFailure, Never"
)]
#[case(
    "job",
    "backoffLimit: -1",
    "7:17: components[0].backoffLimit: -1 is not accepted; accepted: a whole number from 0"
)]
#[case(
    "cronjob",
    "schedule: '@daily'\nconcurrencyPolicy: forbid",
    "8:22: components[0].concurrencyPolicy: `forbid` is not accepted; accepted: Forbid, Allow, Replace"
)]
#[case(
    "deployment",
    "port: 80\ningress: {enabled: true, hostname: Shop_1}",
    "8:38: components[0].ingress.hostname: `Shop_1` is not a hostname; accepted: a DNS name"
)]
#[case(
    "deployment",
    "port: 80\ningress: {enabled: true}",
    "8:12: components[0].ingress.hostname: required field is missing; accepted: a DNS name"
)]
#[case(
    "deployment",
    "port: 80\ningress: {hostname: a.org}",
    "8:12: components[0].ingress.enabled: required field is missing; accepted: true or false"
)]
#[case(
    "deployment",
    "ingress: {enabled: true, hostname: a.org}",
    "7:12: components[0].ingress: the component has no port to send requests to; accepted"
)]
#[case(
    "deployment",
    "port: 80\ningress: {enabled: true, hostname: a.org, tls: {enabled: true}}",
    "8:50: components[0].ingress.tls.secretName: required field is missing; accepted"
)]
#[case(
    "deployment",
    "port: 80\ningress: {enabled: true, hostname: a.org, path: a}",
    "8:51: components[0].ingress.path: `a` is not a path; accepted"
)]
#[case(
    "deployment",
    "healthcheck: {liveness: {path: /}}",
    "7:27: components[0].healthcheck.liveness: neither the probe nor its component has a port; accepted"
)]
#[case(
    "deployment",
    "port: 80\nhealthcheck: {liveness: {path: /, periodSeconds: 0}}",
    "8:52: components[0].healthcheck.liveness.periodSeconds: 0 is not accepted; accepted"
)]
#[case(
    "deployment",
    "env: [{name: PORT, value: 8080}]",
    "7:29: components[0].env[0].value: a number stands here; quotes make it a text; accepted: a text"
)]
#[case(
    "deployment",
    "env: [{name: A}]",
    "7:9: components[0].env[0]: there is no value; accepted: one of value and valueFrom"
)]
#[case(
    "deployment",
    "env: [{name: A, value: a}, {name: A, value: b}]",
    "7:30: components[0].env[1]: the variable A is set twice; accepted: each variable once"
)]
#[case("deployment", "env: [{name: A, valueFrom: {fieldRef: {}}}]", "components[0].env[0].valueFrom")]
#[case(
    "deployment",
    "replica: 3",
    "7:3: components[0].replica: unknown field; did you mean `replicas`?; accepted: name, type"
)]
#[case("job", "replicas: 3", "7:3: components[0].replicas: field of another type; accepted: name, type")]
#[case("deployment", "command: run", "7:12: components[0].command: a text stands here; accepted: a list of texts")]
#[case(
    "deployment",
    "args: ['{{.Tag}}']",
    "7:10: components[0].args[0]: the template knows no .Tag; accepted: {{.Version}}"
)]
#[case("deployment", "args: ['{{.Version']", "7:10: components[0].args[0]: its template fails at 1:")]
fn s69_a_bad_value_gives_one_clear_error(#[case] kind: &str, #[case] lines: &str, #[case] expected: &str) {
    let found = problems(&component(kind, lines));
    assert!(found[0].contains(expected), "{found:#?}");
    let allowed = if lines.contains("fieldRef") { 2 } else { 1 };
    assert_eq!(found.len(), allowed, "{found:#?}");
}

#[rstest]
#[case("", "1:1: the file is empty")]
#[case("# nothing\n", "1:1: the file is empty")]
#[case("[]", "1:1: a list stands here; accepted: a map with version, app, components, config")]
#[case("a: b: c", "accepted: one YAML document")]
#[case("a: 1\na: 2\n", "accepted: one YAML document")]
#[case("version: \"1.0\"\n---\nversion: \"1.0\"\n", "a second document begins here; accepted: one YAML document")]
fn a_file_that_is_no_service_file_is_one_error(#[case] text: &str, #[case] expected: &str) {
    let found = problems(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains(expected), "{found:#?}");
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_lines() {
    let text = "version: \"2.0\"\napp: {name: Shop}\ncomponents:\n- {name: a, type: daemonset, image: nginx}\n- {name: b, type: job, image: nginx}\n- {name: b, type: job, image: ghcr.io/x/y}\nconfig: {labels: {app.kubernetes.io/name: x}}\n";
    let found = problems(text).join("\n");
    insta::assert_snapshot!("problems", found);
}

#[rstest]
#[case(31, 31, true)]
#[case(31, 32, false)]
fn a_name_that_is_too_long_is_refused(#[case] app: usize, #[case] name: usize, #[case] ok: bool) {
    let long = component("deployment", "")
        .replace("shop", &"a".repeat(app))
        .replace("name: web", &format!("name: {}", "b".repeat(name)));
    assert_eq!(problems(&long).is_empty(), ok, "{:?}", problems(&long));
    let job = component("job", "")
        .replace("shop", &"a".repeat(app - 11))
        .replace("name: web", &format!("name: {}", "b".repeat(name)));
    assert_eq!(problems(&job).is_empty(), ok, "{:?}", problems(&job));
}

#[test]
fn a_service_is_not_named_by_a_digit() {
    let text = component("deployment", "port: 80").replace("shop", "1shop");
    assert_eq!(problems(&text).len(), 1);
    assert_eq!(problems(&component("deployment", "").replace("shop", "1shop")), [""; 0]);
}

#[test]
fn values_with_templates_are_checked_when_they_are_known() {
    let text = component("deployment", "port: 80\ningress: {enabled: true, hostname: '{{.GitBranch}}.example.org'}");
    let file = ServiceFile::parse(text.as_bytes(), "service.yaml").unwrap();
    assert!(file.build(&inputs()).is_ok());
    let refused = file.build(&BuildInputs { git_branch: Some("feature/x".into()), ..inputs() }).unwrap_err();
    let expected = "service.yaml:8:38: components[0].ingress.hostname: `feature/x.example.org` is not a hostname; accepted: a DNS name in lower case, such as shop.example.org or *.example.org";
    assert_eq!(refused.to_string(), expected);
    assert!(file.build(&BuildInputs { git_branch: None, ..inputs() }).is_err());
}

#[test]
fn an_unquoted_version_of_the_format_is_as_good() {
    assert_eq!(problems(&component("job", "").replace("\"1.0\"", "1.0")), [""; 0]);
    assert_eq!(problems(&component("job", "").replace("\"1.0\"", "\"1\"")).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_read_without_a_panic(text in "(?s)[-:?#&*!|>'\"%{}\\[\\], \na-z0-9.]{0,120}") {
        let _ = problems(&text);
    }

    #[test]
    fn any_change_of_an_example_ends_in_files_or_problems(at in 0usize..1400, length in 0usize..12, text in "[-:{}\\[\\]\"' \na-z0-9]{0,6}") {
        let chars: Vec<char> = WEB.chars().collect();
        let at = at.min(chars.len());
        let end = (at + length).min(chars.len());
        let changed: String = chars[..at].iter().copied().chain(text.chars()).chain(chars[end..].iter().copied()).collect();
        if let Ok(files) = ServiceFile::parse(changed.as_bytes(), "x").and_then(|file| file.build(&inputs())) {
            for file in &files {
                prop_assert!(object(file)["kind"].is_string());
            }
        }
    }

    #[test]
    fn any_text_of_a_variable_comes_back(value in "(?s)[ -~\n\t\u{85}\u{e4}]{0,30}") {
        prop_assume!(!value.contains("{{"));
        let text = component("job", &format!("env: [{{name: A, value: {}}}]", json!(value)));
        let objects = objects(&text);
        prop_assert_eq!(&objects["web-job.yaml"]["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"], &json!(value));
    }
}
