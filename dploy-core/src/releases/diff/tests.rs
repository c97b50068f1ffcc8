//! What counts as a change, what is never shown, and laws for any two sets.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::{json::Json, yaml::to_text};

const DEPLOYMENT: &str =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {replicas: 1}\n";

fn set(files: &[(&str, &str)]) -> ObjectSet {
    ObjectSet::read(files.iter().copied()).unwrap()
}

fn one(text: &str) -> ObjectSet {
    set(&[("a.yaml", text)])
}

fn names(changes: &[ObjectChange]) -> Vec<String> {
    let namespace = |change: &ObjectChange| change.namespace.clone().unwrap_or_default();
    changes
        .iter()
        .map(|change| format!("{:?} {} {}/{}", change.change, change.kind, namespace(change), change.name))
        .collect()
}

#[test]
fn a_changed_field_is_shown_with_its_surroundings() {
    let changes = diff(&one(DEPLOYMENT), &one(&DEPLOYMENT.replace("replicas: 1", "replicas: 2")));
    let expected = ObjectChange {
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        namespace: Some("shop".into()),
        name: "web".into(),
        change: Change::Changed,
        text: "@@ -4,4 +4,4 @@\n   name: web\n   namespace: shop\n spec:\n-  replicas: 1\n+  replicas: 2\n".into(),
    };
    assert_eq!(changes, [expected]);
}

#[test]
fn order_comments_style_and_files_are_no_changes() {
    let other = "# a comment\nspec:\n    'replicas': 0x1\nkind: \"Deployment\"\nmetadata:\n    namespace: shop\n    name: web\napiVersion: apps/v1\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";
    let old = set(&[("a.yaml", &format!("{DEPLOYMENT}---\n{service}"))]);
    let new = set(&[("sub/b.yml", service), ("sub/c.yaml", other)]);
    assert_eq!(diff(&old, &new), []);
}

#[test]
fn lists_are_taken_apart() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web, namespace: shop}\n  spec: {replicas: 1}\n";
    assert_eq!(diff(&one(list), &one(DEPLOYMENT)), []);
}

#[test]
fn changes_stand_by_namespace_kind_and_name() {
    let object = |kind: &str, namespace: &str, name: &str| {
        format!("---\napiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\n")
    };
    let old = [object("Service", "b", "x"), object("ConfigMap", "b", "v")].concat();
    let new = [object("Service", "b", "w"), object("ConfigMap", "b", "z"), object("Secret", "a", "s")].concat();
    let expected = [
        "Added Secret a/s",
        "Removed ConfigMap b/v",
        "Added ConfigMap b/z",
        "Added Service b/w",
        "Removed Service b/x",
    ];
    assert_eq!(names(&diff(&one(&old), &one(&new))), expected);
}

#[test]
fn a_newer_version_of_the_same_group_is_a_change_of_the_same_object() {
    let old = "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\n";
    let changes = diff(&one(old), &one(&old.replace("v1beta1", "v1")));
    assert_eq!(names(&changes), ["Changed CronJob /a"]);
    assert_eq!(changes[0].api_version, "batch/v1");
}

#[test]
fn a_document_without_a_name_is_known_by_its_file() {
    let old =
        set(&[("kustomization.yaml", "resources: [a.yaml]\n"), ("version.yml", "version: 1\n"), ("notes.txt", "x: [")]);
    let new = set(&[("kustomization.yaml", "resources: [b.yaml]\n"), ("version.yml", "version: 2\n")]);
    assert_eq!(names(&diff(&old, &new)), ["Changed  /kustomization.yaml"]);
}

#[test]
fn a_patch_is_not_taken_for_the_object_that_it_changes() {
    let patch = DEPLOYMENT.replace("replicas: 1", "replicas: 5");
    let old = set(&[("base.yaml", DEPLOYMENT), ("patch.yaml", &patch)]);
    let new = set(&[("base.yaml", DEPLOYMENT), ("patch.yaml", &patch.replace('5', "6"))]);
    let changes = diff(&old, &new);
    assert_eq!(names(&changes), ["Changed Deployment shop/web"]);
    assert!(changes[0].text.contains("-  replicas: 5\n+  replicas: 6\n"));
}

#[test]
fn a_file_that_is_no_yaml_is_named() {
    let error = ObjectSet::read([("sub/a.yaml", "a: [")]).unwrap_err();
    assert_eq!((error.path.as_str(), error.to_string().as_str()), ("sub/a.yaml", "sub/a.yaml cannot be read"));
}

#[rstest]
#[case::data("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: c2FtZQ==, b: VALUE}\n")]
#[case::string_data("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  b: |\n    VALUE\n    more\n")]
#[case::not_a_map("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: VALUE\n")]
#[case::nested("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: [VALUE]}\n")]
#[case::in_a_list(
    "apiVersion: v1\nkind: SecretList\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: VALUE}}\n"
)]
#[case::in_a_list_without_kinds(
    "apiVersion: v1\nkind: SecretList\nitems:\n- {metadata: {name: s}, data: {a: VALUE}}\n"
)]
#[case::last_applied(
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"data\":\"VALUE\"}'}\n"
)]
#[case::generator("secretGenerator:\n- name: s\n  literals: [password=VALUE]\n")]
#[case::patch("patches:\n- patch: |-\n    apiVersion: v1\n    kind: Secret\n    stringData: {a: VALUE}\n")]
#[case::json_patch(
    "patches:\n- target: {kind: Secret, name: s}\n  patch: |-\n    - {op: add, path: /data/a, value: VALUE}\n"
)]
#[case::inside("apiVersion: v1\nkind: Template\nmetadata: {name: t}\nobjects:\n- {kind: Secret, data: {a: VALUE}}\n")]
fn what_secrets_hold_is_never_shown_but_its_change_is(#[case] text: &str) {
    let (old, new) = (one(&text.replace("VALUE", "aHVudGVyMg")), one(&text.replace("VALUE", "c3dvcmRmaXNo")));
    for (old, new) in [(&old, &new), (&ObjectSet::default(), &new), (&old, &ObjectSet::default())] {
        let changes = diff(old, new);
        assert_eq!(changes.len(), 1);
        let text = &changes[0].text;
        assert!(text.contains("(hidden"), "{text}");
        assert!(!text.contains("aHVudGVyMg") && !text.contains("c3dvcmRmaXNo"), "{text}");
    }
    let text = &diff(&old, &new)[0].text;
    assert_eq!(text.matches("(hidden, changed)").count(), 1, "{text}");
}

#[test]
fn what_did_not_change_in_a_secret_is_not_marked() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: x, b: y}\n";
    let changes = diff(&one(text), &one(&text.replace("b: y", "b: z, c: w")));
    let expected = "@@ -4,4 +4,5 @@\n   name: s\n stringData:\n   a: \"(hidden)\"\n-  b: \"(hidden)\"\n+  b: \"(hidden, changed)\"\n+  c: \"(hidden)\"\n";
    assert_eq!(changes[0].text, expected);
}

#[test]
fn long_differences_are_cut_and_say_so() {
    let map = |count: usize, text: &str| {
        let lines: String = (0..count).map(|at| format!("  k{at}: {text}\n")).collect();
        one(&format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata:\n{lines}"))
    };
    let text = |old: &ObjectSet, new: &ObjectSet| diff(old, new)[0].text.clone();
    let cut = text(&map(3_000, &"x".repeat(20)), &map(3_000, &"y".repeat(20)));
    assert!(cut.len() <= (64 << 10) + 40);
    assert!(cut.lines().last().unwrap().starts_with("\\ not shown: "), "{:?}", cut.lines().last());
    let large = text(&map(1, "x"), &map(9_000, "x"));
    assert_eq!(large, "\\ not shown: 6 lines before, 9005 after\n");
    let line = text(&map(1, &"x".repeat(5_000)), &map(1, "x"));
    assert!(line.lines().all(|line| line.chars().count() <= 1_002));
}

#[test]
fn all_texts_together_are_bounded() {
    let maps = |text: &str| {
        let data: String = (0..700).map(|at| format!("  k{at}: {}\n", text.repeat(90))).collect();
        let object =
            |at: usize| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{at}}}\ndata:\n{data}");
        (0..100).map(object).collect::<String>()
    };
    let changes = diff(&ObjectSet::default(), &one(&maps("x")));
    let total: usize = changes.iter().map(|change| change.text.len()).sum();
    assert_eq!(changes.len(), 100);
    assert!(total <= (4 << 20) + 100 * 50, "{total}");
    assert_eq!(changes[99].text, "\\ not shown: the differences are too long\n");
}

fn arbitrary_object() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "(?s)[ -~\nä]{0,12}".prop_map(Value::from),
    ];
    let inner = leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,4}|data|kind|patch", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    ("Secret|ConfigMap|List|", "[a-c]{0,1}", inner.clone(), inner).prop_map(|(kind, name, data, items)| {
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "data": data, "items": items})
    })
}

fn written(objects: &[Value]) -> ObjectSet {
    let text: String = objects.iter().map(|object| format!("---\n{}", to_text(&Json::from(object.clone())))).collect();
    one(&text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_set_does_not_differ_from_itself(objects in proptest::collection::vec(arbitrary_object(), 0..5)) {
        let set = written(&objects);
        prop_assert_eq!(diff(&set, &set.clone()), []);
    }

    #[test]
    fn changes_the_other_way_round_are_the_same_objects(
        old in proptest::collection::vec(arbitrary_object(), 0..5),
        new in proptest::collection::vec(arbitrary_object(), 0..5),
    ) {
        let (old, new) = (written(&old), written(&new));
        let (there, back) = (diff(&old, &new), diff(&new, &old));
        let turned = |change| match change {
            Change::Added => Change::Removed,
            Change::Removed => Change::Added,
            Change::Changed => Change::Changed,
        };
        let seen = |changes: &[ObjectChange], turn: bool| {
            let change = |found: &ObjectChange| if turn { turned(found.change) } else { found.change };
            changes.iter().map(|found| (found.kind.clone(), found.name.clone(), change(found))).collect::<Vec<_>>()
        };
        prop_assert_eq!(seen(&there, false), seen(&back, true));
        prop_assert!(there.iter().all(|change| !change.text.is_empty()));
    }

    #[test]
    fn any_text_is_compared_without_a_panic(old in "[-:a-c \n{}\\[\\]\"]{0,60}", new in "[-:a-c \n{}\\[\\]\"]{0,60}") {
        if let (Ok(old), Ok(new)) = (ObjectSet::read([("a.yaml", old)]), ObjectSet::read([("a.yaml", new)])) {
            prop_assert_eq!(diff(&old, &new).is_empty(), old == new);
        }
    }
}
