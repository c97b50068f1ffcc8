//! What S3 checks and s3s leaves out.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Collected, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use s3s::{Body, service::S3Service};
use sha2::{Digest as _, Sha256};

use crate::faults::{self, Answer, Broken};

/// The longest life of a presigned URL, in seconds.
const WEEK: u64 = 604_800;

/// Checks a request and has s3s serve it.
pub(super) async fn serve(request: Request<Incoming>, service: Arc<S3Service>) -> Response<Answer> {
    if let Err(refusal) = query(request.uri(), request.headers()) {
        return refusal.answer();
    }
    let (parts, body) = request.into_parts();
    let (body, refusal) = if parts.method == Method::PUT && is_plain(&parts.headers) {
        read(&parts.headers, body).await
    } else {
        (Body::from(body), None)
    };
    let answer = match service.call(Request::from_parts(parts, body)).await {
        Ok(response) => response.map(faults::boxed),
        Err(_) => faults::answer(StatusCode::INTERNAL_SERVER_ERROR, ""),
    };
    match refusal {
        // A wrong signature is told before a wrong body.
        Some(refusal) if answer.status() != StatusCode::FORBIDDEN => refusal.answer(),
        _ => answer,
    }
}

/// The body that s3s shall read: one that breaks off, so that nothing is stored, if the real one is to be refused.
async fn read(headers: &HeaderMap, body: Incoming) -> (Body, Option<Refusal>) {
    let refusal = match body.collect().await.map(Collected::to_bytes) {
        Ok(body) => match digests(headers, &body) {
            Ok(()) => return (Body::from(body), None),
            Err(refusal) => refusal,
        },
        Err(_) => Refusal::INCOMPLETE,
    };
    let broken = futures::stream::once(async { Err::<Frame<Bytes>, Broken>(refusal.code.into()) });
    (Body::http_body_unsync(StreamBody::new(broken)), Some(refusal))
}

/// An error in S3's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refusal {
    status: u16,
    code: &'static str,
    message: &'static str,
}

impl Refusal {
    const INCOMPLETE: Self =
        Self { status: 400, code: "IncompleteBody", message: "The request body terminated unexpectedly" };
    const CHECKSUM: Self =
        Self { status: 400, code: "BadDigest", message: "The SHA256 you specified did not match what we received." };
    const CONTENT: Self = Self {
        status: 400,
        code: "XAmzContentSHA256Mismatch",
        message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
    };
    const EXPIRES: Self = Self {
        status: 400,
        code: "AuthorizationQueryParametersError",
        message: "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
    };
    const UNSIGNED: Self = Self {
        status: 403,
        code: "AccessDenied",
        message: "There were headers present in the request which were not signed",
    };

    fn answer(self) -> Response<Answer> {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>",
            self.code, self.message
        );
        let mut response = Response::new(faults::boxed(Full::new(Bytes::from(text))));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/xml"));
        response
    }
}

/// Checks what a presigned URL says about itself.
fn query(uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(signed) = parameter(uri, "X-Amz-SignedHeaders") else { return Ok(()) };
    let expires = parameter(uri, "X-Amz-Expires").and_then(|seconds| seconds.parse::<u64>().ok());
    if expires.is_some_and(|seconds| seconds > WEEK) {
        return Err(Refusal::EXPIRES);
    }
    // A semicolon parts the names; most clients escape it.
    let signed: Vec<String> =
        signed.replace("%3B", ";").replace("%3b", ";").split(';').map(str::to_ascii_lowercase).collect();
    let mut amazon = headers.keys().map(header::HeaderName::as_str).filter(|name| name.starts_with("x-amz-"));
    // The hash of the body may come unsigned: it is compared with the body itself.
    let stray = amazon.any(|name| name != "x-amz-content-sha256" && !signed.iter().any(|known| known == name));
    if stray { Err(Refusal::UNSIGNED) } else { Ok(()) }
}

fn parameter<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Whether the body is the object itself, not the chunks of a streaming signature.
fn is_plain(headers: &HeaderMap) -> bool {
    let streaming = text(headers, "x-amz-content-sha256").is_some_and(|hash| hash.starts_with("STREAMING-"));
    !streaming && !headers.contains_key("x-amz-copy-source")
}

fn digests(headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
    let digest = Sha256::digest(body);
    if text(headers, "x-amz-checksum-sha256").is_some_and(|claimed| claimed != STANDARD.encode(digest)) {
        return Err(Refusal::CHECKSUM);
    }
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    match text(headers, "x-amz-content-sha256") {
        Some(claimed) if claimed != "UNSIGNED-PAYLOAD" && claimed != hex => Err(Refusal::CONTENT),
        _ => Ok(()),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_digest_that_is_not_the_bodys_is_refused() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digests(&headers(&[("x-amz-content-sha256", empty)]), b""), Ok(()));
        assert_eq!(digests(&headers(&[("x-amz-content-sha256", empty)]), b"x"), Err(Refusal::CONTENT));
        assert_eq!(digests(&headers(&[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")]), b"x"), Ok(()));
        let claim = headers(&[("x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]);
        assert_eq!((digests(&claim, b""), digests(&claim, b"x")), (Ok(()), Err(Refusal::CHECKSUM)));
    }

    #[test]
    fn a_presigned_url_covers_every_amazon_header_and_lives_a_week() {
        let uri: Uri = "http://s/b/k?X-Amz-Expires=300&X-Amz-SignedHeaders=host%3Bx-amz-meta-a".parse().unwrap();
        assert_eq!(query(&uri, &headers(&[("x-amz-meta-a", "1")])), Ok(()));
        assert_eq!(query(&uri, &headers(&[("x-amz-meta-b", "1")])), Err(Refusal::UNSIGNED));
        let uri: Uri = "http://s/b/k?X-Amz-Expires=604801&X-Amz-SignedHeaders=host".parse().unwrap();
        assert_eq!(query(&uri, &HeaderMap::new()), Err(Refusal::EXPIRES));
    }
}
