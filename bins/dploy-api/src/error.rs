//! What the compatible surface answers when something goes wrong: `{"error": "text"}` and a status.

use std::borrow::Cow;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use dploy_core::error::{Classify, ErrorKind};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::Failure;

/// Seconds after which a client that was turned away for the moment may ask again.
const RETRY_AFTER: &str = "5";

/// Why a request was not answered as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A use case refused or failed.
    #[error(transparent)]
    Environments(#[from] dploy_core::environments::error::Error),
    /// The caller is not known.
    #[error("{}", .0.public_message())]
    Access(#[from] dploy_auth::Error),
    /// This part of the surface is switched off; its name.
    #[error("{0} disabled")]
    Disabled(&'static str),
    /// A part of the request cannot be read.
    #[error("{field} must be {accepted}")]
    Input {
        /// The part.
        field: String,
        /// What it accepts.
        accepted: Cow<'static, str>,
    },
    /// The body is larger than the server reads.
    #[error("the body must be at most {0} bytes long")]
    TooLarge(usize),
    /// There is no such route.
    #[error("Not Found")]
    NoRoute,
    /// The route has no such method.
    #[error("Method Not Allowed")]
    NoMethod,
    /// The platform does not answer, or its state is not known yet.
    #[error("Service not ready")]
    NotReady,
    /// The request took too long.
    #[error("the request took too long")]
    TimedOut,
    /// A defect.
    #[error("internal error")]
    Defect,
}

impl Classify for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Environments(error) => error.kind(),
            Self::Access(error) => error.kind(),
            Self::Disabled(_) | Self::NoRoute => ErrorKind::NotFound,
            Self::Input { .. } | Self::TooLarge(_) | Self::NoMethod => ErrorKind::Invalid,
            Self::NotReady | Self::TimedOut => ErrorKind::Unavailable,
            Self::Defect => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Environments(error) => error.code(),
            Self::Access(error) => error.code(),
            Self::Disabled(_) => "feature_disabled",
            Self::Input { .. } => "invalid_input",
            Self::TooLarge(_) => "body_too_large",
            Self::NoRoute => "not_found",
            Self::NoMethod => "method_not_allowed",
            Self::NotReady => "not_ready",
            Self::TimedOut => "timeout",
            Self::Defect => "internal_error",
        }
    }
}

/// The statuses of all surfaces.
pub(crate) fn status_of_kind(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Invalid => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::Exhausted => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Where the compatible surface differs from that.
const OVERRIDES: &[(&str, StatusCode)] = &[
    ("quota_exceeded", StatusCode::FORBIDDEN),
    ("body_too_large", StatusCode::PAYLOAD_TOO_LARGE),
    ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED),
    ("timeout", StatusCode::GATEWAY_TIMEOUT),
];

impl Error {
    /// The status on the compatible surface.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        let own = OVERRIDES.iter().find(|(code, _)| *code == self.code()).map(|(_, status)| *status);
        own.unwrap_or_else(|| status_of_kind(self.kind()))
    }
}

/// The body of every answer that is no success.
#[derive(Serialize, ToSchema, Debug)]
pub struct ErrorBody {
    /// What went wrong.
    error: String,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        match &self {
            error if status.is_server_error() => {
                tracing::error!(error = dploy_core::error::chain(error), error.code = self.code(), "request failed");
            }
            Self::Access(error) => {
                tracing::debug!(error = dploy_core::error::chain(error), error.code = self.code(), "caller refused");
            }
            _ => {}
        }
        let mut response = (status, Json(ErrorBody { error: self.to_string() })).into_response();
        // Where the envelope is spoken, this is written anew.
        response.extensions_mut().insert(Failure::new(self.code(), self.to_string()));
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use dploy_core::environments::{error::Error as Domain, marks::Mark};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Domain::NotFound("x".into()), 404)]
    #[case(Domain::Disabled("x".into()), 404)]
    #[case(Domain::NotAccepted("x".into()), 503)]
    #[case(Domain::Cordoned("x".into()), 503)]
    #[case(Domain::TemplatesFixed(Mark::Drained), 409)]
    #[case(Domain::NoOwner("x".into()), 403)]
    #[case(Domain::ForeignOwner { asked: "x".into(), own: "y".into() }, 403)]
    #[case(Domain::AdminRequired, 403)]
    #[case(Domain::Refused("x".into()), 400)]
    #[case(Domain::QuotaExceeded(5), 403)]
    #[case(Domain::PoolExhausted, 503)]
    #[case(Domain::Unlimited, 400)]
    #[case(Domain::ExtensionsExhausted(2), 409)]
    #[case(Domain::Conflict, 409)]
    #[case(Domain::Unavailable("gone".into()), 503)]
    #[case(Domain::Internal("gone".into()), 500)]
    fn every_kind_has_its_status(#[case] error: Domain, #[case] status: u16) {
        let error = Error::from(error);
        assert_eq!(error.status().as_u16(), status);
        assert_eq!(error.into_response().headers().contains_key("retry-after"), status == 503);
    }

    #[test]
    fn a_cause_is_never_told_to_clients() {
        for error in [Domain::Internal("secret".into()), Domain::Unavailable("secret".into())] {
            assert!(!Error::from(error).to_string().contains("secret"));
        }
    }
}
