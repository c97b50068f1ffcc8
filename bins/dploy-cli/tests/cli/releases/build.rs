//! `forge build`, `forge validate --file`, `forge schema`.

use std::{collections::BTreeMap, fs, path::Path};

use rstest::rstest;
use serde_json::Value;

use super::desk::Desk;

const WEB: &str = include_str!("../../../../../dploy-core/src/releases/service_file/examples/web.yaml");
const JOBS: &str = include_str!("../../../../../dploy-core/src/releases/service_file/examples/jobs.yaml");

const ORIGIN: &str = "--version 1.0.0 --git-sha abc --git-branch main --build-number 7";

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())).collect()
}

#[rstest]
#[case(WEB)]
#[case(JOBS)]
#[tokio::test]
async fn s69_the_same_file_gives_the_same_bytes_and_they_are_accepted(#[case] text: &str) {
    let desk = Desk::new().await;
    desk.file("service.yaml", text);
    desk.run(&format!("forge build -f service.yaml -o one {ORIGIN}")).await.quiet();
    desk.run(&format!("dploy forge build -o=two {ORIGIN}")).await.quiet();
    let (one, two) = (files(&desk.work.join("one")), files(&desk.work.join("two")));
    assert!(!one.is_empty());
    assert_eq!(one, two);
    desk.run("forge validate one").await.quiet();
    desk.run("forge validate -f service.yaml").await.quiet();
}

#[tokio::test]
async fn s69_a_dry_run_prints_what_would_be_written() {
    let desk = Desk::new().await;
    desk.file("service.yaml", WEB);
    let yaml = desk.run(&format!("forge build --dry-run {ORIGIN}")).await.quiet();
    let json = desk.run(&format!("forge build --dry-run --output json {ORIGIN}")).await.quiet();
    let objects: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(yaml.split("---\n").count(), objects.len());
    assert!(objects.iter().any(|object| object["kind"] == "Deployment"));
    assert_eq!(fs::read_dir(&desk.work).unwrap().count(), 1, "nothing is written");
}

#[rstest]
#[case("image: web", "image")]
#[case("image: ghcr.io/acme/web:1\n  replicas: 0", "replicas")]
#[case("image: ghcr.io/acme/web:1\n  port: 70000", "port")]
#[case("image: ghcr.io/acme/web:1\n  replicaz: 1", "replicaz")]
#[tokio::test]
async fn s69_each_mistake_is_one_error_with_its_place(#[case] fields: &str, #[case] named: &str) {
    let desk = Desk::new().await;
    let text = format!(
        "version: \"1.0\"\napp: {{name: shop, namespace: shop}}\ncomponents:\n- name: web\n  type: deployment\n  {fields}\n"
    );
    desk.file("service.yaml", &text);
    for words in ["forge build -o out", "forge validate -f service.yaml"] {
        let stderr = desk.run(&format!("{words} {}", if words.contains("build") { ORIGIN } else { "" })).await.fails(2);
        let told: Vec<&str> = stderr.lines().filter(|line| line.trim().starts_with("service.yaml:")).collect();
        assert!(told.len() == 1 && told[0].contains(named), "{stderr}");
    }
    assert!(!desk.work.join("out").exists());
}

#[tokio::test]
async fn s69_the_schema_is_published() {
    let desk = Desk::new().await;
    let schema: Value = serde_json::from_str(&desk.run("forge schema").await.quiet()).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}
