use std::sync::Arc;

use crate::{
    environments::{
        claim::{Claim, ClaimPhase},
        instance::{Connection, Instance, InstancePhase},
        lifetime::Terms,
        plan::adoption::claim_name_of,
        ports::Observer,
        settings::Settings,
        template::Template,
    },
    identity::Identity,
    time::Timestamp,
};

use super::Environments;

/// The icon of an environment whose template is gone.
const DEFAULT_ICON: &str = "default";

/// What a caller sees of an environment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Environment {
    /// The name of its claim, unique among all that live.
    pub id: String,
    /// The name of its template.
    pub template: String,
    /// The sentence that describes the template; empty where that is gone.
    pub description: String,
    /// The template's icon, `default` where that is gone.
    pub icon: String,
    /// Eight hex digits; empty until they are given.
    pub uuid: String,
    /// How far it has come.
    pub phase: Phase,
    /// What the engine says of a ready one: `Healthy`, `Progressing` or `Degraded`; empty until it says anything.
    pub health: String,
    /// Why it stands so, as a constant word; empty while there is nothing to say.
    pub reason: String,
    /// Why it stands so, as a sentence.
    pub message: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was first ready, if it ever was.
    pub ready_at: Option<Timestamp>,
    /// How to reach it; its URL is empty until it is known.
    pub connection: Connection,
    /// When it ends; `None` is never. Before its lifetime has started this is a lower bound, which may only move later.
    pub expires_at: Option<Timestamp>,
    /// When it ends unless it is used until then; `None` before its lifetime has started and where use does not matter.
    pub idle_at: Option<Timestamp>,
    /// The lifetime it is granted.
    pub terms: Terms,
    /// How many extensions it has.
    pub extensions: u32,
    /// The readable owner.
    pub owner: String,
    /// Whether it belongs to a group rather than to the caller.
    pub shared: bool,
}

impl Environment {
    /// The original's word for how it stands: `pending`, `Progressing`, `Deleting`, or what the engine says of it,
    /// `Healthy` or `Degraded`.
    #[must_use]
    pub fn status(&self) -> &str {
        match self.phase {
            Phase::Pending => "pending",
            Phase::Provisioning => "Progressing",
            Phase::Ready if self.health.is_empty() => "Healthy",
            Phase::Ready => &self.health,
            Phase::Failed => "Degraded",
            Phase::Deleting => "Deleting",
        }
    }

    /// Whether the operator has not given it an instance yet, or has not begun to work on that.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.phase == Phase::Pending
    }
}

/// How far an environment has come.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Phase {
    /// It has no instance yet, or nobody has begun to work on that.
    Pending,
    /// The engine is at work.
    Provisioning,
    /// It can be used.
    Ready,
    /// It failed for good.
    Failed,
    /// It is being torn down.
    Deleting,
}

impl Phase {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Provisioning => "Provisioning",
            Self::Ready => "Ready",
            Self::Failed => "Failed",
            Self::Deleting => "Deleting",
        }
    }
}

/// What environments are described by.
pub(super) struct Surroundings<'a> {
    observer: &'a dyn Observer,
    settings: Settings,
}

impl<'a> Surroundings<'a> {
    pub(super) fn new(observer: &'a dyn Observer) -> Self {
        Self { observer, settings: observer.settings() }
    }

    fn template(&self, name: &str) -> Option<Arc<Template>> {
        self.observer.template(name).map(|entry| entry.template)
    }

    fn instance_of(&self, claim: &Claim) -> Option<Arc<Instance>> {
        let named = claim.status.instance.as_ref()?;
        self.observer.instance(&named.name).filter(|instance| instance.meta.uid == named.uid)
    }

    /// The lifetime granted to the claim, or the one it will be granted as things stand.
    pub(super) fn terms(&self, claim: &Claim) -> Terms {
        claim.status.terms.unwrap_or_else(|| {
            let offered = self.offered(&claim.template);
            offered.shortened(claim.ttl_seconds).unwrap_or(offered)
        })
    }

    fn offered(&self, template: &str) -> Terms {
        let settings = &self.settings;
        match self.template(template) {
            Some(template) => settings.terms(&template),
            None => Terms {
                ttl: Terms::ttl_of(settings.ttl_seconds),
                extend_seconds: settings.extend_seconds,
                max_extends: (settings.max_extends > 0).then_some(settings.max_extends),
                ..Terms::default()
            },
        }
    }
}

impl Environments {
    pub(super) fn describe(&self, identity: &Identity, claim: &Claim, around: &Surroundings<'_>) -> Environment {
        let instance = around.instance_of(claim);
        let instance = instance.as_deref();
        let terms = around.terms(claim);
        let from_instance = instance.map(|instance| instance.status.connection.clone()).unwrap_or_default();
        let known = !claim.status.connection.url.is_empty();
        let told = claim.status.ready.as_ref().or(instance.and_then(|instance| instance.status.ready.as_ref()));
        let subject = Subject {
            id: claim.meta.key.name.clone(),
            template: &claim.template,
            owner: &claim.owner,
            created: claim.meta.created,
            why: told.map_or((&claim.status.reason, &claim.status.message), |ready| (&ready.reason, &ready.message)),
        };
        Environment {
            phase: phase_of(claim, instance),
            connection: if known { claim.status.connection.clone() } else { from_instance },
            expires_at: expiry(claim, terms),
            idle_at: claim.last_use().and_then(|last| terms.idle_at(last)),
            extensions: terms.clamp(claim.extensions),
            shared: !self.belongs(&claim.owner_id, &identity.personal),
            ..about(&subject, terms, instance, around)
        }
    }

    /// An environment that its owner made without a claim.
    pub(super) fn describe_bare(
        &self,
        identity: &Identity,
        instance: &Instance,
        around: &Surroundings<'_>,
    ) -> Environment {
        let offered = around.offered(&instance.template);
        let terms = Terms { ttl: instance.ttl_seconds.map_or(offered.ttl, Terms::ttl_of), ..offered };
        let personal = instance.owner_id.as_ref().is_some_and(|id| self.belongs(id, &identity.personal));
        let known = instance.status.expires_at.or(instance.expires_at);
        let subject = Subject {
            // The claim that the operator will give it.
            id: claim_name_of(instance).unwrap_or_default(),
            template: &instance.template,
            owner: instance.owner.as_deref().unwrap_or_default(),
            created: instance.meta.created,
            why: instance.status.ready.as_ref().map_or(("", ""), |ready| (&ready.reason, &ready.message)),
        };
        Environment {
            phase: instance_phase(instance),
            connection: instance.status.connection.clone(),
            expires_at: known.or_else(|| terms.deadline(instance.meta.created, 0)),
            extensions: 0,
            shared: !personal,
            ..about(&subject, terms, Some(instance), around)
        }
    }
}

/// Whom an environment belongs to, what it was made from, and why it stands as it does.
struct Subject<'a> {
    id: String,
    template: &'a str,
    owner: &'a str,
    created: Timestamp,
    /// The word and the sentence for how it stands.
    why: (&'a str, &'a str),
}

/// What template and instance tell; the rest is filled in by the callers.
fn about(subject: &Subject<'_>, terms: Terms, instance: Option<&Instance>, around: &Surroundings<'_>) -> Environment {
    let known = around.template(subject.template);
    Environment {
        template: subject.template.to_owned(),
        description: known.as_ref().map(|known| known.description.clone()).unwrap_or_default(),
        icon: known.map_or_else(|| DEFAULT_ICON.to_owned(), |known| known.icon.clone()),
        uuid: instance
            .and_then(|instance| instance.status.pin.as_ref())
            .map(|pin| pin.uuid.clone())
            .unwrap_or_default(),
        id: subject.id.clone(),
        phase: Phase::Pending,
        health: instance.map(|instance| instance.status.health.clone()).unwrap_or_default(),
        reason: subject.why.0.to_owned(),
        message: subject.why.1.to_owned(),
        created_at: subject.created,
        ready_at: instance.and_then(|instance| instance.status.ready_at),
        connection: Connection::default(),
        expires_at: None,
        idle_at: None,
        terms,
        extensions: 0,
        owner: subject.owner.to_owned(),
        shared: false,
    }
}

/// When the environment ends, with every extension asked for so far; never `None` for a limited one.
pub(super) fn expiry(claim: &Claim, terms: Terms) -> Option<Timestamp> {
    terms.deadline(claim.status.started_at.unwrap_or(claim.meta.created), claim.extensions)
}

fn phase_of(claim: &Claim, instance: Option<&Instance>) -> Phase {
    match (claim.status.phase, instance) {
        (ClaimPhase::Bound, Some(instance)) => instance_phase(instance),
        _ => Phase::Pending,
    }
}

fn instance_phase(instance: &Instance) -> Phase {
    match instance.status.phase {
        _ if instance.meta.is_deleting() => Phase::Deleting,
        InstancePhase::Ready | InstancePhase::Claimed | InstancePhase::Available => Phase::Ready,
        InstancePhase::Provisioning => Phase::Provisioning,
        InstancePhase::Failed => Phase::Failed,
        InstancePhase::Expiring => Phase::Deleting,
        InstancePhase::Pending => Phase::Pending,
    }
}
