//! The JSON Schema of the format, for editors and other readers.

/// The JSON Schema (draft 2020-12) of service files as a text.
///
/// It describes fields, words and ranges. [`ServiceFile::parse`](super::ServiceFile::parse) checks more than a schema
/// can say.
#[must_use]
pub fn json_schema() -> &'static str {
    include_str!("schema.json")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;
    use serde_json::Value;

    use super::super::fields;
    use super::*;

    fn schema() -> Value {
        serde_json::from_str(json_schema()).unwrap()
    }

    #[rstest]
    #[case("", &[fields::ROOT])]
    #[case("/properties/app", &[fields::APP])]
    #[case("/$defs/deployment", &[fields::COMPONENT, fields::DEPLOYMENT])]
    #[case("/$defs/job", &[fields::COMPONENT, fields::JOB])]
    #[case("/$defs/cronjob", &[fields::COMPONENT, fields::CRON_JOB])]
    #[case("/$defs/resources", &[fields::RESOURCES])]
    #[case("/$defs/amounts", &[fields::AMOUNTS])]
    #[case("/$defs/variable", &[fields::ENV])]
    #[case("/$defs/variable/properties/valueFrom", &[fields::VALUE_FROM])]
    #[case("/$defs/keyRef", &[fields::KEY_REF])]
    #[case("/$defs/healthcheck", &[fields::HEALTHCHECK])]
    #[case("/$defs/probe", &[fields::PROBE])]
    #[case("/$defs/ingress", &[fields::INGRESS])]
    #[case("/$defs/ingress/properties/tls", &[fields::TLS])]
    #[case("/properties/config", &[fields::CONFIG])]
    #[case("/properties/config/properties/imagePullSecrets/items", &[fields::PULL_SECRET])]
    #[case("/properties/config/properties/serviceAccount", &[fields::SERVICE_ACCOUNT])]
    fn the_schema_knows_the_fields_that_are_read(#[case] place: &str, #[case] tables: &[&[&str]]) {
        let schema = schema();
        let place = schema.pointer(place).unwrap();
        let listed: BTreeSet<&str> = place["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(listed, tables.iter().copied().flatten().copied().collect());
        assert_eq!(place["additionalProperties"], Value::Bool(false));
    }

    #[test]
    fn every_reference_of_the_schema_leads_somewhere() {
        let schema = schema();
        let mut open = vec![&schema];
        let mut count = 0;
        while let Some(value) = open.pop() {
            if let Some(target) = value.get("$ref").and_then(Value::as_str) {
                assert!(schema.pointer(target.trim_start_matches('#')).is_some(), "{target}");
                count += 1;
            }
            open.extend(value.as_object().into_iter().flat_map(|map| map.values()));
            open.extend(value.as_array().into_iter().flatten());
        }
        assert!(count > 10);
    }
}
