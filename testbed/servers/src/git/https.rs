use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use super::{GitRepository, cgi, tls};
use crate::{
    Error, Faults,
    faults::{self, Answer},
    loopback::Loopback,
    programs,
};

/// The one user of the server.
const USER: &str = "deploy";

/// Git over https on loopback, smart protocol, with basic authentication by user and token.
///
/// Its certificate is signed by an authority of its own, see [`ca_file`](Self::ca_file).
#[derive(Debug)]
pub struct GitHttps {
    server: Loopback,
    folder: TempDir,
    site: Arc<Site>,
}

/// What every connection needs.
#[derive(Debug)]
struct Site {
    backend: PathBuf,
    token: String,
    faults: Faults,
    /// The folders of the repositories by the first part of their path.
    repositories: Mutex<BTreeMap<String, PathBuf>>,
}

impl GitHttps {
    /// Starts a server that serves nothing yet, with an authority and a token of its own.
    ///
    /// # Errors
    /// [`Error::Missing`] when git is not installed; else why the server did not start.
    pub fn start() -> Result<Self, Error> {
        programs::installed(["git"])?;
        let (acceptor, authority) = tls::acceptor()?;
        let folder = tempfile::Builder::new().prefix("dploy-https-").tempdir().map_err(Error::file("a folder"))?;
        let file = folder.path().join("ca.crt");
        fs::write(&file, authority).map_err(Error::file(&file))?;
        let site = Arc::new(Site {
            backend: cgi::backend()?,
            token: Uuid::new_v4().simple().to_string(),
            faults: Faults::default(),
            repositories: Mutex::default(),
        });
        let shared = Arc::clone(&site);
        let server = Loopback::start("git-https", move |listener| accept(listener, acceptor, shared))?;
        Ok(Self { server, folder, site })
    }

    /// Serves a repository, as long as both live, and returns its URL, without user and token.
    #[must_use]
    pub fn url(&self, repository: &GitRepository) -> String {
        let path = repository.path();
        let (parent, name) = (path.parent().unwrap_or(&path), path.file_name().unwrap_or_default());
        let group = parent.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let url = format!("https://{}/{group}/{}", self.server.address(), name.to_string_lossy());
        let mut repositories = self.site.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        repositories.insert(group, parent.to_owned());
        url
    }

    /// The URL of [`url`](Self::url) with user and token in it.
    #[must_use]
    pub fn url_with_token(&self, repository: &GitRepository) -> String {
        self.url(repository).replacen("https://", &format!("https://{USER}:{}@", self.site.token), 1)
    }

    /// The user of basic authentication.
    #[must_use]
    pub fn user(&self) -> &'static str {
        USER
    }

    /// The password of basic authentication.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.site.token
    }

    /// The certificate of the authority as PEM, for git's `http.sslCAInfo`.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// How many requests have come so far, refused ones too; a push takes three or more.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.site.faults.requests()
    }

    /// The switches that make this server misbehave.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.site.faults
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, site: Arc<Site>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        if !site.faults.refuses() {
            tokio::spawn(serve(stream, acceptor.clone(), Arc::clone(&site)));
        }
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, site: Arc<Site>) {
    // A client that does not trust the certificate.
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let handler = service_fn(move |request: Request<Incoming>| {
        let site = Arc::clone(&site);
        async move { site.faults.apply(request, |request| site.answer(request)).await }
    });
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), handler);
    // A client that goes away, or a fault on purpose.
    drop(connection.await);
}

impl Site {
    async fn answer(&self, request: Request<Incoming>) -> Response<Answer> {
        if !self.knows(request.headers().get(header::AUTHORIZATION)) {
            let mut response = faults::answer(StatusCode::UNAUTHORIZED, "user and token, please\n");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"git\""));
            return response;
        }
        let path = request.uri().path().to_owned();
        let group = path.split('/').nth(1).unwrap_or_default();
        match self.folder(group) {
            Some(folder) => {
                let inner = path.get(group.len() + 1..).unwrap_or_default();
                cgi::serve(&self.backend, Path::new(&folder), inner, request).await
            }
            None => faults::answer(StatusCode::NOT_FOUND, "no such repository\n"),
        }
    }

    fn folder(&self, group: &str) -> Option<PathBuf> {
        self.repositories.lock().unwrap_or_else(PoisonError::into_inner).get(group).cloned()
    }

    fn knows(&self, authorization: Option<&HeaderValue>) -> bool {
        let expected = format!("Basic {}", STANDARD.encode(format!("{USER}:{}", self.token)));
        authorization.is_some_and(|value| value.as_bytes() == expected.as_bytes())
    }
}
