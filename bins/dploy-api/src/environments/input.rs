use std::{borrow::Cow, collections::BTreeMap};

use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{BytesRejection, FailedToBufferBody},
    },
};
use dploy_core::{
    environments::service::{self, Address},
    identity::scalar_text,
};
use http::request::Parts;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        ObjectBuilder, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::{
    app::BODY_LIMIT,
    error::Error,
    json::{self, Unreadable},
};

use super::State;

/// The header that selects the owner, also where a template declares a parameter named `owner`.
pub(super) const OWNER_HEADER: &str = "x-dploy-owner";
/// The query parameter that selects the owner.
const OWNER: &str = "owner";

/// How an environment is addressed, for the description of the interface; [`Target`] reads it.
pub(crate) struct Addressed;

impl IntoParams for Addressed {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |place, name: &str, required: bool, description: &str| {
            let text = ObjectBuilder::new().schema_type(Type::String);
            ParameterBuilder::new()
                .name(name)
                .parameter_in(place)
                .required(if required { Required::True } else { Required::False })
                .description(Some(description))
                .schema(Some(text))
                .build()
        };
        let owner = "Which of the caller's owners is meant, by readable name, claim value or id. Without it a create is for \
                     the first that the template accepts, all else about the first that has an environment. Where the \
                     template has a parameter of this name, this is that parameter.";
        vec![
            parameter(ParameterIn::Path, "env", true, "The name of the template."),
            parameter(ParameterIn::Query, OWNER, false, owner),
            parameter(ParameterIn::Header, "X-Dploy-Owner", false, "As `owner`, whatever the template declares."),
        ]
    }
}

/// Which environment a request is about: the template in its path, and the owner that it selects.
#[derive(Debug)]
pub(crate) struct Target {
    /// The name of the template.
    pub(super) name: String,
    /// The owner that is selected, if any.
    pub(super) owner: Option<String>,
    /// The query without the owner; the first of a name counts.
    params: BTreeMap<String, String>,
}

impl FromRequestParts<State> for Target {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        // A path that does not decode to text names nothing.
        let Path(name) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Error::NoRoute)?;
        let mut params = query(parts, state).await?;
        let header = parts.headers.get(OWNER_HEADER).map(|value| value.to_str());
        let header = header.transpose().map_err(|_| input("header X-Dploy-Owner", "an owner as text"))?;
        let asked = params.get(OWNER).cloned();
        // A client that does not know what a template declares sends both; what equals the header is not a parameter.
        let parameter =
            state.environments.declares(&name, OWNER) && header.is_none_or(|owner| asked.as_deref() != Some(owner));
        let owner = match header {
            Some(owner) => Some(owner.to_owned()),
            None if parameter => None,
            None => asked,
        };
        if !parameter {
            params.remove(OWNER);
        }
        Ok(Self { name, owner, params })
    }
}

async fn query(parts: &mut Parts, state: &State) -> Result<BTreeMap<String, String>, Error> {
    let pairs = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
    let Query(pairs) = pairs.map_err(|_| input("the query", "name=value pairs"))?;
    let mut params = BTreeMap::new();
    for (name, value) in pairs {
        params.entry(name).or_insert(value);
    }
    Ok(params)
}

impl Target {
    /// The environment that is meant.
    pub(super) fn address(&self) -> Address<'_> {
        Address::Template { name: &self.name, owner: self.owner.as_deref() }
    }

    /// What is asked for: the parameters of the query, those of `body` before them.
    pub(super) fn request(self, body: RunBody) -> Result<service::Request, Error> {
        let mut params = self.params;
        params.extend(texts(body.params)?);
        Ok(service::Request { owner: self.owner, params: without_nul(params)?, ..service::Request::default() })
    }
}

/// What a create may say in its body.
#[derive(Deserialize, ToSchema, Default, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunBody {
    /// Values for the template's parameters: strings, numbers or booleans.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    params: Map<String, Value>,
}

/// A body that was read; an empty one is `{}`.
#[derive(Debug)]
pub(crate) struct JsonBody(Bytes);

impl JsonBody {
    /// The body as that type; `accepted` is an example of one.
    pub(super) fn read<T: DeserializeOwned>(&self, accepted: &'static str) -> Result<T, Error> {
        let text = if self.0.trim_ascii().is_empty() { b"{}".as_slice() } else { &self.0 };
        json::read(text).map_err(|unreadable| match unreadable {
            Some(Unreadable { field, accepted }) => input(field, accepted),
            None => input("the body", accepted),
        })
    }
}

impl FromRequest<State> for JsonBody {
    type Rejection = Error;

    async fn from_request(request: Request, state: &State) -> Result<Self, Error> {
        let body = Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => Error::TooLarge(BODY_LIMIT),
            _ => input("the body", "complete"),
        })?;
        Ok(Self(body))
    }
}

impl FromRequest<State> for RunBody {
    type Rejection = Error;

    async fn from_request(request: Request, state: &State) -> Result<Self, Error> {
        JsonBody::from_request(request, state).await?.read("JSON such as {\"params\": {\"name\": \"value\"}}")
    }
}

/// The parameters of a body as texts.
pub(super) fn texts(params: Map<String, Value>) -> Result<BTreeMap<String, String>, Error> {
    let text = |(name, value): (String, Value)| match scalar_text(&value) {
        Some(text) => Ok((name, text)),
        None => Err(input(format!("params.{name}"), "a string, a number or a boolean")),
    };
    params.into_iter().map(text).collect()
}

/// The parameters, whose values no store keeps with a NUL.
pub(super) fn without_nul(params: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Error> {
    match params.iter().find(|(_, value)| value.contains('\0')) {
        Some((name, _)) => Err(input(format!("params.{name}"), "text without NUL characters")),
        None => Ok(params),
    }
}

pub(super) fn input(field: impl Into<String>, accepted: impl Into<Cow<'static, str>>) -> Error {
    Error::Input { field: field.into(), accepted: accepted.into() }
}
