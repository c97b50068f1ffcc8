use axum::response::{IntoResponse, Response};
use dploy_core::{
    error::{Classify, ErrorKind, chain},
    releases::error::Error as Domain,
};
use dploy_storage::object::folder::{GrantError, ReceiveError};
use http::{HeaderValue, StatusCode, header};

use crate::{
    envelope::{Detail, Failure},
    error::status_of_kind,
};

/// Seconds after which a client that was turned away for the moment may ask again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Why a request to the releases domain was not answered as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A use case refused or failed.
    #[error(transparent)]
    Domain(#[from] Domain),
    /// A bearer token was not accepted.
    #[error("{}", .0.public_message())]
    Token(#[from] dploy_auth::Error),
    /// A part of the request cannot be read.
    #[error("{field} must be {accepted}")]
    Input {
        /// The part.
        field: String,
        /// What it accepts.
        accepted: String,
    },
    /// The body is larger than the server reads; that limit in bytes.
    #[error("the body must be at most {0} bytes long")]
    TooLarge(usize),
    /// An upload URL is not good.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// An upload was not taken.
    #[error(transparent)]
    Upload(#[from] ReceiveError),
    /// There is no such route.
    #[error("there is no such route")]
    NoRoute,
    /// The route has no such method.
    #[error("the route has no such method")]
    NoMethod,
    /// A defect.
    #[error("internal error")]
    Defect,
}

impl Error {
    pub(super) fn input(field: impl Into<String>, accepted: impl Into<String>) -> Self {
        Self::Input { field: field.into(), accepted: accepted.into() }
    }

    /// The status on the wire.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        let own = OVERRIDES.iter().find(|(code, _)| *code == self.code()).map(|(_, status)| *status);
        own.unwrap_or_else(|| status_of_kind(self.kind()))
    }

    /// What is told to clients.
    fn message(&self) -> String {
        match self {
            // What is wrong with the archive is in the causes, which speak of nothing but the archive.
            Self::Domain(Domain::Archive(_)) => chain(self),
            _ => self.to_string(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let Self::Domain(Domain::Manifests(problems)) = self else { return Vec::new() };
        let detail = |problem: &dploy_core::releases::manifest::Problem| Detail {
            file: problem.file.clone(),
            line: problem.line,
            message: problem.message.clone(),
        };
        problems.listed.iter().map(detail).collect()
    }
}

impl Classify for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Domain(error) => error.kind(),
            Self::Token(error) => error.kind(),
            Self::Grant(error) => error.kind(),
            Self::Upload(error) => error.kind(),
            Self::Input { .. } | Self::TooLarge(_) | Self::NoMethod => ErrorKind::Invalid,
            Self::NoRoute => ErrorKind::NotFound,
            Self::Defect => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Domain(error) => error.code(),
            Self::Token(error) if error.kind() == ErrorKind::Unavailable => "service_unavailable",
            Self::Token(_) => "unauthorized",
            Self::Grant(_) => "forbidden",
            Self::Upload(ReceiveError::TooLarge(_)) | Self::TooLarge(_) => "too_large",
            Self::Upload(ReceiveError::Store(_)) => "service_unavailable",
            Self::Upload(_) | Self::Input { .. } => "invalid_request",
            Self::NoRoute => "not_found",
            Self::NoMethod => "method_not_allowed",
            Self::Defect => "internal_error",
        }
    }
}

/// Where the surface differs from the statuses of kinds.
const OVERRIDES: &[(&str, StatusCode)] = &[
    ("too_large", StatusCode::PAYLOAD_TOO_LARGE),
    ("invalid_archive", StatusCode::UNPROCESSABLE_ENTITY),
    ("upload_mismatch", StatusCode::UNPROCESSABLE_ENTITY),
    ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED),
];

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        match &self {
            error if status.is_server_error() => {
                tracing::error!(error = chain(error), error.code = self.code(), "request failed");
            }
            Self::Token(error) => {
                tracing::debug!(error = chain(error), error.code = self.code(), "caller refused");
            }
            _ => {}
        }
        let failure = Failure { details: self.details(), ..Failure::new(self.code(), self.message()) };
        let mut response = (status, failure).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use dploy_core::releases::{
        manifest::{Problem, Problems},
        ports::ArchiveError,
    };
    use rstest::rstest;

    use super::*;

    fn problems() -> Problems {
        let problem = Problem { file: "a.yaml".into(), line: Some(3), message: "kind is missing".into() };
        Problems { listed: vec![problem], more: 0 }
    }

    #[rstest]
    #[case(Domain::not_found("version", "1"), 404, "not_found")]
    #[case(Domain::Exists { what: "application", name: "web".into() }, 409, "conflict")]
    #[case(Domain::Conflict("x".into()), 409, "conflict")]
    #[case(Domain::invalid("name", "a DNS label"), 400, "invalid_request")]
    #[case(Domain::InvalidStatus("x".into()), 400, "invalid_status")]
    #[case(Domain::NothingUploaded("1".into()), 400, "invalid_request")]
    #[case(Domain::OtherUpload("x".into()), 422, "upload_mismatch")]
    #[case(Domain::Archive(ArchiveError::NotGzip), 422, "invalid_archive")]
    #[case(Domain::Archive(ArchiveError::TooLarge { what: "size".to_owned(), limit: 1 }), 413, "too_large")]
    #[case(Domain::Manifests(problems()), 400, "validation_failed")]
    #[case(Domain::Unauthenticated("x"), 401, "unauthorized")]
    #[case(Domain::Forbidden { action: "deploy", object: "x".into() }, 403, "forbidden")]
    #[case(Domain::QueueFull(1), 429, "queue_full")]
    #[case(Domain::Integrity("1".into()), 500, "integrity")]
    #[case(Domain::Internal("secret".into()), 500, "internal_error")]
    fn w18_every_refusal_has_its_status_and_code(#[case] error: Domain, #[case] status: u16, #[case] code: &str) {
        let error = Error::from(error);
        assert_eq!((error.status().as_u16(), error.code()), (status, code));
        assert!(!error.message().contains("secret"));
    }

    #[test]
    fn a_refused_archive_says_why_and_refused_manifests_say_where() {
        let error = Error::from(Domain::Archive(ArchiveError::NotGzip));
        assert_eq!(error.message(), "the archive is refused: the archive must be a gzip-compressed tar");
        let details = Error::from(Domain::Manifests(problems())).details();
        assert_eq!((details[0].file.as_str(), details[0].line), ("a.yaml", Some(3)));
    }
}
