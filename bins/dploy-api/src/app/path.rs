use axum::extract::Request;
use http::{Uri, uri::PathAndQuery};

/// The segment before the name of a template, which is the only part of a path that keeps its case.
const BEFORE_NAME: &str = "run";

/// Where names keep their case and failures are told in the envelope.
const API: [&str; 2] = ["/api/v1", "/uploads"];
/// What of it belongs to the environments domain.
const ENVIRONMENTS: [&str; 3] = ["/api/v1/environments", "/api/v1/templates", "/api/v1/admin"];

/// Whether the path belongs to the interface that the original's clients of environments do not know.
pub(crate) fn is_api(path: &str) -> bool {
    is_below(path, &API)
}

/// Whether the path belongs to the releases domain.
pub(super) fn is_releases(path: &str) -> bool {
    is_api(path) && !is_below(path, &ENVIRONMENTS)
}

fn is_below(path: &str, roots: &[&str]) -> bool {
    let below = |rest: &str| rest.is_empty() || rest.starts_with('/');
    roots.iter().any(|root| path.strip_prefix(root).is_some_and(below))
}

/// The request with its path without a trailing slash and, outside of `/api/v1`, in lower case, as the original's router
/// of environments matched it.
pub(super) fn normalised(mut request: Request) -> Request {
    if let Some(uri) = normalised_uri(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

/// The normalised URI, unless it is normal already.
fn normalised_uri(uri: &Uri) -> Option<Uri> {
    let path = normalised_path(uri.path());
    if path == uri.path() {
        return None;
    }
    let path = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

fn normalised_path(path: &str) -> String {
    let trimmed = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
    if is_api(path) {
        return trimmed.to_owned();
    }
    let mut normal = String::with_capacity(trimmed.len());
    let mut before = "";
    for (at, segment) in trimmed.split('/').enumerate() {
        if at > 0 {
            normal.push('/');
        }
        let is_name = at == 3 && before.eq_ignore_ascii_case(BEFORE_NAME);
        normal.push_str(&if is_name { segment.to_owned() } else { segment.to_ascii_lowercase() });
        before = segment;
    }
    normal
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/", "/")]
    #[case("/Health/", "/health")]
    #[case("/API/Run/VSCode/Status/", "/api/run/VSCode/status")]
    #[case("/api/run/x", "/api/run/x")]
    #[case("/api/Environments/", "/api/environments")]
    #[case("//", "/")]
    #[case("/run/", "/run")]
    #[case("/api/v1/apps/web/versions/1.0.0-RC1/", "/api/v1/apps/web/versions/1.0.0-RC1")]
    #[case("/uploads/drafts/web/1.0.0-RC1.tar.gz", "/uploads/drafts/web/1.0.0-RC1.tar.gz")]
    #[case("/API/V1x/", "/api/v1x")]
    fn all_but_names_is_lowered_and_one_trailing_slash_goes(#[case] path: &str, #[case] normal: &str) {
        assert_eq!(normalised_path(path), normal);
    }

    #[test]
    fn the_query_stays_as_it_is() {
        let uri = "/API/me/?A=B/".parse::<Uri>().unwrap();
        assert_eq!(normalised_uri(&uri).unwrap(), "/api/me?A=B/");
    }
}
