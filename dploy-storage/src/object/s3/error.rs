//! What the store's answers are to the ports.

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use dploy_core::artifact::ArtifactError;

/// Sorts an error by S3's code, and by the status where there is none, as for answers to HEAD.
pub(super) fn sorted<E>(error: SdkError<E, HttpResponse>) -> ArtifactError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    match (error.code(), status) {
        (Some("NoSuchKey"), _) | (None | Some("NotFound"), Some(404)) => ArtifactError::NotFound,
        // The object is in a storage class that has to be restored first, such as Deep Archive.
        (Some("InvalidObjectState"), _) => ArtifactError::Archived,
        (_, Some(401 | 403)) => ArtifactError::Denied(error.into()),
        _ => ArtifactError::Unavailable(error.into()),
    }
}

/// Sorts an error about the bucket itself, whose absence is none of an artifact.
pub(super) fn of_bucket<E>(error: SdkError<E, HttpResponse>) -> ArtifactError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match sorted(error) {
        ArtifactError::NotFound => ArtifactError::Unavailable("the bucket does not exist".into()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::{error::ErrorMetadata, operation::get_object::GetObjectError, primitives::SdkBody};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("NoSuchKey", 404, "NotFound")]
    #[case("NoSuchBucket", 404, "Unavailable")]
    #[case("", 404, "NotFound")]
    #[case("InvalidObjectState", 403, "Archived")]
    #[case("AccessDenied", 403, "Denied")]
    #[case("SignatureDoesNotMatch", 403, "Denied")]
    #[case("InvalidAccessKeyId", 403, "Denied")]
    #[case("SlowDown", 503, "Unavailable")]
    #[case("InternalError", 500, "Unavailable")]
    fn w24_errors_are_sorted_by_s3s_codes(#[case] code: &str, #[case] status: u16, #[case] expected: &str) {
        let metadata = ErrorMetadata::builder();
        let metadata = if code.is_empty() { metadata } else { metadata.code(code) };
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        let error = sorted(SdkError::service_error(GetObjectError::generic(metadata.build()), response));
        assert!(format!("{error:?}").starts_with(expected), "{error:?}");
    }
}
