use std::{collections::BTreeSet, net::SocketAddr, sync::Arc};

use axum::{
    Json,
    extract::{ConnectInfo, FromRequestParts, Request, State as Extracted},
    middleware::Next,
    response::{IntoResponse, Response},
};
use dploy_auth::Authenticator;
use dploy_core::{
    random::Random,
    releases::{
        access::{Action, Caller, Scope},
        api_key::{KeySecret, SecretHash},
        error::Error as Domain,
        service::Releases,
    },
};
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::REQUEST_ID;

use super::{Error, State, refusal::Reading};

/// The original's header.
const API_KEY: &str = "x-api-key";

/// Who may call, besides the bearers of stored keys; cheap to clone.
#[derive(Clone, Debug)]
pub struct Access {
    keys: Arc<[ConfiguredKey]>,
    tokens: Option<TokenAccess>,
}

/// A key that the server was started with; it may do everything.
#[derive(Debug)]
struct ConfiguredKey {
    actor: String,
    hash: SecretHash,
}

/// Bearer tokens of an identity provider.
#[derive(Clone, Debug)]
pub struct TokenAccess {
    /// Judges tokens.
    pub authenticator: Authenticator,
    /// What bearers who are no administrators may do; administrators may do everything.
    pub actions: BTreeSet<Action>,
}

impl Access {
    /// Keys that may do everything, and tokens if they are accepted. The keys themselves are not kept.
    #[must_use]
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a str>, tokens: Option<TokenAccess>, random: &dyn Random) -> Self {
        let configured = |(at, key): (usize, &str)| {
            let mut salt = [0; 16];
            salt.iter_mut().zip(random.bytes()).for_each(|(to, from)| *to = from);
            let hash = SecretHash::of(&KeySecret::presented(key), salt);
            ConfiguredKey { actor: format!("key:API_KEYS[{at}]"), hash }
        };
        Self { keys: keys.into_iter().enumerate().map(configured).collect(), tokens }
    }

    /// Whoever the headers prove to be calling.
    async fn caller(&self, releases: &Releases, headers: &HeaderMap) -> Result<Caller, Error> {
        let credential = credential(headers)?;
        let secret = KeySecret::presented(credential);
        // Every key is compared: the time it takes does not tell which one was nearly right.
        let matching =
            self.keys.iter().fold(None, |found, key| if key.hash.matches(&secret) { Some(key) } else { found });
        if let Some(key) = matching {
            return Ok(Caller::new(key.actor.as_str(), Scope::all()));
        }
        match &self.tokens {
            Some(tokens) if is_token(credential) => tokens.caller(credential).await,
            _ => {
                let stored = releases.authenticate_key(&secret).await?;
                Ok(stored.ok_or(Domain::Unauthenticated("the API key is not accepted"))?)
            }
        }
    }
}

impl TokenAccess {
    async fn caller(&self, token: &str) -> Result<Caller, Error> {
        let identity = self.authenticator.authenticate(Some(&format!("Bearer {token}"))).await?;
        let scope = match identity.admin {
            true => Scope::all(),
            false => Scope { applications: None, actions: self.actions.clone() },
        };
        Ok(Caller::new(format!("user:{}", identity.username), scope))
    }
}

/// What `X-API-Key` or `Authorization: Bearer` holds, be it a key or a token.
fn credential(headers: &HeaderMap) -> Result<&str, Error> {
    const MISSING: Domain =
        Domain::Unauthenticated("an API key or token is required, as X-API-Key or Authorization: Bearer");
    // A header that is no text is no credential either.
    if let Some(key) = headers.get(API_KEY) {
        let key = key.to_str().map(str::trim).unwrap_or_default();
        return if key.is_empty() { Err(MISSING.into()) } else { Ok(key) };
    }
    let header = headers.get(AUTHORIZATION).ok_or(MISSING)?;
    Ok(dploy_auth::access::bearer(header.to_str().unwrap_or_default())?)
}

/// Whether it has the form of a signed token (RFC 7515 §7.1): three parts in base64url.
fn is_token(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c));
    text.split('.').count() == 3 && text.split('.').all(part)
}

/// Lets through whoever is known.
pub(super) async fn known(Extracted(state): Extracted<State>, mut request: Request, next: Next) -> Response {
    match state.access.caller(&state.releases, request.headers()).await {
        Ok(caller) => {
            let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip().to_string());
            let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
            request.extensions_mut().insert(Known(Caller { address, request: id, ..caller }));
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

/// A caller whose credentials were accepted.
#[derive(Clone, Debug)]
pub(crate) struct Known(pub(super) Caller);

impl FromRequestParts<State> for Known {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or(Error::Defect)
    }
}

/// The caller as the server knows them.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct Me {
    /// The name that deployments and the audit show.
    actor: String,
    /// The applications that the caller may do something with; absent is all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    applications: Option<Vec<String>>,
    /// What the caller may do.
    actions: Vec<&'static str>,
}

/// Who the caller is taken for.
#[utoipa::path(get, path = "/api/v1/me", tag = "access", security(("apiKey" = []), ("bearer" = [])),
    responses((status = 200, body = Me, description = "The caller."), Reading))]
pub(crate) async fn me(Known(caller): Known) -> Json<Me> {
    let applications = caller.scope.applications.map(|among| among.into_iter().map(String::from).collect());
    let actions = caller.scope.actions.into_iter().map(Action::as_str).collect();
    Json(Me { actor: caller.actor, applications, actions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_three_parts() {
        assert!(is_token("eyJh.eyJz.sig-_"));
        for other in ["", "dpk_00", "a.b", "a..b", "a.b.c.d", "a.b.c="] {
            assert!(!is_token(other), "{other}");
        }
    }
}
