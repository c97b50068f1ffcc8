use rstest::rstest;
use serde_json::{Value, json};

use crate::server::{assert_refused, merged, server};

const KIND: &str = "DployTemplate";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn on_demand() -> Value {
    json!({ "chart": { "repoURL": "https://git.example.com/charts.git", "path": "app" } })
}

fn pool() -> Value {
    merged(on_demand(), &json!({ "method": "pool", "pool": { "size": 2 } }))
}

fn parameter(fields: Value) -> Value {
    json!({ "parameters": [merged(json!({ "name": "p" }), &fields)] })
}

fn long(length: usize) -> String {
    "x".repeat(length)
}

#[rstest]
#[case::no_chart(json!({ "chart": null }), &["spec.chart: Required"])]
#[case::no_url(json!({ "chart": { "repoURL": null } }), &["spec.chart.repoURL: Required"])]
#[case::empty_url(json!({ "chart": { "repoURL": "" } }), &["spec.chart.repoURL", "at least 1 chars"])]
#[case::no_path_and_no_chart(json!({ "chart": { "path": null } }), &["spec.chart.path", "path or chart is required"])]
#[case::empty_path(json!({ "chart": { "path": "", "chart": "" } }), &["spec.chart.path", "path or chart is required"])]
#[case::chart_type(json!({ "chart": { "type": "svn" } }), &["spec.chart.type", r#""git", "helm""#])]
#[case::ref_with_revision(
    json!({ "chart": { "targetRevision": "main", "ref": { "tag": "v1" } } }),
    &["spec.chart.ref", "ref excludes targetRevision"]
)]
#[case::ref_of_helm(
    json!({ "chart": { "type": "helm", "ref": { "tag": "v1" } } }),
    &["spec.chart.ref", "ref needs type git"]
)]
#[case::empty_ref(json!({ "chart": { "ref": {} } }), &["spec.chart.ref", "exactly one of branch, tag, semver and commit"])]
#[case::two_refs(
    json!({ "chart": { "ref": { "branch": "main", "tag": "v1" } } }),
    &["spec.chart.ref", "exactly one of branch, tag, semver and commit"]
)]
#[case::empty_tag(json!({ "chart": { "ref": { "tag": "" } } }), &["spec.chart.ref.tag", "at least 1 chars"])]
#[case::short_commit(json!({ "chart": { "ref": { "commit": "abc123" } } }), &["spec.chart.ref.commit", "{40}"])]
#[case::method(json!({ "method": "lottery" }), &["spec.method", r#""on-demand", "pool""#])]
#[case::engine(json!({ "engine": "helmfile" }), &["spec.engine", r#""argocd", "flux""#])]
#[case::connection_type(json!({ "connectionType": "ssh" }), &["spec.connectionType", r#""web", "instructions""#])]
#[case::no_pool(json!({ "method": "pool" }), &["spec.pool", "pool is required with method pool"])]
#[case::no_pool_size(json!({ "pool": {} }), &["spec.pool.size: Required"])]
#[case::negative_size(json!({ "pool": { "size": -1 } }), &["spec.pool.size", "greater than or equal to 0"])]
#[case::negative_max_size(json!({ "pool": { "size": 0, "maxSize": -1 } }), &["spec.pool.maxSize", "greater than or equal to 0"])]
#[case::size_above_max_size(json!({ "pool": { "size": 3, "maxSize": 2 } }), &["spec.pool.size", "size must not exceed maxSize"])]
#[case::ttl(json!({ "ttl": { "seconds": -2 } }), &["spec.ttl.seconds", "greater than or equal to -1"])]
#[case::extend_seconds(json!({ "ttl": { "extendSeconds": -1 } }), &["spec.ttl.extendSeconds", "greater than or equal to 0"])]
#[case::max_lifetime(json!({ "maxLifetimeSeconds": 0 }), &["spec.maxLifetimeSeconds", "greater than or equal to 1"])]
#[case::ttl_above_max_lifetime(
    json!({ "maxLifetimeSeconds": 60, "ttl": { "seconds": 61 } }),
    &["spec.maxLifetimeSeconds", "must be at least ttl.seconds"]
)]
#[case::max_lifetime_of_an_unlimited_ttl(
    json!({ "maxLifetimeSeconds": 60, "ttl": { "seconds": -1 } }),
    &["spec.maxLifetimeSeconds", "must not be -1 (for ever)"]
)]
#[case::idle_without_unit(json!({ "idleTTL": "90" }), &["spec.idleTTL", "should match", "ms|s|m|h"])]
#[case::idle_as_number(json!({ "idleTTL": 90 }), &["spec.idleTTL", "string"])]
#[case::rollout(json!({ "rollout": "Sometimes" }), &["spec.rollout", r#""Pinned", "Follow""#])]
#[case::when_empty(
    json!({ "pool": { "size": 1, "whenEmpty": "hope" } }),
    &["spec.pool.whenEmpty", r#""wait", "provision", "reject""#]
)]
#[case::secret_without_name(json!({ "chart": { "secretRef": {} } }), &["spec.chart.secretRef.name: Required"])]
#[case::empty_secret(json!({ "chart": { "secretRef": { "name": "" } } }), &["spec.chart.secretRef.name", "at least 1 chars"])]
#[case::secret_of_another_namespace(
    json!({ "chart": { "secretRef": { "name": "other/secret" } } }),
    &["spec.chart.secretRef.name", "should match"]
)]
#[case::secret_with_argocd(
    json!({ "engine": "argocd", "chart": { "secretRef": { "name": "s" } } }),
    &["spec.chart.secretRef", "secretRef needs engine flux", "Argo CD keeps credentials per repository"]
)]
#[case::equal_parameter_names(
    json!({ "parameters": [{ "name": "a" }, { "name": "a" }] }),
    &["spec.parameters[1]: Duplicate value", r#""name":"a""#]
)]
#[case::parameter_without_name(json!({ "parameters": [{}] }), &["spec.parameters[0].name: Required"])]
#[case::empty_parameter_name(parameter(json!({ "name": "" })), &["spec.parameters[0].name", "at least 1 chars"])]
#[case::parameter_type(parameter(json!({ "type": "float" })), &["spec.parameters[0].type", r#""string", "integer", "boolean""#])]
#[case::integer_default(
    parameter(json!({ "type": "integer", "default": "two" })),
    &["spec.parameters[0].default", "default must be a whole number"]
)]
#[case::boolean_default(
    parameter(json!({ "type": "boolean", "default": "yes" })),
    &["spec.parameters[0].default", "default must be true or false"]
)]
#[case::default_outside_of_enum(
    parameter(json!({ "enum": ["a", "b"], "default": "c" })),
    &["spec.parameters[0].default", "default must be one of enum"]
)]
#[case::default_too_long(
    parameter(json!({ "maxLength": 2, "default": "abc" })),
    &["spec.parameters[0].default", "default must not be longer than maxLength"]
)]
#[case::max_length(parameter(json!({ "maxLength": -1 })), &["spec.parameters[0].maxLength", "greater than or equal to 0"])]
#[case::equal_claims(json!({ "claims": ["a", "a"] }), &["spec.claims[1]: Duplicate value"])]
#[case::empty_claim(json!({ "claims": [""] }), &["spec.claims[0]", "at least 1 chars"])]
#[case::timeout_without_unit(json!({ "provisionTimeout": "90" }), &["spec.provisionTimeout", "should match", "ms|s|m|h"])]
#[case::timeout_in_words(json!({ "provisionTimeout": "1 hour" }), &["spec.provisionTimeout", "should match"])]
#[case::long_template(json!({ "valuesTemplate": long(65_537) }), &["spec.valuesTemplate", "65536"])]
#[case::long_text(json!({ "description": long(4_097) }), &["spec.description", "4096"])]
#[case::long_claim_name(json!({ "ownerClaim": long(254) }), &["spec.ownerClaim", "253"])]
#[case::many_files(json!({ "valueFiles": vec!["a"; 257] }), &["spec.valueFiles", "256"])]
#[tokio::test]
async fn s36_d24_a_template_is_refused(#[case] patch: Value, #[case] words: &[&str]) {
    let Some(server) = server().await else { return };
    assert_refused(server.try_create(KIND, &merged(on_demand(), &patch)).await, words);
}

#[rstest]
#[case::parameters(json!({ "parameters": [{ "name": "a" }] }), &["spec.parameters", "parameters must be empty"])]
#[case::claims_in_values(json!({ "valuesTemplate": "a: {{ .Claims.sub }}" }), &["spec.valuesTemplate", ".Claims, .Params or .Owner"])]
#[case::params_in_values(json!({ "valuesTemplate": "a: {{ $.Params.x }}" }), &["spec.valuesTemplate"])]
#[case::owner_in_values(json!({ "valuesTemplate": "a: {{ .Owner }}" }), &["spec.valuesTemplate"])]
#[case::owner_at_the_end(json!({ "valuesTemplate": ".Owner" }), &["spec.valuesTemplate"])]
#[case::owner_on_another_line(json!({ "valuesTemplate": "a: 1\nb: {{.Owner}}\n" }), &["spec.valuesTemplate"])]
#[case::owner_of_a_variable(json!({ "valuesTemplate": "{{ $root.Owner }}" }), &["spec.valuesTemplate"])]
#[case::owner_in_parentheses(json!({ "valuesTemplate": "{{ index (.Claims) \"a\" }}" }), &["spec.valuesTemplate"])]
#[case::message(json!({ "connectionMessageTemplate": "{{ .Owner }}" }), &["spec.connectionMessageTemplate", "must not use"])]
#[case::url(json!({ "connectionURLTemplate": "https://{{ .Owner }}" }), &["spec.connectionURLTemplate", "must not use"])]
#[tokio::test]
async fn s36_a_pool_template_that_is_not_anonymous_is_refused(#[case] patch: Value, #[case] words: &[&str]) {
    let Some(server) = server().await else { return };
    assert_refused(server.try_create(KIND, &merged(pool(), &patch)).await, words);
    let on_demand = merged(on_demand(), &patch);
    server.try_create(KIND, &on_demand).await.expect("the same is fine on demand");
}

#[rstest]
#[case::least(json!({}))]
#[case::chart_instead_of_path(json!({ "chart": { "type": "helm", "path": null, "chart": "app" } }))]
#[case::path_and_chart(json!({ "chart": { "chart": "app" } }))]
#[case::branch(json!({ "chart": { "ref": { "branch": "main" } } }))]
#[case::tag_beside_an_empty_revision(json!({ "chart": { "targetRevision": "", "ref": { "tag": "v1" } } }))]
#[case::semver(json!({ "chart": { "ref": { "semver": ">=1.0.0 <2.0.0" } } }))]
#[case::commit(json!({ "chart": { "ref": { "commit": COMMIT } } }))]
#[case::pool_without_cap(json!({ "method": "pool", "pool": { "size": 5, "maxSize": 0 } }))]
#[case::full_pool(json!({ "method": "pool", "pool": { "size": 5, "maxSize": 5, "recycle": false } }))]
#[case::pool_without_parameters(json!({ "method": "pool", "pool": { "size": 0 }, "parameters": [] }))]
#[case::owner_claim_is_not_the_owner(
    json!({ "method": "pool", "pool": { "size": 1 }, "valuesTemplate": "a: {{ .Template.Spec.OwnerClaim }}" })
)]
#[case::an_owner_of_the_configuration(
    json!({ "method": "pool", "pool": { "size": 1 }, "connectionMessageTemplate": "ask {{ .Config.Values.Owner }}" })
)]
#[case::unlimited(json!({ "ttl": { "seconds": -1, "extendSeconds": 0, "maxExtends": -1 } }))]
#[case::unset_ttl(json!({ "ttl": {} }))]
#[case::longest_lifetime(json!({ "maxLifetimeSeconds": 60, "ttl": { "seconds": 60 } }))]
#[case::longest_lifetime_of_the_platforms_ttl(json!({ "maxLifetimeSeconds": 60, "ttl": { "maxExtends": 2 } }))]
#[case::idle(json!({ "idleTTL": "1h30m" }))]
#[case::following(json!({ "rollout": "Follow" }))]
#[case::waiting(json!({ "method": "pool", "pool": { "size": 0, "whenEmpty": "wait" } }))]
#[case::private(json!({ "engine": "flux", "chart": { "secretRef": { "name": "git.credentials" } } }))]
#[case::integer_default(parameter(json!({ "type": "integer", "default": "-2" })))]
#[case::boolean_default(parameter(json!({ "type": "boolean", "default": "true" })))]
#[case::default_of_enum(parameter(json!({ "enum": ["a", "b"], "default": "b", "maxLength": 1, "pattern": "[ab]" })))]
#[case::enum_without_default(parameter(json!({ "enum": ["a"], "default": "", "required": true })))]
#[case::no_claims(json!({ "claims": [] }))]
#[case::timeout(json!({ "provisionTimeout": "1h30m" }))]
#[case::longest_template(json!({ "valuesTemplate": long(65_536) }))]
#[tokio::test]
async fn a_template_is_accepted(#[case] patch: Value) {
    let Some(server) = server().await else { return };
    server.try_create(KIND, &merged(on_demand(), &patch)).await.unwrap();
}

#[tokio::test]
async fn a_template_gets_the_originals_defaults_but_no_revision() {
    let Some(server) = server().await else { return };
    let spec = merged(pool(), &parameter(json!({})));
    let spec = merged(spec, &json!({ "method": "on-demand" }));
    let created = server.create(KIND, &spec).await.unwrap();
    let expected = json!({
        "enabled": true,
        "method": "on-demand",
        "pool": { "size": 2, "recycle": true },
        "chart": { "type": "git", "repoURL": "https://git.example.com/charts.git", "path": "app" },
        "parameters": [{ "name": "p", "type": "string" }],
    });
    assert_eq!(created.data["spec"], expected);
}

#[tokio::test]
async fn a_template_may_change_its_method() {
    let Some(server) = server().await else { return };
    server.try_change(KIND, &pool(), &json!({ "method": "on-demand", "pool": null })).await.unwrap();
    let answer = server.try_change(KIND, &on_demand(), &json!({ "method": "pool" })).await;
    assert_refused(answer, &["spec.pool", "pool is required"]);
}
