use proptest::prelude::*;
use rstest::rstest;

use std::collections::BTreeSet;

use super::*;
use crate::releases::{file::FilePath, name::AppName};

fn app(name: &str) -> AppName {
    AppName::parse(name).unwrap()
}

/// The list with `web` in it.
fn edited(list: &str) -> Result<String, String> {
    match register(Some(list), true, &app("web")) {
        Ok(Registration::Write(text)) => Ok(text),
        Ok(Registration::Unchanged) => Ok(list.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn w13_an_app_without_kustomization_gets_one_that_lists_its_files_and_folders() {
    let resources = ["a.yaml", "b.yaml", "base", "sub/d.yml"].map(str::to_owned);
    let expected = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- a.yaml\n- b.yaml\n- ./base\n- sub/d.yml\n";
    assert_eq!(app_kustomization(&resources), expected);
    assert!(app_kustomization(&[]).ends_with("resources: []\n"));
}

#[rstest]
#[case::block("resources:\n- a\n- b\n", "resources:\n- a\n- b\n- web\n")]
#[case::indented(
    "# head\nresources:\n  -  a # why\n  # next\n  -  b # last\n# tail\npatches: []\n",
    "# head\nresources:\n  -  a # why\n  # next\n  -  b # last\n  -  web\n# tail\npatches: []\n"
)]
#[case::crlf("kind: K\r\nresources:\r\n- a\r\n", "kind: K\r\nresources:\r\n- a\r\n- web\r\n")]
#[case::no_final_break("resources:\n- a", "resources:\n- a\n- web")]
#[case::empty_flow("resources: [] # none\n", "resources: [web] # none\n")]
#[case::flow("resources: [ a, \"b\" ]\n", "resources: [ a, \"b\", web ]\n")]
#[case::flow_lines("resources: [\n  a,\n  'b',\n]\n", "resources: [\n  a,\n  'b',\n  web,\n]\n")]
#[case::nothing("resources: # none yet\nkind: K\n", "resources: # none yet\n- web\nkind: K\n")]
#[case::absent("kind: K\n", "kind: K\nresources:\n- web\n")]
#[case::comments_only("# only a comment", "# only a comment\nresources:\n- web\n")]
#[case::empty("", "resources:\n- web\n")]
#[case::other_key("images:\n- name: web\nresources:\n- a\n", "images:\n- name: web\nresources:\n- a\n- web\n")]
#[case::document_start("---\nresources:\n- a\n", "---\nresources:\n- a\n- web\n")]
#[case::present("resources:\n- web\n", "resources:\n- web\n")]
#[case::present_with_dot("resources:\n- ./web/ # here\n", "resources:\n- ./web/ # here\n")]
#[case::present_quoted("resources: ['web/']\n", "resources: ['web/']\n")]
#[case::present_as_base("bases:\n- web\n", "bases:\n- web\n")]
#[case::similar("resources:\n- ../web\n- web2\n", "resources:\n- ../web\n- web2\n- web\n")]
fn w13_one_line_names_the_app_and_all_else_stays(#[case] list: &str, #[case] expected: &str) {
    assert_eq!(edited(list).unwrap(), expected);
    assert_eq!(edited(expected).unwrap(), expected, "a second time changes nothing");
}

#[rstest]
#[case::not_yaml("resources: [", "is not YAML")]
#[case::a_list("- a\n", "a list instead of a map")]
#[case::two_documents("kind: A\n---\nkind: B\n", "several documents")]
#[case::flow_root("{kind: K}\n", "would no longer be YAML")]
#[case::a_text("resources: a\n", "unusual way")]
#[case::multi_line_item("resources:\n- a\n  b\n", "more than one entry")]
#[case::anchored("x: &l [a]\nresources: *l\n", "more than one entry")]
fn w13_a_list_that_cannot_be_edited_by_one_line_is_refused(#[case] list: &str, #[case] why: &str) {
    let error = edited(list).unwrap_err();
    assert!(error.contains(why), "{list:?}: {error}");
}

#[test]
fn w13_a_list_is_begun_only_in_an_empty_folder() {
    assert_eq!(register(None, true, &app("web")), Ok(Registration::Unchanged));
    let Ok(Registration::Write(text)) = register(None, false, &app("web")) else { panic!("a list is begun") };
    assert!(text.ends_with("kind: Kustomization\nresources:\n- web\n"), "{text}");
}

#[rstest]
#[case("123")]
#[case("true")]
#[case("null")]
#[case("1e3")]
#[case("y")]
#[case("2001-01-01")]
#[case("0x1f")]
fn names_that_yaml_takes_for_other_things_are_quoted(#[case] name: &str) {
    let Ok(Registration::Write(text)) = register(Some("resources:\n- a\n"), true, &app(name)) else { panic!("{name}") };
    assert_eq!(text, format!("resources:\n- a\n- \"{name}\"\n"));
}

/// One line of a list: blanks, comments, entries in many spellings.
fn item() -> impl Strategy<Value = String> {
    let name = "[a-z][a-z0-9-]{0,8}[a-z0-9]";
    prop_oneof![
        name.prop_map(|name| format!("- {name}")),
        name.prop_map(|name| format!("- ./{name}/ # 'why'")),
        name.prop_map(|name| format!("- \"{name}\"")),
        name.prop_map(|name| format!("-   '../{name}'")),
        Just("# - web: off".to_owned()),
        Just(String::new()),
    ]
}

fn list() -> impl Strategy<Value = String> {
    let head =
        prop_oneof![Just(""), Just("# ours\n"), Just("---\nkind: Kustomization\n"), Just("images:\n- name: x\n")];
    let tail = prop_oneof![Just(""), Just("# end\n"), Just("patches:\n- path: p.yaml\n"), Just("\n\n")];
    let indent = prop_oneof![Just(""), Just("  "), Just("    ")];
    (head, prop::collection::vec(item(), 0..8), indent, tail, any::<bool>()).prop_map(
        |(head, items, indent, tail, crlf)| {
            let lines: String = items.iter().map(|item| format!("{indent}{item}\n")).collect();
            let text = format!("{head}resources:\n{lines}{tail}");
            if crlf { text.replace('\n', "\r\n") } else { text }
        },
    )
}

proptest! {
    #[test]
    fn an_edit_inserts_one_line_and_removes_none(list in list()) {
        match register(Some(&list), true, &app("web")) {
            Ok(Registration::Unchanged) => {}
            Ok(Registration::Write(text)) => {
                let lines: Vec<&str> = text.split_inclusive('\n').collect();
                let old: Vec<&str> = list.split_inclusive('\n').collect();
                prop_assert_eq!(lines.len(), old.len() + 1);
                let removed = (0..lines.len()).find(|skipped| {
                    lines.iter().enumerate().filter(|(at, _)| at != skipped).map(|(_, line)| *line).eq(old.iter().copied())
                });
                let removed = removed.expect("all other lines are the old ones");
                prop_assert!(lines[removed].trim().trim_start_matches("- ").trim_start() == "web");
                prop_assert_eq!(lines[removed].ends_with("\r\n"), list.contains("\r\n"));
            }
            Err(error) => prop_assert!(false, "{} for {:?}", error, list),
        }
    }

    #[test]
    fn any_text_gives_an_answer(list in "\\PC{0,60}|([a-z\\[\\]:,# \\n\\r\"'&*-]|resources:|\\n- ){0,40}") {
        if let Ok(Registration::Write(text)) = register(Some(&list), true, &app("web")) {
            prop_assert_eq!(register(Some(&text), true, &app("web")), Ok(Registration::Unchanged));
        }
    }

    #[test]
    fn every_file_of_an_app_is_listed_as_it_is_named(names in prop::collection::btree_set("[a-zA-Z0-9#&* \u{2028}é'\"{\\[-]{1,12}", 0..6)) {
        let named: BTreeSet<String> = names.iter().map(|name| format!("{}.yaml", name.trim_start())).collect();
        let files: Vec<String> = named.into_iter().filter(|name| FilePath::parse(name).is_ok()).collect();
        let text = app_kustomization(&files);
        let root = documents(text.as_bytes(), &Limits::default()).next().unwrap().unwrap();
        let listed: Vec<&str> = root.get("resources").unwrap().items().iter().filter_map(|item| item.as_text()).collect();
        prop_assert_eq!(listed, files);
    }
}

#[rstest]
#[case::block("resources:\n- a\n# tail\npatches: []\n", "resources:\n- a\n- web\n- api\n- db\n# tail\npatches: []\n")]
#[case::no_final_break("resources:\n- a", "resources:\n- a\n- web\n- api\n- db")]
#[case::flow("resources: [a]\n", "resources: [a, web, api, db]\n")]
#[case::empty_flow("resources: []\n", "resources: [web, api, db]\n")]
#[case::absent("kind: K\n", "kind: K\nresources:\n- web\n- api\n- db\n")]
fn several_applications_are_named_as_each_by_itself(#[case] list: &str, #[case] expected: &str) {
    let mut registrar = Registrar::default();
    let mut text = list.to_owned();
    for name in ["web", "api", "web", "db", "api"] {
        let alone = register(Some(&text), true, &app(name));
        let found = registrar.register(Some(&text), true, &app(name));
        assert_eq!(found, alone, "{name} in {text:?}");
        if let Ok(Registration::Write(new)) = found {
            text = new;
        }
    }
    registrar.check().unwrap();
    assert_eq!(text, expected);
}

#[test]
fn a_list_that_somebody_else_changed_in_between_is_read_anew() {
    let mut registrar = Registrar::default();
    let list = "resources:\n- a\n";
    registrar.register(Some(list), true, &app("web")).unwrap();
    registrar.register(Some("resources:\n- a\n- web\n"), true, &app("api")).unwrap();
    let other = registrar.register(Some("resources:\n- b\n"), true, &app("db"));
    assert_eq!(other, Ok(Registration::Write("resources:\n- b\n- db\n".to_owned())));
    assert_eq!(registrar.register(None, true, &app("x")), Ok(Registration::Unchanged));
    registrar.check().unwrap();
}

#[test]
fn a_list_that_was_checked_is_gone_on_with() {
    let mut registrar = Registrar::default();
    let mut text = "resources:\n- a\n".to_owned();
    for name in ["web", "api", "db"] {
        let Ok(Registration::Write(new)) = registrar.register(Some(&text), true, &app(name)) else { panic!("{name}") };
        registrar.check().unwrap();
        assert_eq!(registrar.register(Some(&new), true, &app(name)), Ok(Registration::Unchanged));
        text = new;
    }
    assert_eq!(text, "resources:\n- a\n- web\n- api\n- db\n");
}

/// The list without `web`.
fn struck(list: &str) -> Result<String, String> {
    match strike(Some(list), &app("web")) {
        Ok(Registration::Write(text)) => Ok(text),
        Ok(Registration::Unchanged) => Ok(list.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[rstest]
#[case::block(
    "# ours\nresources:\n  - a # why\n  - web # old\n  # next\n  - b\n",
    "# ours\nresources:\n  - a # why\n  # next\n  - b\n"
)]
#[case::last_line("resources:\n- a\n- web", "resources:\n- a")]
#[case::crlf("resources:\r\n- web\r\n- a\r\n", "resources:\r\n- a\r\n")]
#[case::only("kind: K\nresources: # ours\n- web\npatches: []\n", "kind: K\nresources: [] # ours\npatches: []\n")]
#[case::twice("resources:\n- web\n- a\n- ./web/\n", "resources:\n- a\n")]
#[case::flow_first("resources: [web, a]\n", "resources: [a]\n")]
#[case::flow_middle("resources: [ a, 'web', b ]\n", "resources: [ a, b ]\n")]
#[case::flow_last("resources: [ a, \"web\" ]\n", "resources: [ a ]\n")]
#[case::flow_lines("resources: [\n  a,\n  web,\n]\n", "resources: [\n  a,\n]\n")]
#[case::flow_only("resources: [web,]\n", "resources: []\n")]
#[case::absent("resources:\n- web2\n- ../web\n", "resources:\n- web2\n- ../web\n")]
#[case::nothing("", "")]
fn one_line_takes_the_app_off_the_list_and_all_else_stays(#[case] list: &str, #[case] expected: &str) {
    assert_eq!(struck(list).unwrap(), expected);
    assert_eq!(struck(expected).unwrap(), expected, "a second time changes nothing");
}

#[rstest]
#[case::not_yaml("resources: [", "is not YAML")]
#[case::as_base("bases:\n- web\n", "elsewhere than in `resources`")]
#[case::multi_line_item("resources:\n- >-\n  web\n- a\n", "unusual way")]
#[case::anchored("x: &l [web]\nresources: *l\n", "the list of applications")]
fn a_list_from_which_one_line_cannot_be_taken_is_refused(#[case] list: &str, #[case] why: &str) {
    let error = struck(list).unwrap_err();
    assert!(error.contains(why), "{list:?}: {error}");
}

proptest! {
    #[test]
    fn what_was_added_can_be_taken_off_again(list in list()) {
        let Ok(Registration::Write(added)) = register(Some(&list), true, &app("web")) else { return Ok(()) };
        let Ok(Registration::Write(text)) = strike(Some(&added), &app("web")) else {
            return Err(TestCaseError::fail(format!("{added:?}")));
        };
        let before = documents(list.as_bytes(), &Limits::default()).next().unwrap().unwrap();
        if before.get("resources").is_some_and(|resources| !resources.items().is_empty()) {
            prop_assert_eq!(text, list);
        }
    }

    #[test]
    fn any_text_gives_an_answer_about_what_it_lacks(list in "\\PC{0,60}|([a-z\\[\\]:,# \\n\\r\"'&*-]|resources:|web|\\n- ){0,40}") {
        if let Ok(Registration::Write(text)) = strike(Some(&list), &app("web")) {
            prop_assert_eq!(strike(Some(&text), &app("web")), Ok(Registration::Unchanged));
        }
    }
}
