//! The documented names, and what keeps two environments from meeting in one.

use crate::{
    id::{OwnerId, digest},
    name::{HELM_RELEASE_MAX, LABEL_MAX, SUBDOMAIN_MAX, cut, fit, sanitize, suffixed},
};

/// The owner part of names of pool members.
pub const POOL_OWNER: &str = "pool";

/// The name of the claim that the API writes: one per owner and template, so the API server itself makes a second one fail.
#[must_use]
pub fn claim_name(owner: &str, owner_id: &OwnerId, template: &str) -> String {
    let hash = digest(&[owner_id.as_str().as_bytes(), template.as_bytes()], 10);
    let head = [cut(owner, 30), cut(template, 20)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    suffixed(&head.join("-"), &hash, SUBDOMAIN_MAX)
}

/// The name of an on-demand instance: `<owner>-<template>`.
#[must_use]
pub fn instance_name(owner: &str, template: &str) -> String {
    let whole = format!("{owner}-{template}");
    fit(&whole, &digest(&[owner.as_bytes(), template.as_bytes()], 10), SUBDOMAIN_MAX)
}

/// The name of an on-demand instance where [`instance_name`] is held: a short hash of the claim's uid is appended.
#[must_use]
pub fn instance_name_of_claim(owner: &str, template: &str, claim_uid: &str) -> String {
    suffixed(&format!("{owner}-{template}"), &digest(&[claim_uid.as_bytes()], 8), SUBDOMAIN_MAX)
}

/// The name of the pool member in `slot`: the same for every writer, so that two of them collide at the API server.
#[must_use]
pub fn member_name(template: &str, template_uid: &str, slot: u32) -> String {
    let hash = digest(&[template_uid.as_bytes(), &slot.to_be_bytes()], 8);
    suffixed(template, &format!("pool-{hash}"), SUBDOMAIN_MAX)
}

/// Eight hex digits for an instance: derived from its uid, the next one for each `counter` where one is taken.
#[must_use]
pub fn uuid(instance_uid: &str, counter: u32) -> String {
    digest(&[instance_uid.as_bytes(), &counter.to_be_bytes()], 8)
}

/// The workload namespace: `<owner>-<template>-<uuid>` with owner and template cut to 20; `None` as owner is the pool.
#[must_use]
pub fn namespace_name(owner: Option<&str>, template: &str, uuid: &str) -> String {
    let (owner, template) = (sanitize(owner.unwrap_or(POOL_OWNER)), sanitize(template));
    let head = [cut(&owner, 20), cut(&template, 20)];
    suffixed(&head.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-"), uuid, LABEL_MAX)
}

/// The default host: `<template>-<uuid>.<base domain>`, its first label never longer than 63.
#[must_use]
pub fn host(template: &str, uuid: &str, base_domain: &str) -> String {
    let template = sanitize(template);
    let head = if template.trim_matches('-').is_empty() { "env" } else { template.as_str() };
    let label = suffixed(head, uuid, LABEL_MAX);
    if base_domain.is_empty() { label } else { format!("{label}.{base_domain}") }
}

/// The Helm release name: the instance's name cut to 53.
///
/// Releases are stored in the workload namespace, which holds one, so a cut cannot make two meet.
#[must_use]
pub fn release_name(instance: &str) -> String {
    cut(&instance.replace('.', "-"), HELM_RELEASE_MAX).to_owned()
}

/// The name of an engine object outside its instance's namespace.
///
/// Instances of `home`, the namespace that the platform itself lives in, keep their name; those of others get a hash.
#[must_use]
pub fn engine_object_name(instance: &str, namespace: &str, home: &str) -> String {
    if namespace == home {
        return instance.to_owned();
    }
    suffixed(instance, &digest(&[namespace.as_bytes(), instance.as_bytes()], 8), SUBDOMAIN_MAX)
}

/// `text` as a label value: at most 63 bytes, alphanumeric at both ends; a hash tells apart what would be one otherwise.
#[must_use]
pub fn label_value(text: &str) -> String {
    let hash = digest(&[text.as_bytes()], 8);
    let known = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') { c } else { '-' };
    let plain: String = text.chars().map(known).collect();
    let value = if plain == text { fit(text, &hash, LABEL_MAX) } else { suffixed(&plain, &hash, LABEL_MAX) };
    value.trim_matches(['-', '.', '_']).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::name::{is_label, is_subdomain};

    #[test]
    fn documented_names_are_kept() {
        assert_eq!(instance_name("john-doe", "vscode"), "john-doe-vscode");
        assert_eq!(namespace_name(Some("john-doe"), "vscode", "a1b2c3d4"), "john-doe-vscode-a1b2c3d4");
        assert_eq!(namespace_name(None, "webshell", "c7218ff8"), "pool-webshell-c7218ff8");
        assert_eq!(host("vscode", "a1b2c3d4", "env.dploy.dev"), "vscode-a1b2c3d4.env.dploy.dev");
        assert!(member_name("webshell", "u", 0).starts_with("webshell-pool-"));
        assert_eq!(namespace_name(Some("aaaaaaaaaaaaaaaaaaa-bbb"), "t", "a1b2c3d4"), "aaaaaaaaaaaaaaaaaaa-t-a1b2c3d4");
    }

    #[test]
    fn an_owner_as_somebody_wrote_it_gives_valid_names() {
        assert_eq!(namespace_name(Some("John Doe"), "vscode", "a1b2c3d4"), "johndoe-vscode-a1b2c3d4");
        let (label, other) = (label_value("John Doe"), label_value("John+Doe"));
        assert!(label.starts_with("John-Doe-") && label != other, "{label} {other}");
        assert_eq!(label_value("john.doe_1"), "john.doe_1");
        assert!(label_value(&"é".repeat(200)).len() <= LABEL_MAX);
    }

    #[test]
    fn s26_two_owners_whose_names_join_to_the_same_text_have_different_claims() {
        let claim = |owner: &str, template: &str| claim_name(owner, &OwnerId::of_text(owner), template);
        assert_ne!(claim("a-b", "c"), claim("a", "b-c"));
        assert_eq!(instance_name("a-b", "c"), instance_name("a", "b-c"));
        assert_ne!(instance_name_of_claim("a-b", "c", "uid-1"), instance_name_of_claim("a", "b-c", "uid-2"));
    }

    proptest! {
        #[test]
        fn d26_every_derived_name_is_valid(owner in "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", template in "[a-z0-9]([a-z0-9.-]{0,240}[a-z0-9])?", uid in "[0-9a-f-]{36}") {
            let template: String = template.split(['.', '-']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
            let uuid = uuid(&uid, 0);
            let id = OwnerId::of_text(&owner);
            for name in [claim_name(&owner, &id, &template), instance_name(&owner, &template), instance_name_of_claim(&owner, &template, &uid), member_name(&template, &uid, 7)] {
                let parts_fit = name.split('.').all(|part| part.len() <= 253);
                prop_assert!(name.len() <= 253 && parts_fit && !name.ends_with(['-', '.']), "{}", name);
            }
            prop_assert!(is_label(&namespace_name(Some(&owner), &template, &uuid)));
            prop_assert!(is_subdomain(&host(&template, &uuid, "env.example.org")));
            prop_assert!(release_name(&instance_name(&owner, &template)).len() <= 53);
            prop_assert!(label_value(&template).len() <= 63);
        }

        #[test]
        fn slots_and_uuids_differ(uid in "[0-9a-f-]{36}", a in 0u32..500, b in 0u32..500) {
            prop_assert_eq!(member_name("t", &uid, a) == member_name("t", &uid, b), a == b);
            prop_assert_eq!(uuid(&uid, a) == uuid(&uid, b), a == b);
        }
    }
}
