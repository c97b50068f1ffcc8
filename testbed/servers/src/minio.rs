//! MinIO, built by `cargo xtask testbed build --long`.

use std::{net::Ipv4Addr, time::Duration};

use jiff::Timestamp;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use uuid::Uuid;

use crate::{
    Error,
    loopback::free_port,
    programs::{self, text},
    s3::Credentials,
    skip::Shared,
    supervisor::Supervisor,
};

/// How long a start may take.
const READY: Duration = Duration::from_secs(60);

/// How long one small request may take.
const REQUEST: Duration = Duration::from_secs(10);

/// How often a start is tried when ports get lost to other processes.
const ATTEMPTS: usize = 5;

static SHARED: Shared<Minio> = Shared::new();

/// A MinIO server on loopback, for the long tests: a second opinion on what S3 is.
#[derive(Debug)]
pub struct Minio {
    supervisor: &'static Supervisor,
    name: String,
    port: u16,
    credentials: Credentials,
}

impl Minio {
    /// The server that all tests of this process share; `None` when MinIO has not been
    /// built, the test has been reported as skipped, and should return.
    ///
    /// # Errors
    /// When the server does not start; with `CI=true` also when it is missing.
    pub async fn shared() -> Result<Option<&'static Self>, Error> {
        SHARED.get(Self::start).await
    }

    /// A server of the caller's own, on one folder.
    ///
    /// # Errors
    /// [`Error::Missing`] when MinIO has not been built; else why it did not start.
    pub async fn start() -> Result<Self, Error> {
        let program = text(&programs::built_long("minio")?);
        let supervisor = Supervisor::shared().await?;
        let (name, folder) = supervisor.folder("minio")?;
        let mut minio = Self { supervisor, name, port: 0, credentials: Credentials::generate() };
        for attempt in 1..=ATTEMPTS {
            minio.port = free_port()?;
            let address = format!("127.0.0.1:{}", minio.port);
            let (data, certificates) = (text(&folder.join("data")), text(&folder.join("certs")));
            let argv = [&program, "server", "--quiet", "--address", &address, "--certs-dir", &certificates, &data];
            let argv = argv.map(str::to_owned);
            supervisor.run(&minio.name, &argv, &minio.environment(&text(&folder))).await?;
            match minio.ready().await {
                Err(error) if error.is_port_taken() && attempt < ATTEMPTS => {}
                outcome => return outcome.map(|()| minio),
            }
        }
        Err(Error::Timeout { what: "the start of MinIO".to_owned(), after: READY })
    }

    /// The URL of the server: `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The region to sign for.
    #[must_use]
    pub fn region(&self) -> &'static str {
        self.credentials.region
    }

    /// The id of the one key that the server knows, its administrator's.
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
    /// When the server refuses or does not run.
    pub async fn bucket(&self) -> Result<String, Error> {
        let (name, start) = (format!("test-{}", Uuid::new_v4().simple()), Instant::now());
        loop {
            let signed = self.credentials.sign(&self.host(), "PUT", &format!("/{name}"), Timestamp::now());
            let answer = self.request("PUT", &format!("/{name}"), &signed).await?;
            if answer.starts_with("HTTP/1.1 200") {
                return Ok(name);
            }
            // It says that it is ready before it takes buckets.
            if !answer.contains("XMinioServerNotInitialized") || start.elapsed() > READY {
                return Err(Error::Setup { what: "a bucket", reason: answer });
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn environment<'a>(&'a self, home: &'a str) -> [(&'a str, &'a str); 6] {
        [
            ("HOME", home),
            ("MINIO_ROOT_USER", self.access_key()),
            ("MINIO_ROOT_PASSWORD", self.secret_key()),
            ("MINIO_BROWSER", "off"),
            ("MINIO_UPDATE", "off"),
            // It refuses a folder on the system's own disk otherwise.
            ("MINIO_CI_CD", "on"),
        ]
    }

    async fn ready(&self) -> Result<(), Error> {
        let start = Instant::now();
        loop {
            self.supervisor.check(&self.name)?;
            let health = self.request("GET", "/minio/health/ready", "").await;
            if health.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return self.supervisor.check(&self.name);
            }
            if start.elapsed() > READY {
                return Err(Error::Timeout { what: "the start of MinIO".to_owned(), after: READY });
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Sends a request without a body; `headers` are whole lines. Returns the answer as it came.
    async fn request(&self, method: &str, path: &str, headers: &str) -> Result<String, Error> {
        let exchange = async {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await?;
            let host = self.host();
            let request = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n");
            stream.write_all(request.as_bytes()).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        let what = || "a request to MinIO".to_owned();
        let answered = timeout(REQUEST, exchange).await;
        answered.map_err(|_| Error::Timeout { what: what(), after: REQUEST })?.map_err(Error::file(self.endpoint()))
    }
}

impl Drop for Minio {
    fn drop(&mut self) {
        // The supervisor ends it anyway, a little later.
        drop(self.supervisor.ask_to_kill(&self.name));
    }
}
