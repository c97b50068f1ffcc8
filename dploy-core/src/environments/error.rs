//! What can go wrong when somebody asks for an environment.

use crate::error::{Classify, ErrorKind};

use super::{marks::Mark, parameter::InvalidParams};

/// Why a use case was refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No such environment, or none the caller may know of.
    #[error("environment \"{0}\" not found")]
    NotFound(String),
    /// The template is disabled.
    #[error("environment \"{0}\" is disabled")]
    Disabled(String),
    /// The template's spec was not accepted; it cannot be asked for until it is mended.
    #[error("environment \"{0}\" is not usable")]
    NotAccepted(String),
    /// The caller's credentials lack the claim that owns environments of the template.
    #[error("your token has no usable \"{0}\" claim required to own this environment")]
    NoOwner(String),
    /// The caller named an owner that is not one of theirs.
    #[error("owner must be one of yours ({own}), not \"{asked}\"")]
    ForeignOwner {
        /// The one that the caller named.
        asked: String,
        /// Those that they may name.
        own: String,
    },
    /// An administrator stopped new environments of the template.
    #[error("environment \"{0}\" is cordoned: no new ones are made for now")]
    Cordoned(String),
    /// Templates are not objects that could be marked: they come from a file. The mark that was asked for.
    #[error("{}", fixed(*.0))]
    TemplatesFixed(Mark),
    /// Only administrators may do this.
    #[error("admin required")]
    AdminRequired,
    /// A parameter was refused.
    #[error(transparent)]
    InvalidParams(#[from] InvalidParams),
    /// The claim was refused by the operator or by the store's own rules; what they said.
    #[error("{0}")]
    Refused(String),
    /// The owner has as many environments as allowed; the number.
    #[error("Maximum {0} environments allowed")]
    QuotaExceeded(u32),
    /// The pool has nothing to hand out.
    #[error("no pooled instance available, try again shortly")]
    PoolExhausted,
    /// The environment does not expire, so it cannot be extended.
    #[error("environment is unlimited")]
    Unlimited,
    /// The key of a request was used for one that asked for something else.
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// All extensions were used; the number granted.
    #[error("maximum extensions reached ({0})")]
    ExtensionsExhausted(u32),
    /// It lives as long as its template allows already; the seconds.
    #[error("maximum lifetime reached ({0} seconds)")]
    LifetimeExhausted(i64),
    /// Something else changed the environment at the same moment, more often than was retried.
    #[error("the environment was changed by another request, try again")]
    Conflict,
    /// The cluster does not answer.
    #[error("the platform is not reachable, try again shortly")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A defect.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Classify for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) | Self::Disabled(_) => ErrorKind::NotFound,
            Self::NotAccepted(_) | Self::Cordoned(_) | Self::PoolExhausted | Self::Unavailable(_) => {
                ErrorKind::Unavailable
            }
            Self::NoOwner(_) | Self::ForeignOwner { .. } | Self::AdminRequired => ErrorKind::Forbidden,
            Self::InvalidParams(_) | Self::Refused(_) | Self::Unlimited => ErrorKind::Invalid,
            Self::QuotaExceeded(_) => ErrorKind::Exhausted,
            Self::KeyReused
            | Self::ExtensionsExhausted(_)
            | Self::LifetimeExhausted(_)
            | Self::TemplatesFixed(_)
            | Self::Conflict => ErrorKind::Conflict,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "environment_not_found",
            Self::Disabled(_) => "template_disabled",
            Self::NotAccepted(_) => "template_not_accepted",
            Self::Cordoned(_) => "template_cordoned",
            Self::TemplatesFixed(_) => "templates_fixed",
            Self::NoOwner(_) => "owner_claim_missing",
            Self::ForeignOwner { .. } => "owner_forbidden",
            Self::AdminRequired => "admin_required",
            Self::InvalidParams(_) => "invalid_params",
            Self::Refused(_) => "claim_refused",
            Self::QuotaExceeded(_) => "quota_exceeded",
            Self::PoolExhausted => "pool_exhausted",
            Self::Unlimited => "environment_unlimited",
            Self::KeyReused => "idempotency_key_reused",
            Self::ExtensionsExhausted(_) => "extensions_exhausted",
            Self::LifetimeExhausted(_) => "lifetime_exhausted",
            Self::Conflict => "conflict",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }
}

/// Why a template of a file cannot have the mark, and what to do instead.
fn fixed(mark: Mark) -> &'static str {
    match mark {
        Mark::Cordoned => {
            "templates of this installation come from a file and cannot be cordoned: say \"enabled: false\" of one there \
             and restart the server to refuse new environments of it"
        }
        Mark::Drained => "templates of this installation come from a file and have no pool that could be drained",
    }
}
