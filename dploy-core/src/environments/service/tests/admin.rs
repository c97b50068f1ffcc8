use super::*;
use crate::{
    environments::{
        error::Error,
        instance::InstancePhase,
        template::{Template, TtlSpec},
    },
    identity::Identity,
    testing::{
        builders::{identity, instance, member, pool_template, template},
        contract,
    },
};

#[test]
fn s13_the_catalog_has_enabled_and_visible_templates_with_their_lifetime_resolved() {
    let world = world();
    let ttl = TtlSpec { seconds: Some(-1), extend_seconds: Some(60), max_extends: Some(3) };
    world.platform.put_template(Template { ttl, ..template("unlimited") });
    world.platform.put_template(template("default"));
    world.platform.put_template(Template { visible: false, ..template("hidden") });
    world.platform.put_template(Template { enabled: false, ..template("off") });
    let catalog: Vec<_> =
        world.environments.available().into_iter().map(|entry| (entry.template.name.clone(), entry.terms)).collect();
    let [(default, own), (unlimited, terms)] = catalog.as_slice() else { panic!("{catalog:?}") };
    assert_eq!(
        (default.as_str(), own.ttl, own.extend_seconds, own.max_extends),
        ("default", Some(86_400), 7_200, None)
    );
    assert_eq!(
        (unlimited.as_str(), terms.ttl, terms.extend_seconds, terms.max_extends),
        ("unlimited", None, 60, Some(3))
    );
}

#[test]
fn s16_the_lists_of_administrators_are_complete_and_sorted() {
    let world = world();
    world.platform.put_template(Template { visible: false, enabled: false, ..template("b") });
    world.platform.put_template(pool_template("a", 2));
    world.platform.put_instance(instance("z", "a", InstancePhase::Ready));
    world.platform.put_instance(member("b", 0));
    world.platform.put_instance(instance("y", "a", InstancePhase::Failed));
    let admin = Identity { admin: true, ..identity("root") };
    let templates = world.environments.all_templates(&admin).unwrap();
    assert_eq!(templates.iter().map(|row| row.entry.template.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((templates[1].counters.available, templates[1].counters.claimed), (1, 0));
    let instances = world.environments.all_instances(&admin).unwrap();
    let names: Vec<_> = instances.iter().map(|instance| instance.meta.key.name.as_str()).collect();
    assert_eq!(names.len(), 3);
    assert_eq!(names[..2], ["y", "z"]);
}

#[test]
fn s15_only_administrators_see_everything() {
    let world = world();
    let alice = identity("alice");
    assert!(matches!(world.environments.all_instances(&alice), Err(Error::AdminRequired)));
    assert_eq!(world.environments.all_templates(&alice).unwrap_err().to_string(), "admin required");
}

#[tokio::test]
async fn the_platform_in_memory_keeps_the_contract_of_the_claim_store() {
    let world = world();
    world.platform.script(crate::testing::Script::Wait);
    contract::claim_store(&*world.platform).await.unwrap();
}
