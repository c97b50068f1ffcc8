use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{BytesRejection, FailedToBufferBody},
    },
};
use dploy_core::releases::{
    application::AppRef,
    name::{InvalidName, TargetName, VersionId},
    page::{LIMIT_DEFAULT, LIMIT_MAX, Page},
};
use http::request::Parts;
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::IntoParams;

use crate::{
    app::BODY_LIMIT,
    json::{self, Unreadable},
};

use super::{Error, State};

/// Which part of a list is asked for.
#[derive(Deserialize, IntoParams, Default, Debug)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many items at most.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 50)]
    limit: Option<String>,
    /// How many items before the first.
    #[param(value_type = Option<u64>, minimum = 0, default = 0)]
    offset: Option<String>,
}

impl PageQuery {
    pub(super) fn page(&self) -> Result<Page, Error> {
        let limit = match &self.limit {
            None => LIMIT_DEFAULT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=LIMIT_MAX).contains(limit))
                .ok_or_else(|| Error::input("limit", format!("a whole number from 1 to {LIMIT_MAX}")))?,
        };
        let offset = match &self.offset {
            None => 0,
            // What databases count with.
            Some(text) => text
                .parse()
                .ok()
                .filter(|offset| *offset <= i64::MAX as u64)
                .ok_or_else(|| Error::input("offset", "a whole number from 0"))?,
        };
        Ok(Page { limit, offset })
    }
}

/// The query of a request; what it does not know is ignored.
#[derive(Debug)]
pub(crate) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<State> for Asked<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        let query = Query::from_request_parts(parts, state).await;
        query.map(|Query(query)| Self(query)).map_err(|_| Error::input("the query", "name=value pairs, each name once"))
    }
}

/// A part of a path, or several of them; a path that does not decode to text names nothing.
#[derive(Debug)]
pub(crate) struct Named<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<State> for Named<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        Path::from_request_parts(parts, state).await.map(|Path(names)| Self(names)).map_err(|_| Error::NoRoute)
    }
}

/// A version in a path.
#[derive(Debug)]
pub(crate) struct VersionPath {
    /// Its application.
    pub(super) app: AppRef,
    /// Its id.
    pub(super) version: VersionId,
}

impl FromRequestParts<State> for VersionPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        let Named((app, version)) = Named::<(String, String)>::from_request_parts(parts, state).await?;
        Ok(Self { app: AppRef::new(app), version: parsed("versionId", &version)? })
    }
}

/// An application's target in a path.
#[derive(Debug)]
pub(crate) struct TargetPath {
    /// The application.
    pub(super) app: AppRef,
    /// The target.
    pub(super) target: TargetName,
}

impl FromRequestParts<State> for TargetPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        let Named((app, target)) = Named::<(String, String)>::from_request_parts(parts, state).await?;
        Ok(Self { app: AppRef::new(app), target: parsed("environment", &target)? })
    }
}

/// The body of a request as JSON, whatever its content type says; an empty one is `{}`. As in the original, fields that
/// are not known are ignored, and so is what follows the first value.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<State> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &State) -> Result<Self, Error> {
        let body = Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => Error::TooLarge(BODY_LIMIT),
            _ => Error::input("the body", "complete"),
        })?;
        let text: &[u8] = if body.trim_ascii().is_empty() { b"{}" } else { &body };
        let mut value = serde_json::Deserializer::from_slice(text);
        serde_path_to_error::deserialize(&mut value).map(Self).map_err(|error| unreadable(&error))
    }
}

/// Names the field and what it accepts.
fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    match json::unreadable(error) {
        Some(Unreadable { field, accepted }) => Error::input(field, accepted),
        None if error.inner().is_data() => Error::input("the body", "one JSON object"),
        None => Error::input("the body", format!("one JSON object: {}", error.inner())),
    }
}

/// A field that has to be there.
pub(super) fn required<T>(field: &str, value: Option<T>, accepted: &str) -> Result<T, Error> {
    value.ok_or_else(|| Error::input(field, accepted))
}

/// A name in that field.
pub(super) fn parsed<T: std::str::FromStr<Err = InvalidName>>(field: &str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|invalid: InvalidName| Error::input(field, invalid.accepted))
}

/// A name in that field, which has to be there.
pub(super) fn name<T: std::str::FromStr<Err = InvalidName>>(field: &str, text: Option<&String>) -> Result<T, Error> {
    parsed(field, text.map_or("", String::as_str))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn page(limit: Option<&str>, offset: Option<&str>) -> Result<Page, Error> {
        PageQuery { limit: limit.map(str::to_owned), offset: offset.map(str::to_owned) }.page()
    }

    #[test]
    fn a_page_has_its_defaults() {
        assert_eq!(page(None, None).unwrap(), Page::default());
        assert_eq!(page(Some("100"), Some("7")).unwrap(), Page { limit: 100, offset: 7 });
    }

    #[rstest]
    #[case(Some("0"), None, "limit must be a whole number from 1 to 100")]
    #[case(Some("101"), None, "limit must be a whole number from 1 to 100")]
    #[case(Some("all"), None, "limit must be a whole number from 1 to 100")]
    #[case(None, Some("-1"), "offset must be a whole number from 0")]
    #[case(None, Some("9999999999999999999"), "offset must be a whole number from 0")]
    fn s07_a_page_out_of_range_is_refused(
        #[case] limit: Option<&str>,
        #[case] offset: Option<&str>,
        #[case] told: &str,
    ) {
        assert_eq!(page(limit, offset).unwrap_err().to_string(), told);
    }
}
