//! Whether a live object already says everything that we want it to say.

use serde_json::{Map, Value};

use super::quantity::same_quantity;

/// Whether `live` has every field of `desired` with an equal value, so that applying `desired` would change nothing.
///
/// - Objects: every key of `desired`; more in `live` is fine. A null, an empty object and an empty list ask for
///   nothing, and match an absent field.
/// - Lists: the same length, element by element; `metadata.finalizers` and `metadata.ownerReferences`, which others
///   extend, need only contain ours.
/// - Scalars: equal; two quantities are equal when their amounts are (`1000m` = `1`), as the server rewrites them.
///
/// The removal of a field from `desired` cannot be seen here; [`Store::apply`](super::Store::apply) sees it by the
/// hash of what it applied last.
pub fn subset(desired: &Value, live: &Value) -> bool {
    match (desired, live) {
        (Value::Object(desired), Value::Object(live)) => {
            desired.iter().all(|(key, value)| match (key.as_str(), live.get(key)) {
                ("metadata", Some(Value::Object(live))) => metadata_subset(value, live),
                (_, Some(live)) => subset(value, live),
                (_, None) => asks_nothing(value),
            })
        }
        (Value::Array(desired), Value::Array(live)) => {
            desired.len() == live.len() && desired.iter().zip(live).all(|(desired, live)| subset(desired, live))
        }
        (Value::String(desired), Value::String(live)) => desired == live || same_quantity(desired, live),
        (Value::Number(number), Value::String(text)) | (Value::String(text), Value::Number(number)) => {
            same_quantity(&number.to_string(), text)
        }
        (Value::Number(desired), Value::Number(live)) => desired == live || desired.as_f64() == live.as_f64(),
        (desired, Value::Null) => asks_nothing(desired),
        (Value::Null, live) => asks_nothing(live),
        (desired, live) => desired == live,
    }
}

fn metadata_subset(desired: &Value, live: &Map<String, Value>) -> bool {
    let Value::Object(desired) = desired else { return asks_nothing(desired) };
    desired.iter().all(|(key, value)| match (key.as_str(), value, live.get(key)) {
        ("finalizers" | "ownerReferences", Value::Array(wanted), Some(Value::Array(found))) => {
            wanted.iter().all(|wanted| found.iter().any(|found| subset(wanted, found)))
        }
        (_, value, Some(live)) => subset(value, live),
        (_, value, None) => asks_nothing(value),
    })
}

fn asks_nothing(desired: &Value) -> bool {
    match desired {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(asks_nothing),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::subset;

    #[rstest]
    #[case::more_in_live(json!({"a": 1}), json!({"a": 1, "b": 2}))]
    #[case::null_asks_nothing(json!({"a": null}), json!({}))]
    #[case::empty_asks_nothing(json!({"a": {}, "b": [], "c": {"d": null}}), json!({}))]
    #[case::quantity(json!({"cpu": "1000m"}), json!({"cpu": "1"}))]
    #[case::number_as_quantity(json!({"cpu": 1}), json!({"cpu": "1"}))]
    #[case::integer_and_float(json!(1), json!(1.0))]
    #[case::list_elements_may_gain_fields(json!([{"a": 1}]), json!([{"a": 1, "default": true}]))]
    #[case::foreign_finalizer(json!({"metadata": {"finalizers": ["a"]}}), json!({"metadata": {"finalizers": ["b", "a"]}}))]
    #[case::foreign_owner(
        json!({"metadata": {"ownerReferences": [{"uid": "1"}]}}),
        json!({"metadata": {"ownerReferences": [{"uid": "2"}, {"uid": "1", "controller": true}]}})
    )]
    fn holds(#[case] desired: Value, #[case] live: Value) {
        assert!(subset(&desired, &live));
    }

    #[rstest]
    #[case::missing(json!({"a": 1}), json!({}))]
    #[case::other(json!({"a": 1}), json!({"a": 2}))]
    #[case::shorter_list(json!([1, 2]), json!([1]))]
    #[case::longer_list(json!([1]), json!([1, 2]))]
    #[case::order(json!([1, 2]), json!([2, 1]))]
    #[case::kind(json!({"a": "true"}), json!({"a": true}))]
    #[case::lost_owner(json!({"metadata": {"ownerReferences": [{"uid": "1"}]}}), json!({"metadata": {"ownerReferences": []}}))]
    #[case::false_is_something(json!({"a": false}), json!({}))]
    fn does_not_hold(#[case] desired: Value, #[case] live: Value) {
        assert!(!subset(&desired, &live));
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z0-9.]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c]|metadata|finalizers", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_is_a_subset_of_itself(value in values()) {
            prop_assert!(subset(&value, &value));
        }

        #[test]
        fn a_field_that_somebody_adds_does_not_matter(value in values(), extra in values()) {
            let mut live = value.clone();
            if let Value::Object(fields) = &mut live {
                fields.insert("zz".to_owned(), extra);
            }
            prop_assert!(subset(&value, &live));
        }
    }
}
