use std::collections::BTreeMap;

use dploy_core::{
    condition::{ACCEPTED, Condition as Told, READY, Truth},
    environments::{
        claim::{Claim, ClaimPhase, ClaimStatus, Idempotency},
        instance::Connection,
        lifetime::Terms,
        naming::label_value,
        ports::NewClaim,
    },
    id::OwnerId,
    json::Json,
};
use kube::api::ObjectMeta;

use crate::{
    api::{self, DployInstanceClaim, DployInstanceClaimSpec, DployInstanceClaimStatus, stored},
    cluster::labels,
};

use super::{
    Refusal, conditions, connection_type, connection_type_word, count, metadata, object_ref, time, timestamp, uid_ref,
};

/// The condition that says whether a claim names an instance.
const BOUND: &str = "Bound";

/// The owner of a claim.
#[must_use]
pub fn claim_owner(object: &DployInstanceClaim) -> OwnerId {
    let stored = object.spec.owner_id.as_deref().and_then(OwnerId::parse);
    stored.unwrap_or_else(|| OwnerId::of_text(&object.spec.owner))
}

/// A claim as the domain sees it.
#[must_use]
pub fn claim(object: &DployInstanceClaim) -> Claim {
    let spec = &object.spec;
    Claim {
        meta: metadata(&object.metadata),
        template: spec.template_ref.clone(),
        owner: spec.owner.clone(),
        owner_id: claim_owner(object),
        params: spec.params.clone(),
        claims: spec.claims.clone().map_or_else(Json::default, |claims| Json::from(serde_json::Value::Object(claims))),
        ttl_seconds: spec.ttl_seconds,
        wait_for_pool: spec.wait_for_pool,
        extensions: count(spec.extensions),
        last_activity: spec.last_activity_at.as_ref().map(timestamp),
        adopts: spec.instance_ref.as_ref().map(uid_ref),
        idempotency: idempotency(&object.metadata),
        status: object.status.as_ref().map(status).unwrap_or_default(),
    }
}

fn idempotency(metadata: &ObjectMeta) -> Option<Idempotency> {
    Idempotency::parse(metadata.annotations.as_ref()?.get(labels::IDEMPOTENCY)?)
}

fn terms(stored: &DployInstanceClaimStatus) -> Option<Terms> {
    let terms = Terms {
        ttl: Terms::ttl_of(stored.ttl_seconds?),
        extend_seconds: count(stored.extend_seconds.unwrap_or(0)),
        max_extends: stored.max_extends.map(count).filter(|max| *max > 0),
        max_lifetime: None,
        idle_seconds: stored.idle_ttl_seconds.map(count).filter(|idle| *idle > 0),
    };
    // The extensions alone may be what bounds it.
    let max_lifetime = stored.max_ttl_seconds.filter(|cap| terms.max_ttl() != Some(*cap));
    Some(Terms { max_lifetime, ..terms })
}

fn status(stored: &DployInstanceClaimStatus) -> ClaimStatus {
    ClaimStatus {
        phase: match stored.phase.unwrap_or_default() {
            api::ClaimPhase::Pending => ClaimPhase::Pending,
            api::ClaimPhase::Bound => ClaimPhase::Bound,
            api::ClaimPhase::Rejected => ClaimPhase::Rejected,
            api::ClaimPhase::Expired => ClaimPhase::Expired,
        },
        reason: stored.reason.clone(),
        message: stored.message.clone(),
        instance: stored.instance_ref.as_ref().map(uid_ref),
        connection: Connection {
            url: stored.url.clone(),
            kind: stored.connection_type.map(connection_type),
            message: stored.connection_message.clone(),
        },
        bound_at: stored.bound_at.as_ref().map(timestamp),
        started_at: stored.started_at.as_ref().map(timestamp),
        terms: terms(stored),
        expires_at: stored.expires_at.as_ref().map(timestamp),
        extend_count: count(stored.extend_count),
        bound: conditions::find(&stored.conditions, BOUND),
        ready: conditions::find(&stored.conditions, READY),
    }
}

/// The object with the status that was decided for it.
#[must_use]
pub fn claim_with_status(live: &DployInstanceClaim, status: &ClaimStatus) -> DployInstanceClaim {
    let generation = live.metadata.generation;
    let mut known = live.status.as_ref().map(|status| status.conditions.clone()).unwrap_or_default();
    conditions::set(&mut known, BOUND, status.bound.as_ref(), generation);
    conditions::set(&mut known, READY, status.ready.as_ref(), generation);
    let rejected = status.phase == ClaimPhase::Rejected;
    let accepted = match (rejected, stored::violation::<DployInstanceClaim>(&live.spec)) {
        (true, _) => Told::new(ACCEPTED, Truth::False, &status.reason, &status.message),
        (false, Some(message)) => Told::new(ACCEPTED, Truth::False, Refusal::INVALID_SPEC, &message),
        (false, None) => Told::new(ACCEPTED, Truth::True, "Accepted", ""),
    };
    let ready = status.ready.as_ref().is_some_and(|ready| ready.status == Truth::True);
    let progressing = matches!(status.phase, ClaimPhase::Pending | ClaimPhase::Bound) && !ready;
    conditions::set_derived(
        &mut known,
        status.ready.as_ref().or(status.bound.as_ref()),
        &accepted,
        progressing,
        generation,
    );
    DployInstanceClaim { status: Some(written(status, known, generation)), ..live.clone() }
}

fn written(
    status: &ClaimStatus,
    conditions: Vec<k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition>,
    generation: Option<i64>,
) -> DployInstanceClaimStatus {
    let terms = status.terms;
    DployInstanceClaimStatus {
        phase: Some(match status.phase {
            ClaimPhase::Pending => api::ClaimPhase::Pending,
            ClaimPhase::Bound => api::ClaimPhase::Bound,
            ClaimPhase::Rejected => api::ClaimPhase::Rejected,
            ClaimPhase::Expired => api::ClaimPhase::Expired,
        }),
        reason: status.reason.clone(),
        message: status.message.clone(),
        instance_ref: status.instance.as_ref().map(object_ref),
        url: status.connection.url.clone(),
        connection_type: status.connection.kind.map(connection_type_word),
        connection_message: status.connection.message.clone(),
        bound_at: status.bound_at.map(time),
        started_at: status.started_at.map(time),
        ttl_seconds: terms.map(|terms| terms.ttl.unwrap_or(-1)),
        extend_seconds: terms.map(|terms| i64::from(terms.extend_seconds)),
        expires_at: status.expires_at.map(time),
        extend_count: i64::from(status.extend_count),
        max_extends: terms.and_then(|terms| terms.max_extends).map(i64::from),
        max_ttl_seconds: terms.and_then(Terms::max_ttl),
        idle_ttl_seconds: terms.and_then(|terms| terms.idle_seconds).map(i64::from),
        observed_generation: generation,
        conditions,
    }
}

/// The object of a claim that is asked for in `namespace`; the labels make it found by owner and template.
#[must_use]
pub fn claim_object(namespace: &str, asked: &NewClaim) -> DployInstanceClaim {
    let claims = asked.claims.as_value().as_object().filter(|claims| !claims.is_empty()).cloned();
    DployInstanceClaim {
        metadata: ObjectMeta {
            name: Some(asked.name.clone()),
            namespace: Some(namespace.to_owned()),
            labels: Some(BTreeMap::from([
                (labels::MANAGED.to_owned(), "true".to_owned()),
                (labels::TEMPLATE.to_owned(), label_value(&asked.template)),
                (labels::OWNER.to_owned(), label_value(&asked.owner)),
                (labels::OWNER_ID.to_owned(), asked.owner_id.as_str().to_owned()),
            ])),
            annotations: asked
                .idempotency
                .as_ref()
                .map(|known| BTreeMap::from([(labels::IDEMPOTENCY.to_owned(), known.as_text())])),
            ..ObjectMeta::default()
        },
        spec: DployInstanceClaimSpec {
            template_ref: asked.template.clone(),
            owner: asked.owner.clone(),
            owner_id: Some(asked.owner_id.as_str().to_owned()),
            params: asked.params.clone(),
            claims,
            ttl_seconds: asked.ttl_seconds,
            wait_for_pool: asked.wait_for_pool,
            ..DployInstanceClaimSpec::default()
        },
        status: None,
    }
}
