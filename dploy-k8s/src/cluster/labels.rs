//! Labels, annotations, finalizers and field managers that our objects carry.

/// Label with value `true` on every object that dploy creates.
pub const MANAGED: &str = "dploy.dev/managed";
/// Label with the readable part of an environment's owner.
pub const OWNER: &str = "dploy.dev/owner";
/// Label with an owner's injective id; every lookup uses it.
pub const OWNER_ID: &str = "dploy.dev/owner-id";
/// Label with a template's name.
pub const TEMPLATE: &str = "dploy.dev/template";
/// Label with an instance's short public uuid, on what belongs to the instance.
pub const INSTANCE: &str = "dploy.dev/instance";
/// Label with value `true` on members of a warm pool.
pub const POOLED: &str = "dploy.dev/pooled";
/// Annotation with the full `metadata.uid` of the object that a child belongs to; where an ownerReference cannot
/// reach (it never crosses namespaces), this is what proves ownership.
pub const INSTANCE_UID: &str = "dploy.dev/instance-uid";
/// Annotation with the full name of the instance that an object belongs to, `<namespace>/<name>`.
pub const INSTANCE_KEY: &str = "dploy.dev/instance-key";
/// Annotation with a hash of what was applied last. It makes the removal of a field visible, which a comparison of
/// the wanted fields alone cannot see.
pub const APPLIED_HASH: &str = "dploy.dev/applied-hash";
/// Annotation with the number of extensions, as the original wrote it.
pub const EXTEND_COUNT: &str = "dploy.dev/extend-count";
/// Annotation on a claim that was made for an instance written by hand.
pub const ADOPTED: &str = "dploy.dev/adopted";
/// Finalizer of an instance: held until its engine object and namespace are gone.
pub const CLEANUP_FINALIZER: &str = "dploy.dev/instance-cleanup";
/// Field manager of everything we write except status.
pub const FIELD_MANAGER: &str = "dploy-operator";
/// Field manager of status, apart so that a write of one never owns fields of the other.
pub const STATUS_FIELD_MANAGER: &str = "dploy-operator-status";
/// Annotation on an instance: with value `true` its teardown completes without waiting for the engine.
pub const FORCE_DELETE: &str = "dploy.dev/force-delete";
/// Annotation on a pool member: how often the members of its slot failed before it.
pub const ATTEMPT: &str = "dploy.dev/attempt";
/// On a claim: the hashes of the key and the content of the request that made it.
pub const IDEMPOTENCY: &str = "dploy.dev/idempotency";
/// Annotation on a template: with value `true` no new environments are made of it.
pub const CORDONED: &str = "dploy.dev/cordoned";
/// Annotation on a template: with value `true` its pool has no free members.
pub const DRAINED: &str = "dploy.dev/drained";
