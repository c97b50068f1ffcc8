//! The one form that failures have below `/api/v1`: `{"error": {"code", "message", …}}`.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::{Content, Ref, RefOr, Response as Described, ResponseBuilder},
};

/// The header that carries the id of a request.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// The body of every answer that is no success.
#[derive(Serialize, ToSchema, Clone, Debug)]
pub(crate) struct Envelope {
    /// What went wrong.
    error: Failure,
}

/// What went wrong. A response that carries it is written anew by [`wrapped`].
#[derive(Serialize, ToSchema, Clone, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    /// A stable lower-case word for it.
    pub(crate) code: &'static str,
    /// What went wrong and what is accepted, for people.
    pub(crate) message: String,
    /// The id of the request, as in the header `X-Request-Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// Every problem of the manifests, file by file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<Detail>,
}

/// One problem of a file.
#[derive(Serialize, ToSchema, Clone, Debug)]
pub(crate) struct Detail {
    /// The file.
    pub(crate) file: String,
    /// The line, from 1; absent where the file as a whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    /// What is wrong and what is accepted.
    pub(crate) message: String,
}

/// What an operation may answer instead of a success, in this form: status and description.
pub(crate) fn responses<'a>(
    statuses: impl IntoIterator<Item = &'a (&'static str, &'static str)>,
) -> BTreeMap<String, RefOr<Described>> {
    let response = |(status, description): &(&str, &str)| {
        let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Envelope"))));
        let response = ResponseBuilder::new().description(*description).content("application/json", content).build();
        ((*status).to_owned(), response.into())
    };
    statuses.into_iter().map(response).collect()
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), request_id: None, details: Vec::new() }
    }
}

/// Answers failures in the envelope, with the id of the request.
pub(crate) async fn wrapped(request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let mut response = next.run(request).await;
    let Some(failure) = response.extensions_mut().remove::<Failure>() else { return response };
    let (mut parts, _) = response.into_parts();
    forget_body(&mut parts.headers);
    let body = Json(Envelope { error: Failure { request_id: id, ..failure } }).into_response();
    let (described, body) = body.into_parts();
    parts.headers.extend(described.headers);
    Response::from_parts(parts, body)
}

fn forget_body(headers: &mut HeaderMap) {
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        headers.remove(name);
    }
}

/// A response that tells the failure.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = Json(Envelope { error: self.clone() }).into_response();
        response.extensions_mut().insert(self);
        response
    }
}
