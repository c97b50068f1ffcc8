//! Which instance a pending claim gets.
//!
//! Decisions are taken one after another over a view that holds what the decisions before them reserved, so quota and
//! uniqueness cannot be passed twice.

use std::sync::Arc;

use crate::environments::{
    Metadata, UidRef,
    claim::{Claim, ClaimPhase, ClaimStatus, reason},
    instance::Instance,
    lifetime::Terms,
    parameter,
    settings::Settings,
    template::{Template, WhenEmpty},
};
use crate::{
    condition::{Observed, Truth},
    time::Timestamp,
};

/// What a decision sees of the namespace.
#[derive(Debug)]
pub struct View<'a> {
    /// The template that the claim names.
    pub template: TemplateState<'a>,
    /// The settings in force.
    pub settings: &'a Settings,
    /// Instances that carry the claim's uid and are not being deleted.
    pub carriers: &'a [Arc<Instance>],
    /// The instance that the claim adopts, if it names one that exists.
    pub adopts: Option<&'a Instance>,
    /// The owner's other claims that hold an environment or are being given one.
    pub holders: &'a [Arc<Claim>],
    /// The owner's bare instances that are not being deleted.
    pub bare: &'a [Arc<Instance>],
    /// Available members of the template's pool that no decision has reserved.
    pub available: &'a [Arc<Instance>],
    /// How many claims that wait for a member of the pool stand before this one.
    pub ahead: usize,
    /// Whether an administrator stopped new environments of the template.
    pub cordoned: bool,
}

/// A template as a decision finds it.
#[derive(Clone, Copy, Debug)]
pub enum TemplateState<'a> {
    /// There is none of that name.
    Missing,
    /// Its spec is not accepted; why.
    Refused(&'a str),
    /// It can be used.
    Usable(&'a Template),
}

/// The outcome of a decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The claim gets this instance, for this long.
    Bind(Target, Terms),
    /// The claim waits until a member of the pool is free.
    Wait,
    /// The claim is refused.
    Reject(Rejection),
}

/// The instance that a claim gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// One that carries its uid already: the first half of the bind was done before.
    Carrier(UidRef),
    /// A bare instance that its owner made without a claim.
    Adopted(UidRef),
    /// A free pool member.
    Member(UidRef),
    /// A new one.
    New,
}

/// Why a claim is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    /// One of the words of [`reason`].
    pub reason: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl Rejection {
    fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

/// Whether a claim counts for quota and uniqueness: it is live and holds an instance that is not ending, or is being
/// given one.
#[must_use]
pub fn holds(claim: &Claim, instance: Option<&Instance>, being_bound: bool) -> bool {
    let bound =
        claim.status.phase == ClaimPhase::Bound && instance.is_some_and(|instance| !instance.meta.is_deleting());
    claim.is_live() && (being_bound || bound)
}

/// Decides a pending claim.
#[must_use]
pub fn plan_binding(claim: &Claim, view: &View<'_>) -> Decision {
    decide(claim, view).unwrap_or_else(Decision::Reject)
}

fn decide(claim: &Claim, view: &View<'_>) -> Result<Decision, Rejection> {
    if let Some(carrier) = first_carrier(view.carriers) {
        let terms = granted(claim, view, carrier).unwrap_or_else(|_| own_terms(carrier, view.settings));
        return Ok(Decision::Bind(Target::Carrier(carrier.reference()), terms));
    }
    if claim.adopts.is_some() {
        let instance = view.adopts.filter(|instance| adoptable(claim, instance)).ok_or_else(|| {
            Rejection::new(
                reason::INSTANCE_NOT_ADOPTABLE,
                "the instance it names is gone, owned by somebody else or claimed",
            )
        })?;
        return Ok(Decision::Bind(Target::Adopted(instance.reference()), own_terms(instance, view.settings)));
    }
    let template = usable(claim, view)?;
    refuse_duplicate(claim, view)?;
    refuse_cordoned(claim, view)?;
    refuse_over_quota(view, template)?;
    parameter::resolve(&template.parameters, &claim.params)
        .map_err(|error| Rejection::new(reason::INVALID_PARAMS, error.to_string()))?;
    let terms = shortened(claim, view.settings.terms(template))?;
    if template.pool().is_none() {
        return Ok(Decision::Bind(Target::New, terms));
    }
    let oldest = view.available.iter().min_by_key(|member| (member.meta.created, &member.meta.key.name));
    if let Some(member) = oldest.filter(|_| view.available.len() > view.ahead) {
        return Ok(Decision::Bind(Target::Member(member.reference()), terms));
    }
    match when_empty(template, claim.wait_for_pool) {
        WhenEmpty::Wait => Ok(Decision::Wait),
        WhenEmpty::Provision => Ok(Decision::Bind(Target::New, terms)),
        WhenEmpty::Reject => {
            Err(Rejection::new(reason::POOL_EXHAUSTED, "no pooled instance available, try again shortly"))
        }
    }
}

/// What becomes of a claim of `template` that gets no member; `wait` is what the claim itself says about waiting.
#[must_use]
pub fn when_empty(template: &Template, wait: Option<bool>) -> WhenEmpty {
    match (wait, template.pool().map(|pool| pool.when_empty).unwrap_or_default()) {
        (Some(true), _) | (None, WhenEmpty::Wait) => WhenEmpty::Wait,
        (_, WhenEmpty::Provision) => WhenEmpty::Provision,
        (_, WhenEmpty::Reject) | (Some(false), WhenEmpty::Wait) => WhenEmpty::Reject,
    }
}

/// The place in line of a waiting claim by its metadata: those that asked earlier stand before it.
#[must_use]
pub fn place(claim: &Metadata) -> (Timestamp, String) {
    (claim.created, claim.key.name.clone())
}

/// If several instances carry one claim, the one that already has effects wins, then the oldest, then by name.
#[must_use]
pub fn first_carrier(carriers: &[Arc<Instance>]) -> Option<&Instance> {
    let rank =
        |carrier: &&Arc<Instance>| (carrier.status.pin.is_none(), carrier.meta.created, carrier.meta.key.name.clone());
    carriers.iter().min_by_key(rank).map(AsRef::as_ref)
}

fn adoptable(claim: &Claim, instance: &Instance) -> bool {
    let named = claim.adopts.as_ref().is_some_and(|adopts| adopts.uid == instance.meta.uid);
    named
        && instance.is_bare()
        && !instance.meta.is_deleting()
        && instance.owner_id.as_ref() == Some(&claim.owner_id)
        && instance.template == claim.template
}

fn usable<'a>(claim: &Claim, view: &View<'a>) -> Result<&'a Template, Rejection> {
    match view.template {
        TemplateState::Missing => {
            Err(Rejection::new(reason::TEMPLATE_NOT_FOUND, format!("template \"{}\" does not exist", claim.template)))
        }
        TemplateState::Refused(why) => Err(Rejection::new(reason::TEMPLATE_NOT_ACCEPTED, why)),
        TemplateState::Usable(template) if !template.enabled => {
            Err(Rejection::new(reason::TEMPLATE_DISABLED, format!("template \"{}\" is disabled", claim.template)))
        }
        TemplateState::Usable(template) => Ok(template),
    }
}

fn refuse_duplicate(claim: &Claim, view: &View<'_>) -> Result<(), Rejection> {
    let claimed = view.holders.iter().find(|other| other.template == claim.template).map(|other| &other.meta.key.name);
    let bare = view.bare.iter().find(|other| other.template == claim.template).map(|other| &other.meta.key.name);
    match claimed.or(bare) {
        Some(name) => {
            Err(Rejection::new(reason::DUPLICATE, format!("\"{name}\" is the owner's environment of this template")))
        }
        None => Ok(()),
    }
}

fn refuse_cordoned(claim: &Claim, view: &View<'_>) -> Result<(), Rejection> {
    let message = || format!("template \"{}\" is cordoned: no new environments are made for now", claim.template);
    if view.cordoned { Err(Rejection::new(reason::TEMPLATE_CORDONED, message())) } else { Ok(()) }
}

fn refuse_over_quota(view: &View<'_>, template: &Template) -> Result<(), Rejection> {
    let limit = view.settings.quota(template);
    if view.holders.len() + view.bare.len() < limit as usize {
        return Ok(());
    }
    Err(Rejection::new(reason::QUOTA_EXCEEDED, format!("Maximum {limit} environments allowed")))
}

fn shortened(claim: &Claim, terms: Terms) -> Result<Terms, Rejection> {
    terms.shortened(claim.ttl_seconds).map_err(|too_long| {
        let message = format!("ttlSeconds must be at most {}, the lifetime the template grants", too_long.granted);
        Rejection::new(reason::INVALID_TTL, message)
    })
}

/// What a claim completed after a restart is granted: by its template, else by the instance's own fields.
fn granted(claim: &Claim, view: &View<'_>, carrier: &Instance) -> Result<Terms, Rejection> {
    match view.template {
        _ if claim.adopts.is_some() => Ok(own_terms(carrier, view.settings)),
        TemplateState::Usable(template) => shortened(claim, view.settings.terms(template)),
        _ => Ok(own_terms(carrier, view.settings)),
    }
}

/// The lifetime of an instance that says so itself.
fn own_terms(instance: &Instance, settings: &Settings) -> Terms {
    let ttl = instance.ttl_seconds.filter(|ttl| *ttl != 0).unwrap_or(settings.ttl_seconds);
    Terms {
        ttl: Terms::ttl_of(ttl),
        extend_seconds: settings.extend_seconds,
        max_extends: (settings.max_extends > 0).then_some(settings.max_extends),
        ..Terms::default()
    }
}

/// The status of a claim from the moment it names `instance`.
#[must_use]
pub fn bound_status(claim: &Claim, instance: &Instance, terms: Terms, now: Timestamp) -> ClaimStatus {
    let now = now.whole_seconds();
    ClaimStatus {
        phase: ClaimPhase::Bound,
        reason: reason::BOUND.to_owned(),
        message: String::new(),
        instance: Some(instance.reference()),
        connection: instance.status.connection.clone(),
        bound_at: Some(now),
        terms: Some(terms),
        bound: Some(Observed {
            status: Truth::True,
            reason: reason::BOUND.to_owned(),
            message: String::new(),
            since: Some(now),
        }),
        ..claim.status.clone()
    }
}

/// The status of a claim that waits for a member of the pool.
#[must_use]
pub fn waiting_status(claim: &Claim, now: Timestamp) -> ClaimStatus {
    let (reason, message) = (reason::WAITING_FOR_POOL.to_owned(), "it waits until a member of the pool is free");
    let before = claim.status.bound.as_ref();
    let bound = super::claim::transition(before, Truth::Unknown, reason.clone(), message.to_owned(), now);
    ClaimStatus { reason, message: message.to_owned(), bound: Some(bound), ..claim.status.clone() }
}

/// The status of a claim that was refused.
#[must_use]
pub fn rejected_status(claim: &Claim, rejection: &Rejection, now: Timestamp) -> ClaimStatus {
    super::claim::ended(claim, ClaimPhase::Rejected, rejection.reason, &rejection.message, now)
}
