use std::sync::Arc;

use async_trait::async_trait;
use dploy_core::{
    environments::{
        claim::{Claim, ClaimPhase, ClaimStatus, reason},
        instance::Instance,
        lifetime::Terms,
        naming,
        plan::{
            binding::{Decision, Rejection, Target, rejected_status, waiting_status},
            claim::{Action, Observation, bound, plan_claim},
        },
        template::Template,
    },
    plan::Plan,
    time::Timestamp,
};

use kube::runtime::events::EventType;

use crate::{
    api::{DployInstance, DployInstanceClaim, GROUP, stored},
    cluster::{self, ObjectKey as Key, Rule},
    controller::{Outcome, Reconciler},
    environments::{caches::BY_CLAIM, convert},
};

use super::{Context, Error, ledger::Reservation, objects};

/// What this controller asks of the API server.
pub(super) const ACCESS: &[Rule] = &[
    Rule::new(GROUP, "dployinstanceclaims", &["get", "delete"]),
    Rule::new(GROUP, "dployinstanceclaims/status", &["update"]),
    Rule::new(GROUP, "dployinstances", &["get", "create", "update"]),
];

/// Binds pending claims, starts and ends the lifetime of bound ones, and removes those that have ended.
pub(crate) struct ClaimReconciler(pub(crate) Arc<Context>);

/// A claim with what its decision needs.
pub(crate) struct Observed {
    object: Arc<DployInstanceClaim>,
    claim: Claim,
    state: State,
}

enum State {
    /// It was pending; what it gets is reserved until the writes are done. The decision is taken here and not in
    /// `plan` because it must be one with the reservation.
    Decided { decision: Decision, _reserved: Option<Reservation> },
    /// It was decided before; its instance, and seconds until its clock starts in any case.
    Settled(Option<Box<Instance>>, u32),
}

pub(crate) enum Step {
    Bind(Target, Terms),
    Wait,
    Reject(Rejection),
    Follow(Plan<Action>),
}

#[async_trait]
impl Reconciler for ClaimReconciler {
    const KIND: &'static str = "DployInstanceClaim";
    type Observed = Observed;
    type Plan = Step;
    type Applied = Option<Arc<DployInstance>>;
    type Error = Error;

    async fn observe(&self, key: &Key) -> Result<Option<Observed>, Error> {
        let Some(mut object) = self.0.caches.claims.cache().get(key) else { return Ok(None) };
        let mut claim = convert::claim(&object);
        if claim.status.phase != ClaimPhase::Pending || claim.meta.is_deleting() {
            let (instance, timeout) = self.instance(&claim).await?;
            return Ok(Some(Observed { object, claim, state: State::Settled(instance, timeout) }));
        }
        if !self.0.caches.instances.cache().find(BY_CLAIM, &claim.meta.uid).is_empty() {
            let Some(live) = self.0.caches.claims.get_live(key).await? else { return Ok(None) };
            claim = convert::claim(&live);
            object = live;
            if claim.status.phase != ClaimPhase::Pending {
                return self.observe(key).await;
            }
        }
        // What an older version stored may name things as no object can be named.
        let state = match stored::violation::<DployInstanceClaim>(&object.spec) {
            Some(message) => {
                let decision = Decision::Reject(Rejection { reason: reason::INVALID_SPEC, message });
                State::Decided { decision, _reserved: None }
            }
            None => {
                let (decision, reservation) = self.0.ledger.decide(&claim, &self.0.caches, &self.0.catalog);
                State::Decided { decision, _reserved: Some(reservation) }
            }
        };
        Ok(Some(Observed { object, claim, state }))
    }

    fn plan(&self, observed: &Observed, now: jiff::Timestamp) -> Step {
        match &observed.state {
            State::Decided { decision: Decision::Bind(target, terms), .. } => Step::Bind(target.clone(), *terms),
            State::Decided { decision: Decision::Wait, .. } => Step::Wait,
            State::Decided { decision: Decision::Reject(rejection), .. } => Step::Reject(rejection.clone()),
            State::Settled(instance, provision_timeout) => {
                let seen = Observation {
                    claim: &observed.claim,
                    instance: instance.as_deref(),
                    provision_timeout: *provision_timeout,
                };
                Step::Follow(plan_claim(seen, now.into()))
            }
        }
    }

    async fn apply(&self, observed: &Observed, plan: &Step) -> Result<Option<Arc<DployInstance>>, Error> {
        match plan {
            Step::Bind(target, terms) => Ok(Some(self.bind(&observed.claim, target, *terms).await?)),
            Step::Follow(plan) if plan.actions.contains(&Action::Remove) => {
                self.0.caches.claims.delete(&observed.object).await?;
                Ok(None)
            }
            Step::Wait | Step::Reject(_) | Step::Follow(_) => Ok(None),
        }
    }

    async fn status(
        &self,
        observed: &Observed,
        plan: &Step,
        applied: &Option<Arc<DployInstance>>,
    ) -> Result<Outcome, Error> {
        let now = self.0.now();
        match (plan, applied) {
            (Step::Bind(_, terms), Some(instance)) => {
                let status = bound(&observed.claim, &convert::instance(instance), *terms, now);
                self.report(observed, &status).await?;
                self.0.metrics.bound(observed.claim.meta.created, now);
            }
            (Step::Bind(..), None) => {}
            (Step::Wait, _) => self.report(observed, &waiting_status(&observed.claim, now)).await?,
            (Step::Reject(rejection), _) => {
                self.report(observed, &rejected_status(&observed.claim, rejection, now)).await?
            }
            (Step::Follow(plan), _) => {
                for action in &plan.actions {
                    if let Action::Report(status) | Action::End(status) = action {
                        self.report(observed, status).await?;
                    }
                }
                return Ok(plan.wake_at.map_or_else(Outcome::await_change, |at| wake(at, now)));
            }
        }
        Ok(Outcome::await_change())
    }
}

fn wake(at: Timestamp, now: Timestamp) -> Outcome {
    Outcome::requeue_at(at.into(), now.into())
}

impl ClaimReconciler {
    /// The instance that a claim names, and how long it may take to become ready. That it is gone is confirmed by a
    /// live look.
    async fn instance(&self, claim: &Claim) -> Result<(Option<Box<Instance>>, u32), Error> {
        let Some(named) = claim.status.instance.as_ref().filter(|_| claim.status.phase == ClaimPhase::Bound) else {
            return Ok((None, Template::PROVISION_TIMEOUT));
        };
        let key = Key::namespaced(&claim.meta.key.namespace, &named.name);
        let cached =
            self.0.caches.instances.cache().get(&key).filter(|found| found.metadata.uid.as_ref() == Some(&named.uid));
        let found = match cached {
            Some(found) => Some(found),
            None => self
                .0
                .caches
                .instances
                .get_live(&key)
                .await?
                .filter(|found| found.metadata.uid.as_ref() == Some(&named.uid)),
        };
        let instance = found.map(|found| Box::new(convert::instance(&found)));
        let pin = instance.as_ref().and_then(|instance| instance.status.pin.as_ref());
        let revision =
            pin.and_then(|pin| self.0.catalog.pinned(&self.0.caches, &claim.meta.key.namespace, &pin.revision));
        let timeout =
            revision.map_or(Template::PROVISION_TIMEOUT, |compiled| compiled.revision.template.provision_timeout);
        Ok((instance, timeout))
    }

    /// The first of the two writes of a bind: the instance gets the claim's uid.
    async fn bind(&self, claim: &Claim, target: &Target, terms: Terms) -> Result<Arc<DployInstance>, Error> {
        let store = &self.0.caches.instances;
        let named = match target {
            Target::New => return self.create(claim, terms).await,
            Target::Carrier(named) | Target::Adopted(named) | Target::Member(named) => named,
        };
        let key = Key::namespaced(&claim.meta.key.namespace, &named.name);
        let live = store.cache().get(&key).filter(|live| live.metadata.uid.as_ref() == Some(&named.uid));
        let live =
            live.ok_or_else(|| cluster::Error::AlreadyExists { subject: format!("another DployInstance {key}") })?;
        let desired = match target {
            Target::Member(_) => objects::claimed(&live, claim, terms),
            Target::Adopted(_) => objects::adopted(&live, claim),
            Target::Carrier(_) | Target::New => return Ok(live),
        };
        Ok(store.replace(&live, &desired).await?.into_object())
    }

    /// A new instance under its documented name, or, where that is held, under one with a hash of the claim's uid.
    async fn create(&self, claim: &Claim, terms: Terms) -> Result<Arc<DployInstance>, Error> {
        let caches = &self.0.caches;
        let template_key = Key::namespaced(&claim.meta.key.namespace, &claim.template);
        let template = caches.templates.cache().get(&template_key);
        let entry = template.and_then(|template| self.0.catalog.current(caches, &template).ok());
        let entry = entry.ok_or_else(|| cluster::Error::AlreadyExists {
            subject: format!("a changed DployTemplate {template_key}"),
        })?;
        let revision = &entry.compiled.revision;
        let documented = naming::instance_name(&claim.owner, &claim.template);
        let held = caches.instances.cache().get(&Key::namespaced(&claim.meta.key.namespace, &documented)).is_some();
        if !held {
            match caches.instances.create(&objects::on_demand(claim, revision, terms, documented)).await {
                Err(cluster::Error::AlreadyExists { .. }) => {}
                created => return Ok(created?),
            }
        }
        let name = naming::instance_name_of_claim(&claim.owner, &claim.template, &claim.meta.uid);
        Ok(caches.instances.create(&objects::on_demand(claim, revision, terms, name)).await?)
    }

    async fn report(&self, observed: &Observed, status: &ClaimStatus) -> Result<(), Error> {
        let desired = convert::claim_with_status(&observed.object, status);
        let written = self.0.caches.claims.replace_status(&observed.object, &desired).await?;
        if written.is_changed() && observed.claim.status.phase != status.phase {
            let kind = if status.phase == ClaimPhase::Rejected { EventType::Warning } else { EventType::Normal };
            let note = if status.message.is_empty() { status.phase.as_str() } else { &status.message };
            self.0.events.publish(&*observed.object, kind, status.phase.as_str(), "Decide", note);
        }
        Ok(())
    }
}
