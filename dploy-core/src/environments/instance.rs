//! One running environment, free in a pool or owned.

use std::collections::BTreeMap;

use crate::{condition::Observed, id::OwnerId, json::Json, time::Timestamp};

use super::{Metadata, UidRef, template::ConnectionType};

/// An instance as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instance {
    /// Where it lives and which version was read.
    pub meta: Metadata,
    /// Whether it carries our finalizer and labels.
    pub finalized: bool,
    /// Whether an administrator asked to complete its teardown without waiting.
    pub forced: bool,
    /// The name of the template.
    pub template: String,
    /// The readable owner; `None` for a free pool member.
    pub owner: Option<String>,
    /// The owner that quota counts for; `None` for a free pool member.
    pub owner_id: Option<OwnerId>,
    /// Whether it was made for a pool; it then never sees owner, parameters or claims.
    pub pooled: bool,
    /// The parameters it is rendered with.
    pub params: BTreeMap<String, String>,
    /// The token claims it is rendered with.
    pub claims: Json,
    /// Seconds it lives; authoritative on a bare instance only.
    pub ttl_seconds: Option<i64>,
    /// When it ends; authoritative on a bare instance only.
    pub expires_at: Option<Timestamp>,
    /// 32 random bytes in hex that its random functions draw from.
    pub render_seed: Option<String>,
    /// The claim it was made for or handed to.
    pub claim: Option<UidRef>,
    /// How often the pool slot's members failed before this one.
    pub attempt: u32,
    /// What the operator has observed.
    pub status: InstanceStatus,
}

/// What the operator has observed of an instance.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InstanceStatus {
    /// Where it stands.
    pub phase: InstancePhase,
    /// What it was pinned to before its first effect.
    pub pin: Option<Pin>,
    /// How to reach it; empty until it is known.
    pub connection: Connection,
    /// The engine's view of it: `Healthy`, `Progressing` or `Degraded`; empty until known.
    pub health: String,
    /// When it first became ready.
    pub ready_at: Option<Timestamp>,
    /// When it ends, as its claim says.
    pub expires_at: Option<Timestamp>,
    /// Whether it is ready, why, and since when that has been so.
    pub ready: Option<Observed>,
    /// Whether its owner has an environment of this template under another claim, if that was reported.
    pub duplicate: Option<Observed>,
    /// What keeps it from the newest revision that it follows, if that was reported.
    pub outdated: Option<Observed>,
    /// What prevents its teardown, if that was reported.
    pub stuck: Option<Observed>,
}

/// What an instance keeps for life, written before its first effect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pin {
    /// Eight hex digits, unique among the template's instances.
    pub uuid: String,
    /// The namespace of its workload.
    pub namespace: String,
    /// The name of the revision it is rendered from.
    pub revision: String,
    /// The namespace of its engine objects.
    pub engine_namespace: String,
}

/// How to reach an environment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Connection {
    /// Its URL; empty until it is known.
    pub url: String,
    /// How it is presented.
    pub kind: Option<ConnectionType>,
    /// The message for `instructions`; empty for `web`.
    pub message: String,
}

/// Where an instance stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum InstancePhase {
    /// Nothing was done yet.
    #[default]
    Pending,
    /// The engine is at work.
    Provisioning,
    /// An on-demand environment is ready.
    Ready,
    /// A free pool member is ready.
    Available,
    /// A claimed pool member is ready.
    Claimed,
    /// It is being torn down.
    Expiring,
    /// It failed for good, or cannot be rendered.
    Failed,
}

impl InstancePhase {
    /// The word that the API uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Provisioning => "Provisioning",
            Self::Ready => "Ready",
            Self::Available => "Available",
            Self::Claimed => "Claimed",
            Self::Expiring => "Expiring",
            Self::Failed => "Failed",
        }
    }

    /// Whether its environment can be used.
    #[must_use]
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Ready | Self::Available | Self::Claimed)
    }
}

impl Instance {
    /// Whether nobody owns it and no claim was given it.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.owner.is_none() && self.claim.is_none()
    }

    /// Whether somebody owns it without a claim: it was written by hand or by the original.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.owner.is_some() && self.claim.is_none()
    }

    /// Whether it is a free pool member that a claim can be given now.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.pooled && self.is_free() && !self.meta.is_deleting() && self.status.phase == InstancePhase::Available
    }

    /// A reference to this incarnation.
    #[must_use]
    pub fn reference(&self) -> UidRef {
        UidRef { name: self.meta.key.name.clone(), uid: self.meta.uid.clone() }
    }
}

/// Why an instance is not ready: the constant words of its `Ready` condition; an engine's own reasons stand beside them.
pub mod reason {
    /// The template does not exist.
    pub const TEMPLATE_NOT_FOUND: &str = "TemplateNotFound";
    /// The template's spec was not accepted.
    pub const TEMPLATE_NOT_ACCEPTED: &str = "TemplateNotAccepted";
    /// The URL template failed.
    pub const CONNECTION_URL_TEMPLATE_ERROR: &str = "ConnectionURLTemplateError";
    /// The message template failed.
    pub const CONNECTION_MESSAGE_TEMPLATE_ERROR: &str = "ConnectionMessageTemplateError";
    /// The values template failed.
    pub const VALUES_TEMPLATE_ERROR: &str = "ValuesTemplateError";
    /// The rendered values are not a YAML mapping.
    pub const VALUES_YAML_ERROR: &str = "ValuesYAMLError";
    /// The workload namespace could not be made.
    pub const NAMESPACE_ERROR: &str = "NamespaceError";
    /// What keeps the workload namespace to itself could not be made.
    pub const ISOLATION_ERROR: &str = "IsolationError";
    /// An object of the needed name belongs to somebody else.
    pub const NAME_TAKEN: &str = "NameTaken";
    /// It is being installed, and nothing more is known.
    pub const PROVISIONING: &str = "Provisioning";
    /// Teardown waits for the engine.
    pub const ENGINE_REMOVAL_PENDING: &str = "EngineRemovalPending";
    /// Teardown waits for the namespace.
    pub const NAMESPACE_REMOVAL_PENDING: &str = "NamespaceRemovalPending";
    /// The owner has an environment of this template under another claim.
    pub const DUPLICATE: &str = "Duplicate";
}
