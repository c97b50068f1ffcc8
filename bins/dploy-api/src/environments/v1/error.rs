use axum::response::{IntoResponse, Response};
use dploy_core::{environments::error::Error as Domain, error::Classify};
use http::{HeaderValue, header};

use crate::error::{Error, status_of_kind};

/// Seconds after which an owner whose quota is used up may ask again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("60");

/// Why a request was not answered as asked: as on the compatible surface, but that a used-up quota is a 429.
#[derive(Debug)]
pub(crate) struct Refused(Error);

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let quota = matches!(&self.0, Error::Environments(Domain::QuotaExceeded(_)));
        let kind = self.0.kind();
        let mut response = self.0.into_response();
        if quota {
            *response.status_mut() = status_of_kind(kind);
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}
