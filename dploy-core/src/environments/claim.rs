//! The user-facing handle of an environment.

use std::collections::BTreeMap;

use crate::{
    condition::Observed,
    id::{OwnerId, digest},
    json::Json,
    time::Timestamp,
};

use super::{Metadata, UidRef, instance::Connection, lifetime::Terms};

/// A claim as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Where it lives and which version was read.
    pub meta: Metadata,
    /// The name of the template.
    pub template: String,
    /// The readable owner.
    pub owner: String,
    /// The owner that quota and uniqueness count for.
    pub owner_id: OwnerId,
    /// The parameters as given.
    pub params: BTreeMap<String, String>,
    /// The token claims that were kept.
    pub claims: Json,
    /// Seconds asked for; may only shorten what the template grants.
    pub ttl_seconds: Option<i64>,
    /// Whether it waits where the pool is empty; `None` leaves that to the template.
    pub wait_for_pool: Option<bool>,
    /// How many extensions were asked for so far.
    pub extensions: u32,
    /// When its environment was last used, as far as that was noted.
    pub last_activity: Option<Timestamp>,
    /// The instance that the operator adopted into this claim.
    pub adopts: Option<UidRef>,
    /// The request that made it, where that can be recognised.
    pub idempotency: Option<Idempotency>,
    /// What the operator has decided.
    pub status: ClaimStatus,
}

/// What a request is recognised by when it comes again, as hashes (IETF draft "The Idempotency-Key HTTP Header Field").
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Idempotency {
    /// The hash of the key that its client gave it.
    pub key: String,
    /// The hash of what it asked for.
    pub request: String,
}

impl Idempotency {
    /// Hex digits of each hash.
    const LENGTH: usize = 32;

    /// The request that asks for `parts` under `key`.
    #[must_use]
    pub fn of(key: &str, parts: &[&[u8]]) -> Self {
        Self { key: digest(&[key.as_bytes()], Self::LENGTH), request: digest(parts, Self::LENGTH) }
    }

    /// The form in which it is stored.
    #[must_use]
    pub fn as_text(&self) -> String {
        format!("{}.{}", self.key, self.request)
    }

    /// Reads the form in which it is stored; `None` where the text is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hash = |text: &str| text.len() == Self::LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (key, request) = text.split_once('.')?;
        (hash(key) && hash(request)).then(|| Self { key: key.to_owned(), request: request.to_owned() })
    }
}

/// What the operator has decided about a claim.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClaimStatus {
    /// Where it stands.
    pub phase: ClaimPhase,
    /// Why, as a constant word; empty while there is nothing to say.
    pub reason: String,
    /// Why, as a sentence.
    pub message: String,
    /// The instance it is bound to.
    pub instance: Option<UidRef>,
    /// How to reach the environment; empty until it is known.
    pub connection: Connection,
    /// When it was bound.
    pub bound_at: Option<Timestamp>,
    /// When its lifetime started.
    pub started_at: Option<Timestamp>,
    /// The lifetime granted at binding; a later edit of the template does not change it.
    pub terms: Option<Terms>,
    /// When it expires; `None` before its lifetime has started and when it is unlimited.
    pub expires_at: Option<Timestamp>,
    /// How many extensions were granted.
    pub extend_count: u32,
    /// Whether it is bound and since when that has been so.
    pub bound: Option<Observed>,
    /// Whether the environment is ready and since when that has been so.
    pub ready: Option<Observed>,
}

impl ClaimStatus {
    /// When the environment was last used, where `noted` is the last activity that was noted.
    #[must_use]
    pub fn last_use(&self, noted: Option<Timestamp>) -> Option<Timestamp> {
        let started = self.started_at?;
        Some(noted.map_or(started, |at| at.max(started)))
    }
}

/// Where a claim stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ClaimPhase {
    /// Not decided yet.
    #[default]
    Pending,
    /// It names an instance.
    Bound,
    /// It was refused.
    Rejected,
    /// Its environment has ended.
    Expired,
}

impl ClaimPhase {
    /// The word that the API uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Bound => "Bound",
            Self::Rejected => "Rejected",
            Self::Expired => "Expired",
        }
    }
}

impl Claim {
    /// Whether it can still have an environment: neither refused, ended, nor being deleted.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !self.meta.is_deleting() && matches!(self.status.phase, ClaimPhase::Pending | ClaimPhase::Bound)
    }

    /// A reference to this incarnation.
    #[must_use]
    pub fn reference(&self) -> UidRef {
        UidRef { name: self.meta.key.name.clone(), uid: self.meta.uid.clone() }
    }

    /// Whether it waits for its decision.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !self.meta.is_deleting() && self.status.phase == ClaimPhase::Pending
    }

    /// When its environment was last used: its lifetime's start counts as use; `None` before that.
    #[must_use]
    pub fn last_use(&self) -> Option<Timestamp> {
        self.status.last_use(self.last_activity)
    }

    /// Whether it names the instance `uid`.
    #[must_use]
    pub fn names(&self, uid: &str) -> bool {
        self.status.instance.as_ref().is_some_and(|instance| instance.uid == uid)
    }
}

/// Why a claim was refused or ended: the constant words of `status.reason`.
pub mod reason {
    /// The template does not exist.
    pub const TEMPLATE_NOT_FOUND: &str = "TemplateNotFound";
    /// The template is disabled.
    pub const TEMPLATE_DISABLED: &str = "TemplateDisabled";
    /// The template's spec was not accepted.
    pub const TEMPLATE_NOT_ACCEPTED: &str = "TemplateNotAccepted";
    /// A field of its spec, which an older version stored, is not accepted any more.
    pub const INVALID_SPEC: &str = "InvalidSpec";
    /// A parameter is missing or has a value that the template does not accept.
    pub const INVALID_PARAMS: &str = "InvalidParams";
    /// The lifetime asked for is longer than the template grants.
    pub const INVALID_TTL: &str = "InvalidTTL";
    /// The owner has an environment of this template already.
    pub const DUPLICATE: &str = "Duplicate";
    /// The owner has as many environments as the quota allows.
    pub const QUOTA_EXCEEDED: &str = "QuotaExceeded";
    /// The pool has no member to hand out.
    pub const POOL_EXHAUSTED: &str = "PoolExhausted";
    /// It waits until a member of the pool is free.
    pub const WAITING_FOR_POOL: &str = "WaitingForPool";
    /// It names an instance that cannot be adopted.
    pub const INSTANCE_NOT_ADOPTABLE: &str = "InstanceNotAdoptable";
    /// An administrator stopped new environments of the template.
    pub const TEMPLATE_CORDONED: &str = "TemplateCordoned";
    /// It names an instance.
    pub const BOUND: &str = "Bound";
    /// Its time is up.
    pub const EXPIRED: &str = "Expired";
    /// It was not used for as long as its template allows.
    pub const IDLE: &str = "Idle";
    /// Somebody deleted its instance.
    pub const INSTANCE_DELETED: &str = "InstanceDeleted";
}
