//! What commands print about environments. The keys are those of the server; a key is never left out.

use serde::{Deserialize, Serialize};

/// The columns of an environment in a table.
pub(crate) const COLUMNS: &[&str] = &["name", "status", "url", "expiresAt", "owner"];

/// One environment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Environment {
    /// The name of its template.
    pub(crate) name: String,
    /// How it stands: `pending`, `Progressing`, `Healthy`, `Degraded` or `Deleting`.
    pub(crate) status: String,
    /// Its URL; empty until it is known.
    #[serde(default)]
    pub(crate) url: String,
    /// When it expires (RFC 3339); empty for an unlimited one.
    #[serde(default)]
    pub(crate) expires_at: String,
    /// Who owns it, as a readable text.
    pub(crate) owner: Option<String>,
    /// Whether a group owns it.
    #[serde(default)]
    pub(crate) shared: bool,
    /// Eight hex digits that its names are made of; empty until it is provisioned.
    #[serde(default)]
    pub(crate) uuid: String,
    /// `web` or `instructions`.
    pub(crate) connection_type: Option<String>,
    /// What to do to connect, for `instructions`.
    pub(crate) connection_message: Option<String>,
    /// Why it stands as it does, where the server says so.
    pub(crate) reason: Option<String>,
}

/// What the server answers about one environment: the name is in the path.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Running {
    status: String,
    #[serde(default)]
    uuid: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    expires_at: String,
    owner: Option<String>,
    #[serde(default)]
    shared: bool,
    connection_type: Option<String>,
    connection_message: Option<String>,
    reason: Option<String>,
}

/// An environment that is said to be used.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Used {
    /// The name of its template.
    pub(crate) name: String,
    /// When it ends unless it is used until then (RFC 3339); `null` where that never happens.
    pub(crate) idle_expires_at: Option<String>,
}

/// One environment in a list.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    /// The environment.
    #[serde(flatten)]
    pub(crate) environment: Environment,
    /// A sentence about it.
    #[serde(default)]
    pub(crate) description: String,
    /// The name of an icon.
    #[serde(default)]
    pub(crate) icon: String,
    /// How often it was extended.
    #[serde(default)]
    pub(crate) extend_count: u64,
    /// How often it may be extended; absent where there is no bound.
    pub(crate) max_extends: Option<i64>,
    /// Seconds that one extension adds.
    #[serde(rename = "extendTTL")]
    pub(crate) extend_ttl: Option<i64>,
    /// Whether it never expires.
    #[serde(default)]
    pub(crate) is_unlimited: bool,
}

/// What an extension has moved.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Extended {
    /// The name of its template.
    pub(crate) name: String,
    /// When it expires now (RFC 3339).
    pub(crate) expires_at: String,
}

/// What a release has done.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Released {
    /// The name of its template.
    pub(crate) name: String,
    /// `Deleting`, or `Deleted` once the server does not know it any more.
    pub(crate) status: &'static str,
}

impl Running {
    /// The environment of that template.
    pub(crate) fn named(self, name: &str) -> Environment {
        Environment {
            name: name.to_owned(),
            status: self.status,
            url: self.url,
            expires_at: self.expires_at,
            owner: self.owner,
            shared: self.shared,
            uuid: self.uuid,
            connection_type: self.connection_type,
            connection_message: self.connection_message,
            reason: self.reason,
        }
    }
}

impl Environment {
    /// Whether it can be used.
    pub(crate) fn is_healthy(&self) -> bool {
        self.status.eq_ignore_ascii_case("healthy")
    }

    /// Whether it has failed for good.
    pub(crate) fn is_degraded(&self) -> bool {
        self.status.eq_ignore_ascii_case("degraded")
    }

    /// What to do to connect, where that is more than opening the URL.
    pub(crate) fn instructions(&self) -> Option<&str> {
        let told = self.connection_type.as_deref().is_some_and(|kind| kind == "instructions");
        self.connection_message.as_deref().filter(|message| told && !message.is_empty())
    }
}
