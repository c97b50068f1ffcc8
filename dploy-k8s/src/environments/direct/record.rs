use std::collections::BTreeMap;

use dploy_core::{
    condition::Observed,
    environments::{
        Metadata, ObjectKey, UidRef,
        claim::{Claim, ClaimPhase, ClaimStatus, Idempotency, reason},
        instance::{Connection, Instance, InstancePhase, InstanceStatus, Pin},
        lifetime::Terms,
        naming::claim_name,
        ports::ReadinessState,
        template::ConnectionType,
    },
    id::OwnerId,
    json::Json,
    time::Timestamp,
};
use kube::ResourceExt;

use crate::{
    cluster::labels,
    environments::{argocd::readiness::readiness, convert},
    foreign::argocd::Application,
};

use super::{CLAIM, ENV, EXPIRES_AT, EXTEND_TTL, HOST, LAST_ACTIVITY, MAX_EXTENDS, UUID, objects::host};

/// An Application as an environment.
pub(super) struct Record<'a> {
    application: &'a Application,
    template: String,
    owner: String,
    owner_id: OwnerId,
}

impl<'a> Record<'a> {
    /// `None` where it is not one of ours. An Application of the first design has no owner id; its text stands for it.
    pub(super) fn of(application: &'a Application) -> Option<Self> {
        let known = application.labels();
        let (owner, template) = (known.get(labels::OWNER)?.clone(), known.get(ENV)?.clone());
        let id = known.get(labels::OWNER_ID).and_then(|id| OwnerId::parse(id));
        let owner_id = id.unwrap_or_else(|| OwnerId::of_text(&owner));
        Some(Self { application, template, owner, owner_id })
    }

    pub(super) fn owner_id(&self) -> &OwnerId {
        &self.owner_id
    }

    /// The name of the claim that it stands for.
    pub(super) fn claim_name(&self) -> String {
        let noted = self.application.labels().get(CLAIM).cloned();
        noted.unwrap_or_else(|| claim_name(&self.owner, &self.owner_id, &self.template))
    }

    fn note(&self, name: &str) -> Option<&str> {
        self.application.annotations().get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.note(name)?.parse().ok()
    }

    /// When it ends. A note that cannot be read ends nothing: an environment is never deleted on doubt.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        self.note(EXPIRES_AT)?.parse().ok()
    }

    /// Whether its time is up.
    pub(super) fn has_ended(&self, now: Timestamp) -> bool {
        self.expires_at().is_some_and(|end| end <= now)
    }

    fn extensions(&self) -> u32 {
        self.number(labels::EXTEND_COUNT).unwrap_or_default()
    }

    /// The lifetime that, from its creation and with the extensions it has, ends when it is noted to end: so a note that
    /// somebody edits counts.
    fn terms(&self) -> Terms {
        let extend_seconds = self.number(EXTEND_TTL).unwrap_or_default();
        let max_extends = self.number(MAX_EXTENDS);
        let terms = Terms { ttl: Some(0), extend_seconds, max_extends, max_lifetime: None, idle_seconds: None };
        let created = self.meta().created;
        let extended = terms.deadline(created, self.extensions()).unwrap_or(created);
        let left = |end: Timestamp| end.unix_seconds().saturating_sub(extended.unix_seconds());
        Terms { ttl: self.expires_at().map(left), ..terms }
    }

    fn meta(&self) -> Metadata {
        convert::metadata(&self.application.metadata)
    }

    fn reference(&self) -> UidRef {
        let meta = self.meta();
        UidRef { name: meta.key.name, uid: meta.uid }
    }

    fn connection(&self, base_domain: &str) -> Connection {
        let uuid = self.note(UUID).unwrap_or_default();
        let host = self.note(HOST).map_or_else(|| host(&self.owner, uuid, base_domain), str::to_owned);
        Connection { url: format!("https://{host}"), kind: Some(ConnectionType::Web), message: String::new() }
    }

    /// The claim that it stands for.
    pub(super) fn claim(&self, base_domain: &str, now: Timestamp) -> Claim {
        let meta = self.meta();
        let (phase, why) = match self.has_ended(now) {
            true => (ClaimPhase::Expired, reason::EXPIRED),
            false => (ClaimPhase::Bound, reason::BOUND),
        };
        Claim {
            template: self.template.clone(),
            owner: self.owner.clone(),
            owner_id: self.owner_id.clone(),
            params: BTreeMap::new(),
            claims: Json::object(),
            ttl_seconds: None,
            wait_for_pool: None,
            extensions: self.extensions(),
            last_activity: self.note(LAST_ACTIVITY).and_then(|at| at.parse().ok()),
            adopts: None,
            idempotency: self.note(labels::IDEMPOTENCY).and_then(Idempotency::parse),
            status: ClaimStatus {
                phase,
                reason: why.to_owned(),
                instance: Some(self.reference()),
                connection: self.connection(base_domain),
                bound_at: Some(meta.created),
                started_at: Some(meta.created),
                terms: Some(self.terms()),
                expires_at: self.expires_at(),
                extend_count: self.extensions(),
                ..ClaimStatus::default()
            },
            meta: Metadata { key: ObjectKey::new(meta.key.namespace.clone(), self.claim_name()), ..meta },
        }
    }

    /// The instance that it is.
    pub(super) fn instance(&self, base_domain: &str, now: Timestamp) -> Instance {
        let meta = self.meta();
        let expires_at = self.expires_at();
        Instance {
            finalized: !self.application.finalizers().is_empty(),
            forced: false,
            template: self.template.clone(),
            owner: Some(self.owner.clone()),
            owner_id: Some(self.owner_id.clone()),
            pooled: false,
            params: BTreeMap::new(),
            claims: Json::object(),
            ttl_seconds: expires_at.is_none().then_some(-1),
            expires_at,
            render_seed: None,
            claim: Some(UidRef { name: self.claim_name(), uid: meta.uid.clone() }),
            attempt: 0,
            status: self.status(base_domain, now),
            meta,
        }
    }

    fn status(&self, base_domain: &str, now: Timestamp) -> InstanceStatus {
        let verdict = readiness(self.application, now.into());
        let (phase, health) = match verdict.state {
            ReadinessState::Ready => (InstancePhase::Ready, "Healthy"),
            ReadinessState::Progressing => (InstancePhase::Provisioning, "Progressing"),
            ReadinessState::Failed => (InstancePhase::Failed, "Degraded"),
        };
        let ready = Observed {
            status: (verdict.state == ReadinessState::Ready).into(),
            reason: verdict.reason,
            message: verdict.message,
            since: None,
        };
        let target = self.application.spec.destination.namespace.clone().unwrap_or_default();
        InstanceStatus {
            phase,
            pin: Some(Pin {
                uuid: self.note(UUID).unwrap_or_default().to_owned(),
                namespace: target,
                revision: String::new(),
                engine_namespace: self.application.namespace().unwrap_or_default(),
            }),
            connection: self.connection(base_domain),
            health: health.to_owned(),
            expires_at: self.expires_at(),
            ready: Some(ready),
            ..InstanceStatus::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use dploy_core::condition::Truth;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use serde_json::json;

    use super::{super::objects::tests::sample, *};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn stored() -> Application {
        let mut application = sample();
        application.metadata.uid = Some("u".to_owned());
        application.metadata.resource_version = Some("7".to_owned());
        application.metadata.creation_timestamp = Some(Time(jiff::Timestamp::UNIX_EPOCH));
        application
    }

    #[test]
    fn what_is_made_reads_as_the_claim_that_was_asked_for() {
        let application = stored();
        let record = Record::of(&application).unwrap();
        let claim = record.claim("env.dploy.dev", at(10));
        assert_eq!(claim.meta.key.name, "john-doe-webterm-0123456789");
        assert_eq!((claim.template.as_str(), claim.owner.as_str()), ("webterm", "john-doe"));
        assert_eq!(claim.owner_id, OwnerId::of_text("john.doe"));
        assert_eq!(claim.status.phase, ClaimPhase::Bound);
        assert_eq!(claim.status.connection.url, "https://john-doe-a1b2c3d4.env.dploy.dev");
        let terms = claim.status.terms.unwrap();
        assert_eq!((terms.ttl, terms.extend_seconds, terms.max_extends), (Some(3600), 600, Some(2)));
        let instance = record.instance("env.dploy.dev", at(10));
        assert!(claim.names(&instance.meta.uid) && !instance.is_bare());
        assert_eq!(instance.status.phase, InstancePhase::Provisioning);
        let told = instance.status.ready.unwrap();
        assert_eq!((told.status, told.reason.as_str()), (Truth::False, "ApplicationPending"));
        assert_eq!(told.message, "Argo CD has not looked at the Application yet");
        assert_eq!(record.claim("env.dploy.dev", at(3600)).status.phase, ClaimPhase::Expired);
    }

    #[test]
    fn an_edited_end_counts_and_an_unreadable_one_ends_nothing() {
        let mut application = stored();
        let notes = application.annotations_mut();
        notes.insert(EXPIRES_AT.to_owned(), "1970-01-01T03:00:00Z".to_owned());
        notes.insert(labels::EXTEND_COUNT.to_owned(), "1".to_owned());
        let terms = Record::of(&application).unwrap().claim("x", at(0)).status.terms.unwrap();
        assert_eq!(terms.deadline(at(0), 1), Some(at(10_800)));
        assert_eq!(terms.deadline(at(0), 2), Some(at(11_400)));
        application.annotations_mut().insert(EXPIRES_AT.to_owned(), "tomorrow".to_owned());
        let record = Record::of(&application).unwrap();
        assert!(!record.has_ended(at(i64::from(u32::MAX))));
        assert_eq!(record.claim("x", at(0)).status.terms.unwrap().ttl, None);
    }

    #[test]
    fn an_application_of_the_first_design_is_an_environment_too() {
        let application: Application = serde_json::from_value(json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {
                "name": "joe-shell-a1b2c3d4", "namespace": "argocd", "uid": "u",
                "labels": { "dploy.dev/owner": "joe", "dploy.dev/env": "shell" },
                "annotations": { "dploy.dev/uuid": "a1b2c3d4" },
            },
            "spec": { "project": "dploy", "destination": { "namespace": "joe-shell-a1b2c3d4" } },
        }))
        .unwrap();
        let claim = Record::of(&application).unwrap().claim("env.org", at(0));
        let id = OwnerId::of_text("joe");
        assert_eq!(claim.meta.key.name, claim_name("joe", &id, "shell"));
        assert_eq!(claim.status.connection.url, "https://joe-a1b2c3d4.env.org");
        assert_eq!((claim.status.expires_at, claim.owner_id), (None, id));
        assert!(Record::of(&Application::default()).is_none());
    }
}
