use dploy_k8s::api::{DployInstance, DployInstanceClaim, DployTemplate, OperatorConfig};
use k8s_openapi::api::events::v1::Event;
use kube::{
    Api,
    api::{DeleteParams, PostParams},
};
use serde_json::json;

use crate::world::{World, eventually, name, reason, run};

#[test]
fn s40_a_bare_instance_converges_and_gets_a_claim() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        let yaml = "metadata: { name: by-hand }\nspec: { templateRef: shell, owner: alice, ttlSeconds: 900 }";
        world.create::<DployInstance>(yaml).await;
        let ready = world.instance_at("by-hand", "Ready").await;
        let status = ready.status.as_ref().unwrap();
        assert_eq!(status.namespace, format!("alice-shell-{}", status.uuid));
        let namespace = world.workload_namespace(&status.namespace).await.unwrap();
        let labels = namespace.metadata.labels.unwrap();
        for (label, value) in
            [("managed", "true"), ("template", "shell"), ("owner", "alice"), ("instance", &status.uuid)]
        {
            assert_eq!(labels[&format!("dploy.dev/{label}")], value);
        }
        let claim = eventually("it has a claim", || async {
            let claims = world.api::<DployInstanceClaim>().list(&Default::default()).await.unwrap().items;
            claims
                .into_iter()
                .find(|claim| claim.spec.instance_ref.as_ref().is_some_and(|adopted| adopted.name == "by-hand"))
        })
        .await;
        let bound = world.claim_at(&name(&claim), "Bound").await;
        assert!(bound.metadata.annotations.unwrap().contains_key("dploy.dev/adopted"));
        eventually("its own ttl decides", || async {
            let status = world.get::<DployInstanceClaim>(&name(&claim)).await?.status?;
            (status.expires_at?.0.duration_since(status.started_at?.0).as_secs() == 900).then_some(())
        })
        .await;
        world.api::<DployInstanceClaim>().delete(&name(&claim), &DeleteParams::default()).await.unwrap();
        eventually("releasing the claim ends it", || async { world.instances().await.is_empty().then_some(()) }).await;
    });
}

#[test]
fn a_bare_instance_stays_bare_while_a_live_claim_has_its_place() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        let asked = world.claim("bob", "shell").await;
        world.claim_at(&name(&asked), "Bound").await;
        world.create::<DployInstance>("metadata: { name: second }\nspec: { templateRef: shell, owner: bob }").await;
        let second = eventually("it says that it is a duplicate", || async {
            world.get::<DployInstance>("second").await.filter(|found| reason(found, "Duplicate") == "Duplicate")
        })
        .await;
        assert!(second.spec.claim_ref.is_none());
        world.instance_at("second", "Ready").await;
    });
}

#[test]
fn s44_a_missing_template_fails_the_instance_until_it_appears() {
    run(|world| async move {
        world.create::<DployInstance>("metadata: { name: early }\nspec: { templateRef: later, owner: cleo }").await;
        let failed = world.instance_at("early", "Failed").await;
        assert_eq!(reason(&failed, "Ready"), "TemplateNotFound");
        world.on_demand("later", "").await;
        world.instance_at("early", "Ready").await;
    });
}

#[test]
fn s45_each_template_error_has_its_own_reason_and_is_mended_by_an_edit() {
    run(|world| async move {
        let cases = [
            ("url", "  connectionURLTemplate: '{{ .Nope }}'\n", "ConnectionURLTemplateError"),
            (
                "message",
                "  connectionType: instructions\n  connectionMessageTemplate: '{{ .Nope }}'\n",
                "ConnectionMessageTemplateError",
            ),
            ("values", "  valuesTemplate: 'a: {{ .Nope }}'\n", "ValuesTemplateError"),
            ("yaml", "  valuesTemplate: '- a'\n", "ValuesYAMLError"),
        ];
        for (template, spec, expected) in cases {
            world.on_demand(template, spec).await;
            let yaml = format!("metadata: {{ name: of-{template} }}\nspec: {{ templateRef: {template}, owner: dan }}");
            world.create::<DployInstance>(&yaml).await;
            let failed = world.instance_at(&format!("of-{template}"), "Failed").await;
            assert_eq!(reason(&failed, "Ready"), expected);
        }
        world
            .merge::<DployTemplate>("url", json!({ "spec": { "connectionURLTemplate": "https://{{ .UUID }}" } }))
            .await
            .unwrap();
        world.instance_at("of-url", "Ready").await;
    });
}

#[test]
fn s48_d21_an_edit_of_a_template_does_not_reach_what_runs() {
    run(|world| async move {
        world.on_demand("shell", "  valuesTemplate: 'size: 1'\n").await;
        let asked = world.claim("eve", "shell").await;
        world.claim_at(&name(&asked), "Bound").await;
        world.instance_at("eve-shell", "Ready").await;
        world.merge::<DployTemplate>("shell", json!({ "spec": { "valuesTemplate": "size: 2" } })).await.unwrap();
        let other = world.claim("fay", "shell").await;
        world.claim_at(&name(&other), "Bound").await;
        world.instance_at("fay-shell", "Ready").await;
        let values = |instance: &str| world.engine.find(&world.key(instance)).unwrap().values.unwrap().into_value();
        assert_eq!(values("eve-shell"), json!({ "size": 1 }));
        assert_eq!(values("fay-shell"), json!({ "size": 2 }));
    });
}

#[test]
fn s46_d22_the_uuid_is_eight_hex_digits_and_cannot_be_changed() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        let asked = world.claim("gus", "shell").await;
        world.claim_at(&name(&asked), "Bound").await;
        let ready = world.instance_at("gus-shell", "Ready").await;
        let uuid = ready.status.unwrap().uuid;
        assert!(uuid.len() == 8 && uuid.bytes().all(|byte| byte.is_ascii_hexdigit()), "{uuid}");
        let patch = kube::api::Patch::Merge(json!({ "status": { "uuid": "00000000" } }));
        let refused =
            world.api::<DployInstance>().patch_status("gus-shell", &Default::default(), &patch).await.unwrap_err();
        assert!(refused.to_string().contains("uuid"), "{refused}");
    });
}

#[test]
fn s50_only_the_operator_config_named_default_counts() {
    run(|world| async move {
        let configs = Api::<OperatorConfig>::all(world.client.clone());
        let other: OperatorConfig =
            yaml_serde::from_str("metadata: { name: other }\nspec: { baseDomain: other.example.org }").unwrap();
        configs.create(&PostParams::default(), &other).await.unwrap();
        eventually("it says that it is ignored", || async {
            let status = configs.get("other").await.unwrap().status?;
            status.conditions.iter().any(|condition| condition.reason == "Ignored").then_some(())
        })
        .await;
        world.on_demand("shell", "").await;
        let asked = name(&world.claim("ina", "shell").await);
        world.claim_at(&asked, "Bound").await;
        let url = world.instance_at("ina-shell", "Ready").await.status.unwrap().url;
        assert!(url.starts_with("https://shell-") && !url.contains("other.example.org"), "{url}");
        configs.delete("other", &DeleteParams::default()).await.unwrap();
    });
}

#[test]
fn an_engine_that_is_not_there_is_said_in_the_template() {
    run(|world| async move {
        world.on_demand("argo", "  engine: argocd\n").await;
        eventually("the template is not accepted", || async {
            let conditions = world.get::<DployTemplate>("argo").await?.status?.conditions;
            conditions
                .iter()
                .any(|condition| {
                    condition.type_ == "Accepted"
                        && condition.status == "False"
                        && condition.reason == "EngineNotAvailable"
                })
                .then_some(())
        })
        .await;
        let asked = world.claim("hans", "argo").await;
        let refused = world.claim_at(&name(&asked), "Rejected").await.status.unwrap();
        assert_eq!(refused.reason, "TemplateNotAccepted");
        assert!(refused.message.contains("argocd"), "{}", refused.message);
    });
}

/// The Events of an object: type and reason.
async fn events(world: &World, of: &str) -> Vec<(String, String)> {
    let all = world.api::<Event>().list(&Default::default()).await.unwrap().items;
    let about = all
        .into_iter()
        .filter(|event| event.regarding.as_ref().and_then(|regarding| regarding.name.as_deref()) == Some(of));
    about.map(|event| (event.type_.unwrap_or_default(), event.reason.unwrap_or_default())).collect()
}

#[test]
fn s63_events_tell_the_phases_of_claims_and_instances() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        world.on_demand("broken", "  valuesTemplate: '{{ fail \"no\" }}'\n").await;
        let (good, bad) = (name(&world.claim("jo", "shell").await), name(&world.claim("jo", "broken").await));
        world.claim_at(&good, "Bound").await;
        world.instance_at("jo-shell", "Ready").await;
        world.instance_at("jo-broken", "Failed").await;
        world.create::<DployInstanceClaim>("metadata: { name: nothing }\nspec: { templateRef: none, owner: jo }").await;
        for (of, kind, reason) in [
            (good.as_str(), "Normal", "Bound"),
            (&bad, "Normal", "Bound"),
            ("nothing", "Warning", "Rejected"),
            ("jo-shell", "Normal", "Provisioning"),
            ("jo-shell", "Normal", "Ready"),
            ("jo-broken", "Warning", "Failed"),
        ] {
            eventually(&format!("an Event of {of} tells {reason}"), || async {
                events(&world, of).await.contains(&(kind.to_owned(), reason.to_owned())).then_some(())
            })
            .await;
        }
    });
}
