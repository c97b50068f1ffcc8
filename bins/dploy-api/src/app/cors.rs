use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::config::{Cors, Origins};

use super::path::{is_api, is_releases};

const METHODS: HeaderValue = HeaderValue::from_static("GET,POST,DELETE,OPTIONS");
const HEADERS: HeaderValue = HeaderValue::from_static("Origin, Content-Type, Accept, Authorization, X-Dploy-Owner");
const API_METHODS: HeaderValue = HeaderValue::from_static("GET,POST,PUT,PATCH,DELETE,OPTIONS");
const API_HEADERS: HeaderValue =
    HeaderValue::from_static("Content-Type, Accept, Authorization, Idempotency-Key, X-API-Key, X-Request-Id");
const EXPOSED: HeaderValue = HeaderValue::from_static("Location, Retry-After, X-Request-Id");

/// Lets web pages of listed origins call the server (Fetch standard, §3.3); credentials are never allowed.
///
/// It answers preflights itself with 204, as the original does, and leaves requests without an origin alone.
pub(super) async fn cors(State(cors): State<Cors>, request: Request, next: Next) -> Response {
    let (api, releases) = (is_api(request.uri().path()), is_releases(request.uri().path()));
    let origins = if releases { &cors.releases } else { &cors.environments };
    let Some(allowed) = request.headers().get(header::ORIGIN).and_then(|origin| allowed(origins, origin)) else {
        return next.run(request).await;
    };
    let preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    if preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, if api { API_METHODS } else { METHODS });
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, if api { API_HEADERS } else { HEADERS });
    } else {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    admit(headers, allowed);
    response
}

fn admit(headers: &mut HeaderMap, allowed: HeaderValue) {
    if allowed != "*" {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
}

fn allowed(origins: &Origins, origin: &HeaderValue) -> Option<HeaderValue> {
    match origins {
        Origins::Any => Some(HeaderValue::from_static("*")),
        Origins::Listed(listed) => {
            let known = |text: &str| listed.iter().any(|known| known.eq_ignore_ascii_case(text));
            origin.to_str().is_ok_and(known).then(|| origin.clone())
        }
    }
}
