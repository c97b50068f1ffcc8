use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use kube::{Error, api::DynamicObject};
use serde_json::{Value, json};

use crate::{
    rules::{BREAKABLE, HARMLESS, Place, places},
    server::{Server, server},
};

/// What breaks a rule in CEL.
enum Break {
    /// A new object with this merged into where the rule stands.
    Create(Value),
    /// An object that has the first in its spec, and gets the second.
    Change(Value, Value),
    /// An object whose status has the first, and gets the second.
    Status(Value, Value),
    /// An object without a spec.
    NoSpec,
}

use Break::{Change, Create, NoSpec, Status};

/// The rules in CEL, by how their messages begin.
fn broken() -> Vec<(&'static str, Break)> {
    let pool = json!({ "method": "pool", "pool": { "size": 1 } });
    let with = |field: &str, value: Value| {
        let mut spec = pool.clone();
        spec[field] = value;
        Create(spec)
    };
    let [zeros, ones] = ["0", "1"].map(|digit| digit.repeat(16));
    let [before, after] = ["0", "1"].map(|digit| json!({ "renderSeed": digit.repeat(64) }));
    let reference = |uid: &str| json!({ "name": "n", "uid": uid });
    vec![
        ("spec is required", NoSpec),
        ("status.uuid is immutable", Status(json!({ "uuid": "aaaaaaaa" }), json!({ "uuid": "bbbbbbbb" }))),
        ("path or chart is required", Create(json!({ "path": null }))),
        ("ref excludes targetRevision", Create(json!({ "targetRevision": "main", "ref": { "tag": "v1" } }))),
        ("ref needs type git", Create(json!({ "type": "helm", "ref": { "tag": "v1" } }))),
        ("ref needs exactly one of", Create(json!({ "branch": "main", "tag": "v1" }))),
        ("pool is required", Create(json!({ "method": "pool" }))),
        ("parameters must be empty", with("parameters", json!([{ "name": "a" }]))),
        ("valuesTemplate of a template", with("valuesTemplate", json!("a: {{ .Owner }}"))),
        ("connectionMessageTemplate of a template", with("connectionMessageTemplate", json!("{{ .Owner }}"))),
        ("connectionURLTemplate of a template", with("connectionURLTemplate", json!("{{ .Owner }}"))),
        (
            "secretRef needs engine flux",
            Create(json!({ "engine": "argocd", "chart": { "secretRef": { "name": "s" } } })),
        ),
        ("maxLifetimeSeconds must be", Create(json!({ "maxLifetimeSeconds": 60, "ttl": { "seconds": 61 } }))),
        ("default must be a whole number", Create(json!({ "type": "integer", "default": "two" }))),
        ("default must be true or false", Create(json!({ "type": "boolean", "default": "yes" }))),
        ("default must be one of enum", Create(json!({ "enum": ["a"], "default": "b" }))),
        ("default must not be longer", Create(json!({ "maxLength": 1, "default": "ab" }))),
        ("size must not exceed maxSize", Create(json!({ "size": 3, "maxSize": 2 }))),
        ("a peer needs either", Create(json!({}))),
        ("endPort needs port", Create(json!({ "port": 91, "endPort": 90 }))),
        ("templateRef is immutable", Change(json!({}), json!({ "templateRef": "other" }))),
        ("owner is immutable", Change(json!({}), json!({ "owner": "bob" }))),
        ("pooled is immutable", Change(json!({}), json!({ "pooled": true }))),
        ("ownerId may be added", Change(json!({ "ownerId": zeros }), json!({ "ownerId": ones }))),
        ("renderSeed may be added", Change(before, after)),
        ("claimRef may be added", Change(json!({ "claimRef": reference("a") }), json!({ "claimRef": reference("b") }))),
        ("instanceRef may be added", Change(json!({ "instanceRef": reference("a") }), json!({ "instanceRef": null }))),
        ("params is immutable", Change(json!({ "params": { "a": "b" } }), json!({ "params": null }))),
        ("claims is immutable", Change(json!({ "claims": { "sub": "1" } }), json!({ "claims": { "sub": "2" } }))),
        ("extensions only grows", Change(json!({ "extensions": 2 }), json!({ "extensions": 1 }))),
        (
            "lastActivityAt only moves on",
            Change(
                json!({ "lastActivityAt": "2026-11-21T12:00:00Z" }),
                json!({ "lastActivityAt": "2026-11-21T11:59:59Z" }),
            ),
        ),
    ]
}

/// The kinds with the schemas of their objects and the least spec that is accepted.
fn kinds() -> Vec<(String, Value, Value)> {
    let least = |kind: &str| match kind {
        "DployTemplate" => json!({ "chart": { "repoURL": "https://charts.example.org", "path": "app" } }),
        "OperatorConfig" => json!({}),
        _ => json!({ "templateRef": "vscode", "owner": "alice" }),
    };
    let crds = dploy_k8s::crds().into_iter();
    crds.map(|crd| {
        let schema = crd.spec.versions[0].schema.clone().unwrap().open_api_v3_schema.unwrap();
        let kind = crd.spec.names.kind;
        let spec = least(&kind);
        (kind, serde_json::to_value(schema).unwrap(), spec)
    })
    .collect()
}

fn parts<'a>(schema: &'a Value) -> impl Iterator<Item = (&'static str, Place<'a>)> {
    ["spec", "status"]
        .into_iter()
        .flat_map(move |part| places(part, &schema["properties"][part]).into_iter().map(move |place| (part, place)))
}

#[test]
fn every_keyword_of_every_schema_is_one_that_the_tests_know_how_to_break() {
    for (kind, schema, _) in kinds() {
        for (_, place) in parts(&schema) {
            for keyword in place.schema.as_object().unwrap().keys() {
                let known = BREAKABLE.contains(&keyword.as_str()) || HARMLESS.contains(&keyword.as_str());
                assert!(known, "{kind}: {} has {keyword}, which no test breaks", place.path);
            }
        }
    }
}

#[tokio::test]
async fn s36_every_bound_pattern_and_choice_of_every_kind_is_refused_by_name_with_what_is_accepted() {
    let Some(server) = server().await else { return };
    let mut breaches = Vec::new();
    for (kind, schema, least) in kinds() {
        for (part, place) in parts(&schema) {
            let start = if part == "spec" { least.clone() } else { json!({}) };
            let found = place.breaches(&start).into_iter();
            breaches.extend(found.map(|breach| (kind.clone(), least.clone(), part, breach)));
        }
    }
    assert!(breaches.len() > 300, "the schemas have more rules than {}", breaches.len());
    let server = &server;
    let asked = stream::iter(breaches).map(|(kind, least, part, breach)| async move {
        let answer = match part {
            "spec" => server.try_create(&kind, &breach.value).await,
            _ => server.try_status(&kind, &least, &breach.value).await,
        };
        refused(answer, &breach.words).err().map(|error| format!("{kind} {}: {error}", breach.keyword))
    });
    let wrong: Vec<_> = asked.buffer_unordered(16).filter_map(|failure| async { failure }).collect().await;
    assert!(wrong.is_empty(), "{} of the rules:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn s36_every_rule_in_cel_has_a_refused_case_that_names_the_field_and_what_is_accepted() {
    let Some(server) = server().await else { return };
    let (cases, mut used, mut wrong) = (broken(), BTreeSet::new(), Vec::new());
    for (kind, schema, least) in kinds() {
        let root = Place::whole(&schema);
        for place in [root].into_iter().chain(parts(&schema).map(|(_, place)| place)) {
            for rule in place.schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
                let message = rule["message"].as_str().unwrap();
                let Some((begin, how)) = cases.iter().find(|(begin, _)| message.starts_with(begin)) else {
                    wrong.push(format!("{kind}: no case breaks {}: {message}", place.path));
                    continue;
                };
                used.insert(*begin);
                let field = format!("{}{}", place.path, rule["fieldPath"].as_str().unwrap_or_default());
                let answer = attempt(&server, &kind, &place, &least, how).await;
                let words = [field.trim_start_matches('.').to_owned(), message.to_owned()];
                wrong.extend(refused(answer, &words).err().map(|error| format!("{kind}: {error}")));
            }
        }
    }
    wrong.extend(cases.iter().filter(|(begin, _)| !used.contains(begin)).map(|(begin, _)| format!("no rule: {begin}")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn attempt(
    server: &Server,
    kind: &str,
    place: &Place<'_>,
    least: &Value,
    how: &Break,
) -> kube::Result<DynamicObject> {
    match how {
        Create(patch) => server.try_create(kind, &place.merge(least, patch)).await,
        Change(before, patch) => server.try_change(kind, &place.merge(least, before), patch).await,
        NoSpec => server.try_create(kind, &Value::Null).await,
        Status(before, patch) => server.try_status_change(kind, least, before, patch).await,
    }
}

/// Whether the API server refused in words that contain all `words`.
fn refused(answer: kube::Result<DynamicObject>, words: &[String]) -> Result<(), String> {
    match answer {
        Err(Error::Api(status)) if status.code == 422 => {
            match words.iter().find(|word| !status.message.contains(word.as_str())) {
                None => Ok(()),
                Some(word) => {
                    Err(format!("{word:?} is not in {:?}", status.message.chars().take(600).collect::<String>()))
                }
            }
        }
        Err(other) => Err(format!("{words:?}: {other}")),
        Ok(_) => Err(format!("{words:?} is accepted")),
    }
}
