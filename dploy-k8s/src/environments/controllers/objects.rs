//! The objects that controllers write.

use std::collections::BTreeMap;

use dploy_core::{
    environments::{
        ObjectKey,
        claim::Claim,
        instance::{Instance, Pin},
        isolation::Isolation,
        lifetime::Terms,
        naming::label_value,
        parameter,
        rendering::kept_claims,
        settings::Revision,
    },
    id::{OwnerId, hex},
};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ObjectMeta;

use crate::{
    api::{DployInstance, DployInstanceSpec, ObjectRef},
    cluster::{ObjectKey as Key, labels},
    environments::isolation::pod_security_labels,
};

/// The instance that a workload namespace belongs to.
pub(crate) fn instance_of(namespace: &Namespace) -> Option<Key> {
    let key = namespace.metadata.annotations.as_ref()?.get(labels::INSTANCE_KEY)?;
    ObjectKey::parse(key).map(|key| Key::namespaced(key.namespace, key.name))
}

/// 32 random bytes in hex: what the random functions of an instance's texts draw from.
pub(super) fn new_seed() -> String {
    hex(&rand::random::<[u8; 32]>())
}

/// A new on-demand instance for `claim`.
pub(super) fn on_demand(claim: &Claim, revision: &Revision, terms: Terms, name: String) -> DployInstance {
    let template = &revision.template;
    let kept = kept_claims(template, &revision.settings);
    let claims = claim.claims.as_value().as_object().into_iter().flatten().filter(|(name, _)| kept.contains(*name));
    let claims: serde_json::Map<_, _> = claims.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut object = new_instance(&claim.meta.key.namespace, name, &claim.template);
    object.spec.params = parameter::resolve(&template.parameters, &claim.params).unwrap_or_default();
    object.spec.claims = (!claims.is_empty()).then_some(claims);
    claimed(&object, claim, terms)
}

/// A new free member of a pool.
pub(super) fn pool_member(namespace: &str, template: &str, name: String, attempt: u32) -> DployInstance {
    let mut object = new_instance(namespace, name, template);
    object.spec.pooled = true;
    labels_of(&mut object).insert(labels::POOLED.to_owned(), "true".to_owned());
    if attempt > 0 {
        object.metadata.annotations = Some(BTreeMap::from([(labels::ATTEMPT.to_owned(), attempt.to_string())]));
    }
    object
}

fn new_instance(namespace: &str, name: String, template: &str) -> DployInstance {
    DployInstance {
        metadata: ObjectMeta {
            name: Some(name),
            namespace: Some(namespace.to_owned()),
            finalizers: Some(vec![labels::CLEANUP_FINALIZER.to_owned()]),
            labels: Some(BTreeMap::from([
                (labels::MANAGED.to_owned(), "true".to_owned()),
                (labels::TEMPLATE.to_owned(), label_value(template)),
            ])),
            ..ObjectMeta::default()
        },
        spec: DployInstanceSpec {
            template_ref: template.to_owned(),
            render_seed: Some(new_seed()),
            ..DployInstanceSpec::default()
        },
        status: None,
    }
}

/// The instance as it belongs to `claim`: owner and ttl are copies, the claim decides.
pub(super) fn claimed(live: &DployInstance, claim: &Claim, terms: Terms) -> DployInstance {
    let mut object = adopted(live, claim);
    object.spec.owner.clone_from(&claim.owner);
    object.spec.owner_id = Some(claim.owner_id.as_str().to_owned());
    object.spec.ttl_seconds = Some(terms.ttl.unwrap_or(-1));
    label_owner(&mut object, &claim.owner, &claim.owner_id);
    object
}

/// The instance as it belongs to the claim that was made for it.
pub(super) fn adopted(live: &DployInstance, claim: &Claim) -> DployInstance {
    let mut object = live.clone();
    object.spec.claim_ref = Some(ObjectRef { name: claim.meta.key.name.clone(), uid: claim.meta.uid.clone() });
    object
}

/// The instance with our finalizer, our labels and a seed: what an object written by hand lacks.
pub(super) fn prepared(live: &DployInstance, instance: &Instance) -> DployInstance {
    let mut object = live.clone();
    let finalizers = object.metadata.finalizers.get_or_insert_with(Vec::new);
    if !instance.finalized {
        finalizers.push(labels::CLEANUP_FINALIZER.to_owned());
    }
    object.spec.render_seed.get_or_insert_with(new_seed);
    let known = labels_of(&mut object);
    known.insert(labels::MANAGED.to_owned(), "true".to_owned());
    known.insert(labels::TEMPLATE.to_owned(), label_value(&instance.template));
    if instance.pooled {
        known.insert(labels::POOLED.to_owned(), "true".to_owned());
    }
    if let (Some(owner), Some(id)) = (&instance.owner, &instance.owner_id) {
        label_owner(&mut object, owner, id);
    }
    object
}

fn label_owner(object: &mut DployInstance, owner: &str, id: &OwnerId) {
    let known = labels_of(object);
    known.insert(labels::OWNER.to_owned(), label_value(owner));
    known.insert(labels::OWNER_ID.to_owned(), id.as_str().to_owned());
}

fn labels_of(object: &mut DployInstance) -> &mut BTreeMap<String, String> {
    object.metadata.labels.get_or_insert_with(BTreeMap::new)
}

/// The labels of everything that is made for an instance; a pool member's never tell who has it.
pub(super) fn child_labels(instance: &Instance, pin: &Pin) -> BTreeMap<String, String> {
    let mut known = BTreeMap::from([
        (labels::MANAGED.to_owned(), "true".to_owned()),
        (labels::TEMPLATE.to_owned(), label_value(&instance.template)),
        (labels::INSTANCE.to_owned(), pin.uuid.clone()),
    ]);
    if let Some(owner) = instance.owner.as_deref().filter(|_| !instance.pooled) {
        known.insert(labels::OWNER.to_owned(), label_value(owner));
    }
    known
}

/// The namespace of an instance's workload.
pub(super) fn workload_namespace(instance: &Instance, pin: &Pin, isolation: Option<&Isolation>) -> Namespace {
    let mut known = child_labels(instance, pin);
    known.extend(pod_security_labels(isolation));
    Namespace {
        metadata: ObjectMeta {
            name: Some(pin.namespace.clone()),
            labels: Some(known),
            annotations: Some(BTreeMap::from([(labels::INSTANCE_KEY.to_owned(), instance.meta.key.to_string())])),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    }
}
