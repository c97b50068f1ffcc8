use dploy_core::{
    condition::{ACCEPTED, Condition as Told, READY, Truth},
    environments::{
        instance::{Connection, Instance, InstancePhase, InstanceStatus, Pin},
        naming,
    },
    id::OwnerId,
    json::Json,
};

use crate::{
    api::{self, DployInstance, DployInstanceStatus, stored},
    cluster::labels,
};

use super::{
    Refusal, conditions, connection_type, connection_type_word, count, filled, metadata, time, timestamp, uid_ref,
};

/// The condition that says that the owner has this environment under another claim.
const DUPLICATE: &str = "Duplicate";
/// The condition that says that the newest revision cannot be rendered for an instance that follows its template.
const OUTDATED: &str = "Outdated";
/// The condition that says that a teardown does not finish.
const STALLED: &str = "Stalled";

/// The owner of an instance, if it has one.
#[must_use]
pub fn instance_owner(object: &DployInstance) -> Option<OwnerId> {
    let stored = object.spec.owner_id.as_deref().and_then(OwnerId::parse);
    filled(&object.spec.owner).map(|owner| stored.unwrap_or_else(|| OwnerId::of_text(&owner)))
}

/// The revision that an instance is pinned to.
#[must_use]
pub fn pinned_revision(object: &DployInstance) -> Option<&str> {
    let status = object.status.as_ref().filter(|status| !status.uuid.is_empty() && !status.revision.is_empty());
    status.map(|status| status.revision.as_str())
}

/// An instance as the domain sees it.
#[must_use]
pub fn instance(object: &DployInstance) -> Instance {
    let spec = &object.spec;
    let annotation =
        |name: &str| object.metadata.annotations.as_ref().and_then(|known| known.get(name)).map(String::as_str);
    let finalizers = object.metadata.finalizers.as_deref().unwrap_or_default();
    Instance {
        meta: metadata(&object.metadata),
        finalized: finalizers.iter().any(|finalizer| finalizer == labels::CLEANUP_FINALIZER),
        forced: annotation(labels::FORCE_DELETE) == Some("true"),
        template: spec.template_ref.clone(),
        owner_id: instance_owner(object),
        owner: filled(&spec.owner),
        pooled: spec.pooled,
        params: spec.params.clone(),
        claims: spec.claims.clone().map_or_else(Json::default, |claims| Json::from(serde_json::Value::Object(claims))),
        ttl_seconds: spec.ttl_seconds,
        expires_at: spec.expires_at.as_ref().map(timestamp),
        render_seed: spec.render_seed.clone(),
        claim: spec.claim_ref.as_ref().map(uid_ref),
        attempt: annotation(labels::ATTEMPT).and_then(|attempt| attempt.parse().ok()).map_or(0, count),
        status: object.status.as_ref().map(status).unwrap_or_default(),
    }
}

fn status(stored: &DployInstanceStatus) -> InstanceStatus {
    let pinned = !stored.uuid.is_empty() && !stored.revision.is_empty();
    InstanceStatus {
        phase: match stored.phase.unwrap_or_default() {
            api::InstancePhase::Pending => InstancePhase::Pending,
            api::InstancePhase::Provisioning => InstancePhase::Provisioning,
            api::InstancePhase::Ready => InstancePhase::Ready,
            api::InstancePhase::Available => InstancePhase::Available,
            api::InstancePhase::Claimed => InstancePhase::Claimed,
            api::InstancePhase::Expiring => InstancePhase::Expiring,
            api::InstancePhase::Failed => InstancePhase::Failed,
        },
        pin: pinned.then(|| Pin {
            uuid: stored.uuid.clone(),
            namespace: stored.namespace.clone(),
            revision: stored.revision.clone(),
            engine_namespace: stored.engine_namespace.clone(),
        }),
        connection: Connection {
            url: stored.url.clone(),
            kind: stored.connection_type.map(connection_type),
            message: stored.connection_message.clone(),
        },
        health: stored.health.clone(),
        ready_at: stored.ready_at.as_ref().map(timestamp),
        expires_at: stored.expires_at.as_ref().map(timestamp),
        ready: conditions::find(&stored.conditions, READY),
        duplicate: conditions::find(&stored.conditions, DUPLICATE),
        outdated: conditions::find(&stored.conditions, OUTDATED),
        stuck: conditions::find(&stored.conditions, STALLED),
    }
}

/// The object with the status that was decided for it; `home` is the namespace the platform itself lives in.
#[must_use]
pub fn instance_with_status(live: &DployInstance, status: &InstanceStatus, home: &str) -> DployInstance {
    let generation = live.metadata.generation;
    let before = live.status.clone().unwrap_or_default();
    let mut known = before.conditions.clone();
    conditions::set(&mut known, READY, status.ready.as_ref(), generation);
    conditions::set(&mut known, DUPLICATE, status.duplicate.as_ref(), generation);
    conditions::set(&mut known, OUTDATED, status.outdated.as_ref(), generation);
    conditions::set(&mut known, STALLED, status.stuck.as_ref(), generation);
    let accepted = accepted(live, status);
    let progressing =
        matches!(status.phase, InstancePhase::Pending | InstancePhase::Provisioning | InstancePhase::Expiring);
    conditions::set_derived(&mut known, status.ready.as_ref(), &accepted, progressing, generation);
    let written = DployInstanceStatus {
        phase: Some(phase_word(status.phase)),
        url: status.connection.url.clone(),
        connection_type: status.connection.kind.map(connection_type_word),
        connection_message: status.connection.message.clone(),
        health: status.health.clone(),
        ready_at: status.ready_at.map(time),
        expires_at: status.expires_at.map(time),
        observed_generation: generation,
        conditions: known,
        ..before
    };
    DployInstance { status: Some(with_pin(written, live, status.pin.as_ref(), home)), ..live.clone() }
}

fn accepted(live: &DployInstance, status: &InstanceStatus) -> Told {
    if let Some(message) = stored::violation::<DployInstance>(&live.spec) {
        return Told::new(ACCEPTED, Truth::False, Refusal::INVALID_SPEC, &message);
    }
    match &status.ready {
        Some(ready) if status.phase == InstancePhase::Failed && status.pin.is_none() => {
            Told::new(ACCEPTED, Truth::False, &ready.reason, &ready.message)
        }
        _ => Told::new(ACCEPTED, Truth::True, "Accepted", ""),
    }
}

fn with_pin(status: DployInstanceStatus, live: &DployInstance, pin: Option<&Pin>, home: &str) -> DployInstanceStatus {
    let Some(pin) = pin else { return status };
    let name = live.metadata.name.as_deref().unwrap_or_default();
    let own = live.metadata.namespace.as_deref().unwrap_or_default();
    let apart = pin.engine_namespace != own;
    DployInstanceStatus {
        uuid: pin.uuid.clone(),
        namespace: pin.namespace.clone(),
        revision: pin.revision.clone(),
        engine_namespace: pin.engine_namespace.clone(),
        engine_ref: if apart { naming::engine_object_name(name, own, home) } else { name.to_owned() },
        ..status
    }
}

fn phase_word(phase: InstancePhase) -> api::InstancePhase {
    match phase {
        InstancePhase::Pending => api::InstancePhase::Pending,
        InstancePhase::Provisioning => api::InstancePhase::Provisioning,
        InstancePhase::Ready => api::InstancePhase::Ready,
        InstancePhase::Available => api::InstancePhase::Available,
        InstancePhase::Claimed => api::InstancePhase::Claimed,
        InstancePhase::Expiring => api::InstancePhase::Expiring,
        InstancePhase::Failed => api::InstancePhase::Failed,
    }
}
