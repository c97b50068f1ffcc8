//! `dploy template lint` and `dploy template render`, offline.

use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{Machine, Run};

/// The binary in the folder of the sample templates, without a server.
async fn template(args: &[&str]) -> Run {
    let machine = Machine::new().await;
    let mut command = machine.bare(&[&["template"], args].concat());
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/templates"));
    let run = Run::of(command).await;
    assert!(machine.requests().await.is_empty(), "it works offline");
    run
}

#[tokio::test]
async fn good_templates_pass_and_the_claims_they_use_are_shown() {
    let run = template(&["lint", "webshell.yaml", "pool.yaml"]).await;
    insta::assert_snapshot!("lint-good", run.quiet());
}

#[tokio::test]
async fn every_mistake_is_shown_with_its_place() {
    let run = template(&["lint", "broken.yaml", "webshell.yaml"]).await;
    assert_eq!(run.code, 1);
    assert_eq!(run.stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1);
    insta::assert_snapshot!("lint-broken", format!("{}\n{}", run.stdout, run.stderr));
}

#[tokio::test]
async fn the_report_of_lint_has_the_same_keys_in_json_and_yaml() {
    let json = template(&["lint", "broken.yaml", "-o", "json"]).await;
    let yaml = template(&["lint", "broken.yaml", "-o", "yaml"]).await;
    let records: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(records, yaml_serde::from_str::<Value>(&yaml.stdout).unwrap());
    let table = template(&["lint", "broken.yaml"]).await.stdout;
    let columns: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert!(columns.iter().all(|column| records[0].get(column).is_some()), "{columns:?}");
}

#[rstest]
#[case(&["lint", "absent.yaml"], 2)]
#[case(&["lint"], 2)]
#[case(&["lint", "../main.rs"], 1)]
#[case(&["render", "absent.yaml"], 2)]
#[case(&["render", "broken.yaml"], 1)]
#[case(&["render", "two.yaml"], 2)]
#[case(&["render", "webshell.yaml", "--param", "size=many"], 2)]
#[case(&["render", "webshell.yaml", "--owner", "---"], 2)]
#[case(&["render", "webshell.yaml", "--config", "pool.yaml"], 2)]
#[tokio::test]
async fn what_cannot_be_read_or_is_not_accepted_ends_with_its_exit_code(#[case] args: &[&str], #[case] code: i32) {
    assert_eq!(template(args).await.code, code, "{args:?}");
}

#[tokio::test]
async fn a_render_shows_namespace_profile_source_and_release() {
    let run = template(&["render", "webshell.yaml"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!("render", format!("{}\n{}", run.stdout, run.stderr));
    let kinds: Vec<&str> = run.stdout.lines().filter_map(|line| line.strip_prefix("kind: ")).collect();
    let profile = ["ResourceQuota", "LimitRange", "NetworkPolicy"];
    assert_eq!(kinds, [&["Namespace"][..], &profile, &["GitRepository", "HelmRelease"]].concat());
    let json = template(&["render", "webshell.yaml", "-o", "json"]).await.stdout;
    let documents = run.stdout.split("---\n").map(|text| yaml_serde::from_str(text).unwrap()).collect::<Vec<Value>>();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&json).unwrap(), documents);
}

#[tokio::test]
async fn a_template_of_the_argo_cd_engine_is_rendered_as_an_application() {
    let run = template(&["render", "argocd.yaml"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let documents = run.stdout.split("---\n").map(|text| yaml_serde::from_str(text).unwrap()).collect::<Vec<Value>>();
    let application = documents.last().unwrap();
    assert_eq!(
        (&application["kind"], &application["metadata"]["namespace"]),
        (&"Application".into(), &"argocd".into())
    );
    assert_eq!(application["spec"]["syncPolicy"]["automated"]["prune"], true);
}

#[tokio::test]
async fn a_pool_member_is_rendered_without_a_user() {
    let run = template(&["render", "pool.yaml", "--owner", "bob", "-o", "yaml"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!run.stdout.contains("bob") && run.stdout.contains("kind: OCIRepository"), "{}", run.stdout);
    assert!(run.stderr.contains("message: ssh me@desktop-a1b2c3d4\n"), "{}", run.stderr);
}

#[tokio::test]
async fn given_parameters_and_claims_are_data_and_nothing_else() {
    let args = [
        "render",
        "webshell.yaml",
        "--values-only",
        "-o",
        "json",
        "--owner",
        "Bob.Lee",
        "--param",
        "size=3",
        "--param",
        "motd=x\nowner: root",
        "--claim",
        "email=b@x",
        "--claim",
        "groups=[\"a\"]",
        "--claim",
        "sub=1",
    ];
    let run = template(&args).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let expected = json!({
        "owner": "bob-lee", "replicas": 3, "motd": "x\nowner: root", "email": "b@x", "groups": ["a"],
        "host": "webshell-a1b2c3d4.env.example.org",
    });
    assert_eq!(serde_json::from_str::<Value>(&run.stdout).unwrap(), expected);
    assert!(run.stderr.contains("note: claim \"sub\" is not kept and ignored\n"), "{}", run.stderr);
}

#[tokio::test]
async fn a_text_that_fails_is_shown_with_a_caret() {
    let machine = Machine::new().await;
    let text = "apiVersion: dploy.dev/v1alpha1\nkind: DployTemplate\nmetadata: {name: x}\nspec:\n  chart: {repoURL: u, path: p}\n  valuesTemplate: 'a: {{ .Nowhere }}'\n";
    let run = Run::with_input(machine.bare(&["template", "render", "-"]), text).await;
    let stderr = run.fails(1);
    assert!(stderr.contains("\n1 | a: {{ .Nowhere }}\n") && stderr.contains('^'), "{stderr}");
    assert!(stderr.ends_with("error: -: ValuesTemplateError\n"), "{stderr}");
}

#[rstest]
#[case::unknown_function("a: {{ .Host | quot }}", "function \"quot\" not defined", 15)]
#[case::unbalanced_block("a: {{ if .Host }}x", "unclosed block", 4)]
#[case::end_without_block("a: {{ end }}", "unexpected {{end}}", 7)]
#[case::undefined_variable("a: {{ $host }}", "undefined variable", 7)]
#[case::misplaced_else("a: {{ else }}", "{{else}}", 7)]
#[case::unterminated_string("a: {{ \"x }}", "unterminated", 7)]
#[case::unterminated_comment("a: {{/* x }}", "comment", 4)]
#[tokio::test]
async fn lint_shows_each_mistake_of_a_text_with_a_caret(#[case] text: &str, #[case] part: &str, #[case] column: usize) {
    let machine = Machine::new().await;
    let object = json!({
        "apiVersion": "dploy.dev/v1alpha1", "kind": "DployTemplate", "metadata": {"name": "x"},
        "spec": {"chart": {"repoURL": "u", "path": "p"}, "valuesTemplate": text},
    });
    let run = Run::with_input(machine.bare(&["template", "lint", "-"]), &object.to_string()).await;
    assert_eq!(run.code, 1);
    let caret = format!("\n1 | {text}\n  | {}^\n", " ".repeat(column - 1));
    let (line, _) = run.stderr.split_once(&caret).unwrap_or_else(|| panic!("{}", run.stderr));
    assert!(line.contains(&format!("-: x: valuesTemplate:1:{column}: ")) && line.contains(part), "{}", run.stderr);

    let run = Run::with_input(machine.bare(&["template", "lint", "-", "-o", "json"]), &object.to_string()).await;
    let problem = &serde_json::from_str::<Value>(&run.stdout).unwrap()[0]["problems"][0];
    assert_eq!(
        (&problem["field"], &problem["line"], &problem["column"]),
        (&json!("valuesTemplate"), &json!(1), &json!(column))
    );
    assert!(problem["message"].as_str().unwrap().contains(part), "{problem}");
    assert!((problem["report"].as_str().unwrap().to_owned() + "\n").contains(&caret), "{problem}");
}
