//! What the checker takes, and what it says of the rest.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{
    releases::{
        application::ObjectRules,
        file::{ArchiveFile, FilePath},
        version::VersionMetadata,
    },
    time::Timestamp,
};

fn check_under(rules: ObjectRules, files: &[(&str, &str)]) -> Result<Manifests, Problems> {
    let draft = VersionMetadata {
        git_sha: "0012345".to_owned(),
        git_branch: "main".to_owned(),
        git_tag: None,
        git_committer: Some("Jo <jo@example.com>".to_owned()),
        build_number: None,
        timestamp: Timestamp::from_unix_seconds(0),
    };
    let mut checker = Checker::new(rules, &draft, "1.0.0");
    for (path, text) in files {
        checker.file(&ArchiveFile { path: FilePath::parse(path).unwrap(), bytes: text.as_bytes().to_vec() });
    }
    checker.finish()
}

fn check(files: &[(&str, &str)]) -> Result<Manifests, Problems> {
    check_under(ObjectRules::default(), files)
}

fn committed(files: &[(&str, &str)]) -> Vec<String> {
    check(files).unwrap().files.iter().map(ToString::to_string).collect()
}

/// The problems, each as `file:line: message`.
fn problems(files: &[(&str, &str)]) -> Vec<String> {
    check(files).unwrap_err().listed.iter().map(ToString::to_string).collect()
}

fn object(kind: &str, name: &str) -> String {
    format!("apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n")
}

#[test]
fn s20_s38_files_are_sorted_and_keep_their_folders() {
    let (a, b, c) = (object("Service", "a"), object("Service", "b"), object("ConfigMap", "c"));
    let both = format!("---\n{a}---\n# nothing\n---\n{b}");
    let manifests = check(&[("sub/d/c.yml", &c), ("b.yaml", &both), ("NOTES.txt", "x")]).unwrap();
    let names: Vec<_> = manifests.files.iter().map(FilePath::as_str).collect();
    assert_eq!(names, ["b.yaml", "sub/d/c.yml"]);
    assert_eq!(manifests.resources, ["b.yaml", "sub/d/c.yml"]);
    let objects: Vec<_> = manifests.objects.iter().map(|o| (o.file.as_str(), o.line, o.name.as_str())).collect();
    assert_eq!(objects, [("b.yaml", 2, "a"), ("b.yaml", 9, "b"), ("sub/d/c.yml", 1, "c")]);
    assert_eq!(manifests.has_kustomization, None);
}

#[test]
fn s27_w11_files_that_are_not_yaml_never_reach_git() {
    let service = object("Service", "a");
    let files = [("a.yaml", service.as_str()), ("run.sh", "#!"), ("a.json", "{"), ("README.md", "#"), ("bin", "\0")];
    assert_eq!(committed(&files), ["a.yaml"]);
}

#[test]
fn s39_w12_the_version_file_is_read_and_never_committed() {
    let service = object("Service", "a");
    let file = "version: 1.0.0\nmetadata:\n  gitSha: 0012345\n  gitBranch: main\n  timestamp: 2001-01-01T00:00:00Z\n";
    for (name, text) in [("version.yml", file), ("version.yaml", "version: '1.0.0'\n"), ("version.yml", "# nothing\n")]
    {
        assert_eq!(committed(&[(name, text), ("a.yaml", &service)]), ["a.yaml"]);
    }
    let wrong =
        "version: 1.0.1\nmetadata:\n  gitSha: \"12345\"\n  gitBranch: dev\n  gitCommitter: Jo\n  buildNumber: 7\n";
    assert_eq!(
        problems(&[("version.yml", wrong), ("a.yaml", &service)]),
        [
            "version.yml:1: version is not the draft's; the draft says `1.0.0`",
            "version.yml:3: metadata.gitSha is not the draft's; the draft says `0012345`",
            "version.yml:4: metadata.gitBranch is not the draft's; the draft says `main`",
            "version.yml:5: metadata.gitCommitter is not the draft's; the draft says `Jo <jo@example.com>`",
            "version.yml:6: metadata.buildNumber is not the draft's; the draft names none",
        ]
    );
    assert!(problems(&[("sub/version.yml", file), ("a.yaml", &service)])[0].contains("apiVersion is missing"));
}

#[rstest]
#[case::scalar("hello\n", "a.yaml:1: the document is a text")]
#[case::list("- a\n", "a.yaml:1: the document is a list")]
#[case::empty("", "a.yaml: the file is empty")]
#[case::comments("# x\n---\n---\n", "a.yaml: the file is empty")]
#[case::nothing("foo: bar\n", "a.yaml:1: kind is missing")]
#[case::no_api_version("kind: A\nmetadata: {name: a}\n", "a.yaml:1: apiVersion is missing")]
#[case::no_kind("apiVersion: v1\nmetadata: {name: a}\n", "a.yaml:1: kind is missing")]
#[case::null_kind("apiVersion: v1\nkind:\nmetadata: {name: a}\n", "a.yaml:1: kind is missing")]
#[case::no_metadata("apiVersion: v1\nkind: A\n", "a.yaml:1: metadata is missing")]
#[case::no_name("apiVersion: v1\nkind: A\nmetadata: {}\n", "a.yaml:3: name is missing")]
#[case::metadata_text("apiVersion: v1\nkind: A\nmetadata: a\n", "a.yaml:3: metadata is a text")]
#[case::number(
    "apiVersion: v1\nkind: A\nmetadata:\n  name: 1\n",
    "a.yaml:4: name is a number; a text is accepted (quote it)"
)]
#[case::boolean("apiVersion: v1\nkind: yes\nmetadata: {name: a}\n", "a.yaml:2: kind is a boolean")]
#[case::bad_name("apiVersion: v1\nkind: A\nmetadata: {name: ../x}\n", "a.yaml:3: name `../x` is none")]
#[case::bad_api("apiVersion: a/b/c\nkind: A\nmetadata: {name: a}\n", "a.yaml:1: apiVersion `a/b/c` is none")]
#[case::bad_kind("apiVersion: v1\nkind: A B\nmetadata: {name: a}\n", "a.yaml:1: kind `A B` is none")]
#[case::bad_namespace(
    "apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: A}\n",
    "a.yaml:3: namespace `A` is none"
)]
#[case::generated("apiVersion: v1\nkind: A\nmetadata:\n  generateName: a-\n", "a.yaml:4: generateName would make")]
#[case::generated_too("apiVersion: v1\nkind: A\nmetadata: {name: a, generateName: b}\n", "a.yaml:3: generateName")]
#[case::list_without_items("apiVersion: v1\nkind: List\n", "a.yaml:1: a List without items")]
#[case::second_document("apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\nfoo: [\n", "a.yaml:")]
#[case::key_twice(
    "apiVersion: v1\nkind: A\nkind: B\nmetadata: {name: a}\n",
    "a.yaml:3: column 1: key \"kind\" stands on line 2"
)]
fn s21_s22_s23_w11_what_is_no_object_is_refused(#[case] text: &str, #[case] expected: &str) {
    let found = problems(&[("a.yaml", text), ("b.yaml", &object("Service", "b"))]);
    assert!(found.iter().any(|problem| problem.starts_with(expected)), "{found:?}");
}

#[test]
fn s21_all_problems_are_told_at_once_in_order() {
    let found =
        problems(&[("b.yaml", "hello"), ("a.yaml", "x: [\n"), ("c.yaml", &object("Service", "c")), ("d.yml", "")]);
    let files: Vec<_> = found.iter().map(|problem| problem.split(':').next().unwrap()).collect();
    assert_eq!(files, ["a.yaml", "b.yaml", "d.yml"]);
}

#[test]
fn s21_the_list_of_problems_is_bounded() {
    let files: Vec<(String, String)> = (0..50).map(|n| (format!("{n:02}.yaml"), "hello\n---\n".repeat(90))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let refused = check(&files).unwrap_err();
    assert_eq!((refused.listed.len(), refused.more), (LISTED_MAX, 50 * 90 - LISTED_MAX));
    assert!(refused.to_string().ends_with("; and 4400 more"));
}

#[test]
fn s23_w11_an_object_is_there_once() {
    let (service, other) = (object("Service", "a"), object("ConfigMap", "a"));
    let elsewhere = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: x}\n";
    assert!(check(&[("a.yaml", &service), ("b.yaml", &other), ("c.yaml", elsewhere)]).is_ok());
    let found = problems(&[("b.yaml", &service), ("a.yaml", &format!("{other}---\n{service}"))]);
    assert_eq!(found, ["b.yaml:1: Service a stands in a.yaml:6 already; each object is accepted once"]);
}

#[test]
fn w11_lists_are_expanded() {
    let item = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}";
    let inner = "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}";
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- {item}\n- {{kind: ConfigMapList, apiVersion: v1, items: [{inner}]}}\n"
    );
    let manifests = check(&[("a.yaml", &list)]).unwrap();
    let names: Vec<_> = manifests.objects.iter().map(|object| (object.name.as_str(), object.line)).collect();
    assert_eq!(names, [("a", 4), ("b", 5)]);
    assert!(problems(&[("a.yaml", &list), ("b.yaml", &object("ConfigMap", "b"))])[0].contains("a.yaml:5 already"));
    assert!(problems(&[("a.yaml", "apiVersion: v1\nkind: List\nitems:\n- hello\n")])[0].starts_with("a.yaml:4: "));
    let custom = "apiVersion: x.io/v1\nkind: AllowList\nmetadata: {name: a}\n";
    assert_eq!(check(&[("a.yaml", custom)]).unwrap().objects[0].kind, "AllowList");
}

#[test]
fn s23_an_archive_without_manifests_is_refused() {
    for files in [&[][..], &[("README.md", "x")], &[("version.yml", "version: 1.0.0\n")]] {
        assert!(problems(files)[0].starts_with("the archive holds no manifests; "));
    }
    assert!(problems(&[("A.YAML", "x")])[0].contains(".yaml and .yml are accepted"));
}

#[test]
fn an_application_may_be_held_to_kinds_and_namespaces() {
    let set = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let rules = || ObjectRules { kinds: set(&["Service", "List"]), namespaces: set(&["shop"]) };
    assert!(check_under(rules(), &[("a.yaml", &object("Service", "a"))]).is_ok());
    let outside = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: kube-system}\n";
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}\n", outside.trim().replace('\n', "\n  "));
    let kustomization = "namespace: kube-system\nconfigMapGenerator: [{name: a}]\n";
    for (file, text, count) in [("a.yaml", outside, 2), ("a.yaml", &list, 2), ("kustomization.yaml", kustomization, 2)]
    {
        let found = check_under(rules(), &[(file, text)]).unwrap_err().listed;
        assert_eq!(found.len(), count, "{found:?}");
        assert!(found.iter().all(|problem| problem.message.contains("is not for this application; accepted: ")));
    }
}

const KUSTOMIZATION: &str = "\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../base, extra.json]
patches:
- path: patch.yaml
- patch: '[]'
patchesStrategicMerge:
- |-
  a: 1
configMapGenerator:
- name: c
  files: [app.conf=../files/app.conf, raw.yaml]
  envs: [.env]
helmCharts:
- name: x
  valuesFile: values.yaml
replacements:
- path: r.yaml
openapi:
  path: schema.json
";

#[test]
fn s39_w27_a_kustomization_brings_what_it_names() {
    let (service, extra) =
        (object("Service", "a"), "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"j\"}}");
    let files = [
        ("top/over/kustomization.yml", KUSTOMIZATION.replace("../../base", "../base")),
        ("top/base/kustomization.yaml", "resources: [service.yaml]\n".to_owned()),
        ("top/base/service.yaml", service),
        ("top/over/extra.json", extra.to_owned()),
        ("top/over/patch.yaml", "- op: add\n".to_owned()),
        ("top/over/raw.yaml", "{{ not yaml".to_owned()),
        ("top/over/.env", "A=1".to_owned()),
        ("top/over/values.yaml", "replicas: 1\n".to_owned()),
        ("top/over/r.yaml", "[]\n".to_owned()),
        ("top/over/schema.json", "{}\n".to_owned()),
        ("top/files/app.conf", "x".to_owned()),
        ("top/files/other.conf", "x".to_owned()),
    ];
    let mut files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let manifests = check(&files).unwrap();
    let mut expected: Vec<_> =
        files.iter().map(|(path, _)| *path).filter(|path| *path != "top/files/other.conf").collect();
    expected.sort_unstable();
    assert_eq!(manifests.files.iter().map(FilePath::as_str).collect::<Vec<_>>(), expected);
    assert_eq!(manifests.objects.iter().map(|object| object.name.as_str()).collect::<Vec<_>>(), ["a", "j"]);
    assert_eq!(manifests.resources, ["top/over"]);
    assert_eq!(manifests.has_kustomization, None);
    files.reverse();
    assert_eq!(check(&files).unwrap(), manifests);
    files.push(("Kustomization", "resources: [top/over]\n"));
    let manifests = check(&files).unwrap();
    assert_eq!(manifests.has_kustomization.unwrap().as_str(), "Kustomization");
    assert!(manifests.resources.is_empty());
}

#[rstest]
#[case("resources: [missing.yaml]", "neither a file of the archive nor a folder")]
#[case("resources: [../../x.yaml]", "which leads out of the archive")]
#[case("resources: [/etc/passwd]", "which leads out of the archive")]
#[case("resources: ['https://example.com/x.yaml']", "which is remote")]
#[case("resources: ['github.com/a/b?ref=v1']", "which is remote")]
#[case("bases: ['git@example.com:a/b.git']", "which is remote")]
#[case("resources: [.]", "its own folder")]
#[case("resources: [a.txt]", "ends in none of .yaml, .yml and .json")]
#[case("resources: [../version.yml]", "never deployed")]
#[case("resources: [kustomization.yaml]", "its folder is accepted")]
#[case("resources: a.yaml", "resources is a text; a list is accepted")]
#[case("resources: [{a: 1}]", "names a map")]
#[case("components: [a.yaml]", "no folder with a kustomization")]
#[case("patches: [{path: missing.yaml}]", "no file of the archive")]
#[case("configMapGenerator: [{name: a, files: [x=missing]}]", "no file of the archive")]
#[case("secretGenerator: [{name: a, envs: [../../.env]}]", "leads out of the archive")]
#[case("openapi: {path: missing.json}", "no file of the archive")]
#[case("helmCharts: [{name: a, repo: 'https://example.com'}]", "names a remote repository")]
#[case("hello", "the kustomization is a text")]
#[case("", "the file is empty")]
#[case("a: [", "column")]
#[case("resources: []\n---\nresources: []", "a second document")]
#[case("apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization", "the file is no kustomization")]
fn s24_w09_what_a_kustomization_names_is_in_the_archive(#[case] text: &str, #[case] expected: &str) {
    let service = object("Service", "a");
    let files = [("sub/kustomization.yaml", text), ("sub/a.yaml", &service), ("sub/a.txt", ""), ("version.yml", "")];
    let found = problems(&files);
    assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    assert!(found[0].starts_with("sub/kustomization.yaml"));
}

#[test]
fn a_folder_has_one_kustomization() {
    let service = object("Service", "a");
    let files =
        [("kustomization.yaml", "resources: [a.yaml]"), ("Kustomization", "resources: [a.yaml]"), ("a.yaml", &service)];
    assert!(problems(&files)[0].contains("a second kustomization beside `Kustomization`"));
}

#[test]
fn a_patch_has_to_be_yaml_and_a_resource_an_object() {
    let files = |patch| [("kustomization.yaml", "patches: [{path: p.yaml}]"), ("p.yaml", patch)];
    assert_eq!(committed(&files("spec: {}\n")), ["kustomization.yaml", "p.yaml"]);
    assert!(problems(&files("{{ x }}: [\n"))[0].starts_with("p.yaml:"));
    let both = [
        ("kustomization.yaml", "resources: [p.yaml]\nconfigMapGenerator: [{name: a, files: [p.yaml]}]"),
        ("p.yaml", "x: 1"),
    ];
    assert!(problems(&both).iter().any(|problem| problem.contains("kind is missing")));
}

#[test]
fn w10_what_is_kept_is_bounded() {
    let small = "- {apiVersion: v1, kind: A, metadata: {name: a}}\n";
    let many = format!("apiVersion: v1\nkind: List\nitems:\n{}", small.repeat(12_000));
    let refused = check(&[("a.yaml", &many)]).unwrap_err();
    assert!(refused.listed.len() == LISTED_MAX && refused.more >= 9_000);
    assert!(refused.listed.iter().any(|problem| problem.message.contains("fewer than 10000 objects")), "{refused}");
    let references = format!("resources:\n{}", "- a\n".repeat(10_001));
    assert!(problems(&[("kustomization.yaml", &references)])[0].contains("at most 10000 files"));
    let laughs = format!("a: &x [{}]\nb: [{}]\n", "1,".repeat(190), "*x,".repeat(100));
    let files: Vec<(String, &str)> = (0..15).map(|n| (format!("{n:02}.yaml"), laughs.as_str())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    assert!(check(&files).unwrap_err().to_string().contains("aliases that repeat more than"));
}

proptest! {
    #[test]
    fn any_files_are_accepted_or_told_about(
        files in proptest::collection::btree_map(
            "(version|kustomization|a|b|sub/kustomization|sub/a)\\.(yaml|yml|json)",
            prop_oneof![
                "[a-zA-Z:\\[\\]{}, \n&*|>-]{0,60}",
                "apiVersion: v[0-9]\nkind: [A-B]\nmetadata: \\{name: [a-b]\\}\n(---\nhello\n)?",
                "(resources|bases|patches|crds): \\[(a\\.yaml|sub|\\.\\.|\\{path: b\\.yml\\})\\]\n",
            ],
            0..6,
        )
    ) {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        match check(&files) {
            Ok(manifests) => {
                prop_assert!(manifests.files.is_sorted() && !manifests.files.is_empty());
                prop_assert!(manifests.files.iter().all(|file| files.iter().any(|(path, _)| *path == file.as_str())));
                prop_assert!(manifests.files.iter().all(|file| !file.as_str().starts_with("version.")));
            }
            Err(refused) => {
                prop_assert!(!refused.listed.is_empty() && refused.listed.is_sorted());
                prop_assert!(!refused.to_string().is_empty());
            }
        }
    }
}
