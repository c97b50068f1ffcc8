//! The server's HTTP surface: one method per route.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use dploy_core::identity::OwnerKey;
use reqwest::{
    Method, RequestBuilder, Response, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue, LOCATION, RETRY_AFTER},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use crate::{
    config::{Access, display},
    env::record::{Environment, Extended, Listed, Running},
    error::{Area, Error},
    login::Me,
    template::record::Available,
    token::{Credential, Token},
};

/// The header that selects the owner, also where a template has a parameter named `owner`.
const OWNER_HEADER: &str = "X-Dploy-Owner";

/// The header that carries an API key.
const API_KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// How long connecting may take; a request as a whole has the limit that the user sets.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A dploy server and the token for it.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    access: Access,
    timeout: Duration,
    area: Area,
}

/// Which environment is meant: that of a template, of the caller or of one of the caller's groups.
#[derive(Clone, Debug)]
pub(crate) struct EnvironmentRef {
    /// The name of its template.
    pub(crate) name: String,
    /// The owner, where it is not left to the server.
    pub(crate) owner: Option<String>,
}

/// The route of environments by their id.
const ENVIRONMENTS: &[&str] = &["api", "v1", "environments"];

/// What is needed of an environment that has an id.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    id: String,
    template: String,
    owner: String,
    #[serde(default)]
    shared: bool,
    idle_expires_at: Option<String>,
}

/// Both shapes of an error body: `{"error": "text"}` and `{"error": {"message": "text"}}`.
#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorText,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ErrorText {
    Plain(String),
    Detailed { code: Option<String>, message: String },
}

/// An HTTP client for the server of that URL; each request may take `timeout`. It follows no redirects.
///
/// # Errors
/// The TLS set-up of this machine is not usable.
pub(crate) fn http(server: &Url, timeout: Duration) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("dploy/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none());
    // No proxy of the environment can reach this machine's own loopback.
    let builder = if is_loopback(server) { builder.no_proxy() } else { builder };
    builder.build().map_err(Error::Setup)
}

fn is_loopback(server: &Url) -> bool {
    let host = server.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Client {
    /// A client for that server; each request may take `timeout`, and hints speak of `area`.
    ///
    /// Redirects are not followed: a token is sent to the server that the user named and to no other.
    ///
    /// # Errors
    /// The TLS set-up of this machine is not usable.
    pub(crate) fn new(access: Access, timeout: Duration, area: Area) -> Result<Self, Error> {
        let http = http(&access.server, timeout)?;
        Ok(Self { http, access, timeout, area })
    }

    /// Whether a key or token for the server is known.
    pub(crate) fn knows_caller(&self) -> bool {
        self.access.credential.is_some()
    }

    /// How long one request may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Who the server takes the token's bearer for.
    pub(crate) async fn me(&self) -> Result<Me, Error> {
        self.json(self.authorised(Method::GET, &["api", "me"])?).await
    }

    /// What can be asked for; needs no token.
    pub(crate) async fn templates(&self) -> Result<Vec<Available>, Error> {
        self.json(self.request(Method::GET, &["api", "environments", "available"])?).await
    }

    /// The caller's environments and those of the caller's groups.
    pub(crate) async fn environments(&self) -> Result<Vec<Listed>, Error> {
        #[derive(Deserialize)]
        struct Page {
            environments: Vec<Listed>,
        }
        let page: Page = self.json(self.authorised(Method::GET, &["api", "environments"])?).await?;
        Ok(page.environments)
    }

    /// Asks for the environment; answers the one that is there already, if any.
    pub(crate) async fn run(
        &self,
        environment: &EnvironmentRef,
        params: &BTreeMap<String, String>,
        wait_for_pool: Option<bool>,
    ) -> Result<Environment, Error> {
        if wait_for_pool.is_some() {
            let body = json!({
                "template": environment.name, "owner": environment.owner, "params": params, "waitForPool": wait_for_pool,
            });
            self.send(self.authorised(Method::POST, ENVIRONMENTS)?.json(&body)).await?;
            return self.status(environment).await;
        }
        let request = self.of(environment, Method::POST, None)?.json(&json!({ "params": params }));
        Ok(self.json::<Running>(request).await?.named(&environment.name))
    }

    /// How the environment stands.
    pub(crate) async fn status(&self, environment: &EnvironmentRef) -> Result<Environment, Error> {
        let request = self.of(environment, Method::GET, Some("status"))?;
        Ok(self.json::<Running>(request).await?.named(&environment.name))
    }

    /// Moves the environment's expiry one extension on.
    pub(crate) async fn extend(&self, environment: &EnvironmentRef) -> Result<Extended, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Moved {
            expires_at: String,
        }
        let moved: Moved = self.json(self.of(environment, Method::POST, Some("extend"))?).await?;
        Ok(Extended { name: environment.name.clone(), expires_at: moved.expires_at })
    }

    /// Says that the environment is being used; answers when it ends unless it is used until then, if ever.
    pub(crate) async fn note_activity(&self, environment: &EnvironmentRef) -> Result<Option<String>, Error> {
        let id = self.find(environment).await?.id;
        let path = |last: &[&'static str]| [ENVIRONMENTS, &[id.as_str()], last].concat();
        self.send(self.authorised(Method::POST, &path(&["activity"]))?).await?;
        Ok(self.json::<Known>(self.authorised(Method::GET, &path(&[]))?).await?.idle_expires_at)
    }

    /// The environment with its id: the owner's, else the caller's own before that of a group.
    async fn find(&self, environment: &EnvironmentRef) -> Result<Known, Error> {
        #[derive(Deserialize)]
        struct Page {
            environments: Vec<Known>,
        }
        let page: Page = self.json(self.authorised(Method::GET, ENVIRONMENTS)?).await?;
        let key = environment.owner.as_deref().and_then(OwnerKey::derive);
        let wanted = |known: &Known| {
            let owned = environment.owner.is_none() || key.as_ref().is_some_and(|key| key.as_str() == known.owner);
            known.template == environment.name && owned
        };
        let found = page.environments.into_iter().filter(wanted).min_by_key(|known| known.shared);
        found.ok_or_else(|| Error::Gone(environment.name.clone()))
    }

    /// Releases the environment.
    pub(crate) async fn delete(&self, environment: &EnvironmentRef) -> Result<(), Error> {
        self.send(self.of(environment, Method::DELETE, None)?).await.map(drop)
    }

    /// A request about one environment.
    fn of(&self, environment: &EnvironmentRef, method: Method, verb: Option<&str>) -> Result<RequestBuilder, Error> {
        let mut path = vec!["api", "run", environment.name.as_str()];
        path.extend(verb);
        let request = self.authorised(method, &path)?;
        let Some(owner) = &environment.owner else { return Ok(request) };
        let request = request.query(&[("owner", owner)]);
        // A header carries visible ASCII (RFC 9110 §5.5); an owner of other text is told by the query alone.
        Ok(match HeaderValue::from_str(owner) {
            Ok(header) if owner.is_ascii() => request.header(OWNER_HEADER, header),
            _ => request,
        })
    }

    /// A request that the server answers to known callers only.
    pub(crate) fn authorised(&self, method: Method, path: &[&str]) -> Result<RequestBuilder, Error> {
        if self.access.credential.is_none() {
            return Err(Error::NoToken { server: display(&self.access.server), area: self.area });
        }
        self.request(method, path)
    }

    fn request(&self, method: Method, path: &[&str]) -> Result<RequestBuilder, Error> {
        let mut url: Url = self.access.server.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let request = self.http.request(method, url).header(ACCEPT, "application/json");
        let (header, text) = match &self.access.credential {
            None => return Ok(request),
            Some(Credential::Bearer(token)) => (AUTHORIZATION, format!("Bearer {}", token.secret())),
            Some(Credential::Key(key)) => (API_KEY_HEADER, key.secret().to_owned()),
        };
        let mut value = HeaderValue::try_from(text)
            .map_err(|_| Error::usage("the token holds characters that a token cannot have"))?;
        value.set_sensitive(true);
        Ok(request.header(header, value))
    }

    /// The answer to a request, read as JSON.
    ///
    /// # Errors
    /// The server does not answer, refuses, or answers something else.
    pub(crate) async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Error> {
        let response = self.send(request).await?;
        let url = display(response.url());
        let body = response.bytes().await.map_err(|cause| self.failed(cause))?;
        serde_json::from_slice(&body).map_err(|source| Error::Unexpected { url, source: source.into() })
    }

    /// The answer to a request.
    ///
    /// # Errors
    /// The server does not answer, or refuses.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        let response = request.send().await.map_err(|cause| self.failed(cause))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.refusal(response).await)
    }

    /// What an answer that is no success means, worded without the token even where the server repeats it.
    async fn refusal(&self, response: Response) -> Error {
        let (status, url) = (response.status(), display(response.url()));
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        if status.is_redirection() {
            let target = header(LOCATION).unwrap_or_default();
            return Error::Unexpected { url, source: format!("it redirects to {target}").into() };
        }
        let retry_after = header(RETRY_AFTER).and_then(|text| text.parse().ok());
        let body = response.bytes().await.unwrap_or_default();
        let (code, message) = match serde_json::from_slice::<ErrorBody>(&body) {
            Ok(ErrorBody { error: ErrorText::Plain(text) }) => (None, text),
            Ok(ErrorBody { error: ErrorText::Detailed { code, message } }) => (code, message),
            Err(_) => (None, format!("{url} answered {status}")),
        };
        let secret = self.access.credential.as_ref().map(Credential::token);
        let message = secret.map_or(message.clone(), |token: &Token| token.redact(&message));
        Error::refused(self.area, status, code, &message, retry_after)
    }

    fn failed(&self, cause: reqwest::Error) -> Error {
        let server = display(&self.access.server);
        if cause.is_timeout() {
            return Error::NoAnswer { server, seconds: self.timeout.as_secs() };
        }
        Error::Unreachable { server, source: cause.without_url() }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("http://127.0.0.1:8080", true)]
    #[case("http://localhost", true)]
    #[case("http://[::1]:8080", true)]
    #[case("https://localhost.example.org", false)]
    #[case("http://192.0.2.1", false)]
    fn loopback_is_told_from_other_servers(#[case] url: &str, #[case] expected: bool) {
        assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected);
    }
}
