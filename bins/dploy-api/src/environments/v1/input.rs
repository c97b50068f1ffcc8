use axum::extract::{FromRequestParts, Path};
use dploy_core::environments::service;
use http::request::Parts;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    environments::{
        State,
        input::{input, texts, without_nul},
    },
    error::Error,
};

/// The header whose value tells one request of a client from its others.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest value of that header.
const KEY_MAX: usize = 255;

/// The id or the name in a path; one that does not decode to text names nothing.
#[derive(Debug)]
pub(crate) struct Named(pub(super) String);

impl FromRequestParts<State> for Named {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        Path::from_request_parts(parts, state).await.map(|Path(name)| Self(name)).map_err(|_| Error::NoRoute)
    }
}

/// The header `Idempotency-Key`, if it was sent.
#[derive(Debug)]
pub(crate) struct IdempotencyKey(Option<String>);

impl FromRequestParts<State> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Error> {
        let accepted = || input("header Idempotency-Key", "1 to 255 visible ASCII characters, sent once");
        let mut values = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return if parts.headers.contains_key(IDEMPOTENCY_KEY) { Err(accepted()) } else { Ok(Self(None)) };
        };
        let key = value.to_str().map_err(|_| accepted())?;
        let usable = (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        if usable { Ok(Self(Some(key.to_owned()))) } else { Err(accepted()) }
    }
}

/// What is asked for.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewEnvironment {
    /// The name of the template.
    template: String,
    /// Values for the template's parameters: strings, numbers or booleans.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    params: Map<String, Value>,
    /// Which of the caller's owners it is for, by readable name, claim value or id; without it the first that the
    /// template accepts.
    #[serde(default)]
    owner: Option<String>,
    /// Seconds that it is to live, at most what the template grants; -1 is for ever.
    #[serde(default)]
    ttl_seconds: Option<i64>,
    /// Whether it waits where the pool is empty, in the order of asking; without it as the template says.
    #[serde(default)]
    wait_for_pool: Option<bool>,
}

impl NewEnvironment {
    /// The template and what is asked of it.
    pub(super) fn request(self, IdempotencyKey(key): IdempotencyKey) -> Result<(String, service::Request), Error> {
        if self.ttl_seconds.is_some_and(|seconds| seconds < -1 || seconds == 0) {
            return Err(input("ttlSeconds", "a whole number of seconds from 1, or -1 for ever"));
        }
        let request = service::Request {
            owner: self.owner,
            params: without_nul(texts(self.params)?)?,
            ttl_seconds: self.ttl_seconds,
            wait_for_pool: self.wait_for_pool,
            idempotency_key: key,
        };
        Ok((self.template, request))
    }
}
