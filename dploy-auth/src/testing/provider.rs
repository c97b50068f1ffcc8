use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Json, Router, extract::State, routing::get};
use dploy_core::time::Clock;
use serde_json::{Map, Value, json};
use tokio::{
    net::TcpListener,
    sync::{Mutex, oneshot},
    task::JoinHandle,
};

use super::{Error, SigningKey};
use crate::{SystemClock, token::Algorithm};

/// How long a token is valid unless its claims say otherwise, in seconds.
const LIFETIME_SECONDS: i64 = 3600;

/// An OpenID provider on loopback that publishes its key and signs any token it is asked for.
///
/// It serves `/jwks` and `/.well-known/openid-configuration` until it is dropped.
#[derive(Debug)]
pub struct Provider {
    shared: Arc<Shared>,
    address: SocketAddr,
    audience: String,
    algorithm: Algorithm,
    clock: Arc<dyn Clock>,
    server: Mutex<Option<Server>>,
}

/// Settings of a [`Provider`].
#[derive(Debug)]
pub struct ProviderBuilder {
    address: SocketAddr,
    audience: String,
    algorithm: Algorithm,
    clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct Shared {
    issuer: String,
    key: RwLock<SigningKey>,
    fetches: AtomicUsize,
}

#[derive(Debug)]
struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl ProviderBuilder {
    /// Listens on `address` instead of a free port of loopback.
    #[must_use]
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// The `aud` of its tokens instead of `dploy`.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        audience.clone_into(&mut self.audience);
        self
    }

    /// Signs with `algorithm` instead of ES256.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Dates tokens by `clock` instead of the machine's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Generates the first key and starts serving, on the current tokio runtime.
    ///
    /// # Errors
    /// The address is taken, or no key can be generated.
    pub async fn start(self) -> Result<Provider, Error> {
        let Self { address, audience, algorithm, clock } = self;
        let listener = TcpListener::bind(address).await.map_err(Error::Listen)?;
        let address = listener.local_addr().map_err(Error::Listen)?;
        let (issuer, key) = (format!("http://{address}"), RwLock::new(SigningKey::generate(algorithm)?));
        let shared = Arc::new(Shared { issuer, key, fetches: AtomicUsize::new(0) });
        let server = Mutex::new(Some(serve(listener, shared.clone())));
        Ok(Provider { shared, address, audience, algorithm, clock, server })
    }
}

impl Provider {
    /// A provider with audience `dploy` and an ES256 key, on a free port.
    ///
    /// # Errors
    /// As [`ProviderBuilder::start`].
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// The settings of [`Provider::start`], to be changed.
    #[must_use]
    pub fn builder() -> ProviderBuilder {
        ProviderBuilder {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            audience: "dploy".to_owned(),
            algorithm: Algorithm::Es256,
            clock: Arc::new(SystemClock),
        }
    }

    /// Its `iss`: also the address below which it serves.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// The `aud` of its tokens.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// Where its key set is.
    #[must_use]
    pub fn jwks_url(&self) -> String {
        format!("{}/jwks", self.issuer())
    }

    /// How often its key set was fetched.
    #[must_use]
    pub fn fetches(&self) -> usize {
        self.shared.fetches.load(Ordering::SeqCst)
    }

    /// A token with `claims`, a JSON object, and `iss`, `aud`, `iat` and `exp` (in an hour) where they are not given; a
    /// claim given as null is left out.
    ///
    /// # Errors
    /// `claims` is not an object.
    pub fn token(&self, claims: Value) -> Result<String, Error> {
        let Value::Object(given) = claims else { return Err(Error::Claims) };
        let now = self.clock.now().unix_seconds();
        let mut all = Map::from_iter([
            ("iss".to_owned(), json!(self.issuer())),
            ("aud".to_owned(), json!(self.audience)),
            ("iat".to_owned(), json!(now)),
            ("exp".to_owned(), json!(now + LIFETIME_SECONDS)),
        ]);
        all.extend(given);
        all.retain(|_, value| !value.is_null());
        self.key().sign(&Value::Object(all))
    }

    /// The key that it signs with at present.
    #[must_use]
    pub fn key(&self) -> SigningKey {
        self.shared.key()
    }

    /// Replaces its key; the old one is no longer published.
    ///
    /// # Errors
    /// No key can be generated.
    pub fn rotate(&self) -> Result<(), Error> {
        let key = SigningKey::generate(self.algorithm)?;
        *self.shared.key.write().unwrap_or_else(PoisonError::into_inner) = key;
        Ok(())
    }

    /// Stops serving: connections are refused. It still signs tokens.
    pub async fn down(&self) {
        let Some(Server { stop, task }) = self.server.lock().await.take() else { return };
        drop(stop);
        // A task that was stopped with its runtime serves no longer either.
        task.await.unwrap_or_default();
    }

    /// Serves again, under the same address.
    ///
    /// # Errors
    /// Another program has taken the port.
    pub async fn up(&self) -> Result<(), Error> {
        let mut server = self.server.lock().await;
        if server.is_none() {
            let listener = TcpListener::bind(self.address).await.map_err(Error::Listen)?;
            *server = Some(serve(listener, self.shared.clone()));
        }
        Ok(())
    }
}

impl Shared {
    fn key(&self) -> SigningKey {
        self.key.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(listener: TcpListener, shared: Arc<Shared>) -> Server {
    let router = Router::new()
        .route("/jwks", get(jwks))
        .route("/.well-known/openid-configuration", get(configuration))
        .with_state(shared);
    let (stop, stopped) = oneshot::channel::<()>();
    let until_dropped = async move { stopped.await.unwrap_or_default() };
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(until_dropped).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "test provider stopped");
        }
    });
    Server { stop, task }
}

async fn jwks(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.fetches.fetch_add(1, Ordering::SeqCst);
    Json(json!({ "keys": shared.key().jwk().into_iter().collect::<Vec<_>>() }))
}

async fn configuration(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({
        "issuer": shared.issuer,
        "jwks_uri": format!("{}/jwks", shared.issuer),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": Algorithm::ALL.map(Algorithm::name),
    }))
}
