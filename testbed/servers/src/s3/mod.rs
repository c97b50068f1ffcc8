//! An S3 server on a local folder that checks signatures, expiry and digests.

mod credentials;
mod integrity;

pub(crate) use credentials::Credentials;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use crate::{Error, Faults, loopback::Loopback};

/// An S3 server of the test's own, path style, over plain HTTP on loopback.
///
/// It lives until it is dropped, in a thread of this process, and needs nothing
/// installed. Signatures (version 4, headers and presigned URLs), the clock and
/// the expiry are checked by s3s as S3 does it, and so is every header that was
/// signed, `content-length` among them. On top of s3s this server checks, as S3
/// does, before an object is replaced:
///
/// - `x-amz-checksum-sha256` and `x-amz-content-sha256` are those of the body
///   (s3s-fs tells a mismatch too, but by then it has replaced the object);
/// - a presigned URL lives a week at most, and every `x-amz-` header that comes
///   with it is signed (s3s takes any).
///
/// Unlike S3 and MinIO, an `x-amz-content-sha256` that comes with a presigned URL is compared with the body but
/// is no part of the signature's payload hash, which is always `UNSIGNED-PAYLOAD`; a key that is a folder of another (`a` beside `a/b`) is refused,
/// and there are no versions, policies and lifecycle rules.
#[derive(Debug)]
pub struct S3 {
    server: Loopback,
    folder: TempDir,
    credentials: Credentials,
    faults: Faults,
}

impl S3 {
    /// Starts a server with no buckets and keys of its own.
    ///
    /// # Errors
    /// When no port or no folder can be had.
    pub fn start() -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("dploy-s3-").tempdir().map_err(Error::file("a folder"))?;
        let credentials = Credentials::generate();
        let service = Arc::new(service(folder.path(), &credentials)?);
        let faults = Faults::default();
        let switches = faults.clone();
        let server = Loopback::start("s3", move |listener| accept(listener, service, switches))?;
        Ok(Self { server, folder, credentials, faults })
    }

    /// The URL of the server: `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The region to sign for; the server takes any.
    #[must_use]
    pub fn region(&self) -> &'static str {
        self.credentials.region
    }

    /// The id of the one key that the server knows.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.credentials.access_key
    }

    /// The secret of that key.
    #[must_use]
    pub fn secret_key(&self) -> &str {
        &self.credentials.secret_key
    }

    /// Creates a bucket and returns its name.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn bucket(&self) -> Result<String, Error> {
        let name = format!("test-{}", Uuid::new_v4().simple());
        let path = self.folder.path().join(&name);
        std::fs::create_dir(&path).map_err(Error::file(&path))?;
        Ok(name)
    }

    /// The file that holds an object, whether it is there or not, for tests that damage it behind the server's back.
    #[must_use]
    pub fn object_file(&self, bucket: &str, key: &str) -> PathBuf {
        self.folder.path().join(bucket).join(key)
    }

    /// The switches that make this server misbehave.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }
}

fn service(folder: &Path, credentials: &Credentials) -> Result<S3Service, Error> {
    let store = FileSystem::new(folder)
        .map_err(|error| Error::Setup { what: "the folder of the S3 server", reason: format!("{error:?}") })?;
    let mut builder = S3ServiceBuilder::new(store);
    builder.set_auth(SimpleAuth::from_single(&*credentials.access_key, &*credentials.secret_key));
    Ok(builder.build())
}

async fn accept(listener: TcpListener, service: Arc<S3Service>, faults: Faults) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        if !faults.refuses() {
            tokio::spawn(serve(stream, Arc::clone(&service), faults.clone()));
        }
    }
}

async fn serve(stream: TcpStream, service: Arc<S3Service>, faults: Faults) {
    let handler = service_fn(move |request: Request<Incoming>| {
        let (service, faults) = (Arc::clone(&service), faults.clone());
        async move { faults.apply(request, |request| integrity::serve(request, service)).await }
    });
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), handler);
    // A client that goes away, or a fault on purpose.
    drop(connection.await);
}
