use std::collections::BTreeMap;

use dploy_auth::{AdminRule, Claims, access::parse_boolean};
use dploy_core::json::Json;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

fn bearer_of(claim: &str, value: Value) -> Claims {
    Claims::new("https://id.example.com".to_owned(), BTreeMap::from([(claim.to_owned(), Json::from(value))]))
}

#[rstest]
#[case::boolean(None, json!(true), true)]
#[case::boolean_false(None, json!(false), false)]
#[case::word_1(Some("1"), json!(true), true)]
#[case::word_upper(Some("True"), json!(true), true)]
#[case::word_upper_false(Some("True"), json!(false), false)]
#[case::inverted(Some("false"), json!(false), true)]
#[case::inverted_true(Some("F"), json!(true), false)]
#[case::string(None, json!("true"), true)]
#[case::string_of_another_case(None, json!("True"), false)]
#[case::list(None, json!(["x", "true"]), true)]
#[case::list_of_booleans(None, json!([true]), false)]
#[case::empty_list(None, json!([]), false)]
#[case::number(None, json!(1), false)]
#[case::number_for_word_1(Some("1"), json!(1), false)]
#[case::null(None, json!(null), false)]
#[case::object(None, json!({ "true": true }), false)]
fn s12_is_admin_is_matched_by_shape(#[case] value: Option<&str>, #[case] claim: Value, #[case] admitted: bool) {
    for name in [None, Some(""), Some("is_admin")] {
        let rule = AdminRule::parse(name, value).unwrap();
        assert_eq!(rule.admits(&bearer_of("is_admin", claim.clone())), admitted, "{rule:?} on {claim}");
    }
}

#[rstest]
#[case(json!(["dev", "platform-admins"]), true)]
#[case(json!("platform-admins"), true)]
#[case(json!("platform-admins "), false)]
#[case(json!("platform"), false)]
#[case(json!(["platform"]), false)]
#[case(json!([["platform-admins"]]), false)]
#[case(json!(true), false)]
#[case(json!(false), false)]
#[case(json!(0), false)]
fn s12_another_claim_may_have_any_text(#[case] claim: Value, #[case] admitted: bool) {
    let rule = AdminRule::parse(Some("groups"), Some("platform-admins")).unwrap();
    assert_eq!(rule.admits(&bearer_of("groups", claim.clone())), admitted, "{claim}");
}

#[test]
fn s12_a_missing_claim_denies() {
    let nobody = bearer_of("name", json!("root"));
    assert!(!AdminRule::default().admits(&nobody));
    assert!(!AdminRule::parse(None, Some("false")).unwrap().admits(&nobody));
    assert!(!AdminRule::parse(Some("groups"), None).unwrap().admits(&nobody));
}

#[rstest]
#[case("yes")]
#[case("on")]
#[case("tRUE")]
#[case("2")]
#[case(" true")]
#[case("platform-admins")]
fn s12_d10_a_value_that_is_no_boolean_word_refuses_start(#[case] value: &str) {
    for claim in [None, Some(""), Some("is_admin")] {
        let message = AdminRule::parse(claim, Some(value)).unwrap_err().to_string();
        for part in ["ADMIN_VALUE", "1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False", value] {
            assert!(message.contains(part), "{message}");
        }
    }
    assert!(AdminRule::parse(Some("role"), Some(value)).is_ok());
}

#[test]
fn empty_variables_mean_the_defaults() {
    assert_eq!(AdminRule::parse(Some(""), Some("")).unwrap(), AdminRule::default());
    assert_eq!(AdminRule::parse(None, None).unwrap(), AdminRule::default());
}

proptest! {
    /// The defect this guards against: a value that was not understood made administrators of everybody else.
    #[test]
    fn d10_false_never_admits_unless_the_value_says_false(value in "\\PC{1,8}") {
        if let Ok(rule) = AdminRule::parse(Some("staff"), Some(&value)) {
            let admitted = rule.admits(&bearer_of("staff", json!(false)));
            prop_assert_eq!(admitted, parse_boolean(&value) == Some(false));
        }
    }
}
