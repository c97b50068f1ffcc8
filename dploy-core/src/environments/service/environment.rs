use std::sync::Arc;

use crate::{
    environments::{
        claim::{Claim, ClaimPhase},
        instance::{Connection, Instance, InstancePhase},
        lifetime::Terms,
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
    /// The name of its template.
    pub template: String,
    /// The sentence that describes the template; empty where that is gone.
    pub description: String,
    /// The template's icon, `default` where that is gone.
    pub icon: String,
    /// Eight hex digits; empty until they are given.
    pub uuid: String,
    /// `pending`, `Progressing`, `Deleting`, or what the engine says of it: `Healthy`, `Degraded`.
    pub status: String,
    /// How to reach it; its URL is empty until it is known.
    pub connection: Connection,
    /// When it ends; `None` is never. Before its lifetime has started this is a lower bound, which may only move later.
    pub expires_at: Option<Timestamp>,
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
    /// Whether the operator has not given it an instance yet, or has not begun to work on that.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.status == PENDING
    }
}

/// The status of an environment that nobody has begun to work on.
const PENDING: &str = "pending";

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
        Environment {
            status: status_of(claim, instance),
            connection: if known { claim.status.connection.clone() } else { from_instance },
            expires_at: expiry(claim, terms),
            extensions: terms.clamp(claim.extensions),
            shared: !self.belongs(&claim.owner_id, &identity.personal),
            ..about(&claim.template, &claim.owner, terms, instance, around)
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
        Environment {
            status: instance_status(instance),
            connection: instance.status.connection.clone(),
            expires_at: known.or_else(|| terms.deadline(instance.meta.created, 0)),
            extensions: 0,
            shared: !personal,
            ..about(&instance.template, instance.owner.as_deref().unwrap_or_default(), terms, Some(instance), around)
        }
    }
}

/// What template and instance tell; the rest is filled in by the callers.
fn about(
    template: &str,
    owner: &str,
    terms: Terms,
    instance: Option<&Instance>,
    around: &Surroundings<'_>,
) -> Environment {
    let known = around.template(template);
    Environment {
        template: template.to_owned(),
        description: known.as_ref().map(|known| known.description.clone()).unwrap_or_default(),
        icon: known.map_or_else(|| DEFAULT_ICON.to_owned(), |known| known.icon.clone()),
        uuid: instance
            .and_then(|instance| instance.status.pin.as_ref())
            .map(|pin| pin.uuid.clone())
            .unwrap_or_default(),
        status: String::new(),
        connection: Connection::default(),
        expires_at: None,
        terms,
        extensions: 0,
        owner: owner.to_owned(),
        shared: false,
    }
}

/// When the environment ends, with every extension asked for so far; never `None` for a limited one.
pub(super) fn expiry(claim: &Claim, terms: Terms) -> Option<Timestamp> {
    terms.deadline(claim.status.started_at.unwrap_or(claim.meta.created), claim.extensions)
}

fn status_of(claim: &Claim, instance: Option<&Instance>) -> String {
    match (claim.status.phase, instance) {
        (ClaimPhase::Bound, Some(instance)) => instance_status(instance),
        _ => PENDING.to_owned(),
    }
}

fn instance_status(instance: &Instance) -> String {
    let health = &instance.status.health;
    let word = match instance.status.phase {
        _ if instance.meta.is_deleting() => "Deleting",
        InstancePhase::Ready | InstancePhase::Claimed | InstancePhase::Available if health.is_empty() => "Healthy",
        InstancePhase::Ready | InstancePhase::Claimed | InstancePhase::Available => health,
        InstancePhase::Provisioning => "Progressing",
        InstancePhase::Failed => "Degraded",
        InstancePhase::Expiring => "Deleting",
        InstancePhase::Pending => PENDING,
    };
    word.to_owned()
}
