//! `dploy dev`: the whole release service in one process and one folder.

mod cluster;
mod folder;
mod lock;
mod tour;

use std::{path::PathBuf, time::Duration};

use clap::Args;
use dploy_api::{Config, Server, ServerError, shutdown};
use tracing_subscriber::EnvFilter;

use self::{folder::Folder, lock::Lock};
use crate::{
    client::Client,
    config::{Access, parse_server},
    error::{Area, Error},
    output::Output,
    releases::{VersionFilter, record::NewApplication},
    token::Credential,
};

/// The application that is there from the beginning.
const SAMPLE: &str = "hello";

/// Run the release service here: SQLite, a folder for artifacts, and a gitops repository, all in one folder.
///
/// The first start makes the folder, a key and a sample application; every further one goes on with what is there.
/// Ctrl-C ends it and loses nothing.
#[derive(Args, Debug)]
pub(crate) struct Dev {
    /// Folder that everything is kept in
    #[arg(long, value_name = "FOLDER", default_value = ".dploy")]
    folder: PathBuf,
    /// Port to listen on, on this machine only; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,
    /// Also run environments, operator included, on the cluster of this file; the identity provider is told by JWKS_URL
    /// and JWT_ISSUER, as for dploy-api
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
}

impl Dev {
    pub(crate) async fn run(self, output: Output, timeout: Duration) -> Result<(), Error> {
        let _lock = Lock::take(&self.folder)?;
        let folder = Folder::open(&self.folder)?;
        let config = Config::read(|name| self.variable(&folder, name)).map_err(failed)?;
        let filter = EnvFilter::new(config.log.as_deref().unwrap_or("warn"));
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
        let cluster = match &self.kubeconfig {
            Some(file) => Some(cluster::connect(file, output).await?),
            None => None,
        };
        let server = Server::bind(config, cluster.clone()).await.map_err(unstarted)?;
        let url = format!("http://{}", server.address());
        let stop = shutdown();
        let operator = cluster.map(|cluster| tokio::spawn(cluster::operate(cluster, stop.clone())));
        let serving = tokio::spawn(server.serve(stop.clone()));
        let told = tell(&folder, &url, output, timeout).await;
        if told.is_err() {
            stop.cancel();
        }
        let served = serving.await.map_err(failed);
        if let Some(operator) = operator {
            operator.await.map_err(failed)??;
        }
        told.and(served)
    }

    /// The server's configuration: the folder decides on everything of releases, the environment on the rest.
    fn variable(&self, folder: &Folder, name: &str) -> Option<String> {
        let domains = if self.kubeconfig.is_some() { "environments,releases" } else { "releases" };
        match name {
            "DPLOY_DOMAINS" => Some(domains.to_owned()),
            "SERVER_HOST" => Some("127.0.0.1".to_owned()),
            "SERVER_PORT" => Some(self.port.to_string()),
            "PORT" | "DATABASE_URL" => None,
            _ => folder.variable(name).or_else(|| dploy_api::config::environment(name).filter(|_| !is_release(name))),
        }
    }
}

/// Whether a variable of the release service might lead out of the folder.
fn is_release(name: &str) -> bool {
    ["API_KEYS", "GITOPS_", "S3_", "AWS_", "DB_", "ARTIFACT_", "PUBLIC_URL", "TARGETS"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// Registers the sample application and tells what to do with it.
async fn tell(folder: &Folder, url: &str, output: Output, timeout: Duration) -> Result<(), Error> {
    let credential = Some(Credential::Key(folder.key().clone()));
    let client = Client::new(Access { server: parse_server(url)?, credential }, timeout, Area::Releases)?;
    if client.application(SAMPLE).await.is_err() {
        let new = NewApplication { name: SAMPLE.to_owned(), allowed_kinds: Vec::new(), allowed_namespaces: Vec::new() };
        client.register(&new).await?;
    }
    let versions = client.versions(SAMPLE, &VersionFilter::default()).await?;
    let version = tour::next(&versions.iter().map(|version| version.version_id.as_str()).collect());
    output.note(&tour::text(folder, url, &tour::program(), &version))
}

fn unstarted(error: ServerError) -> Error {
    match error {
        ServerError::Listen { address, source } => Error::Listen { address, source },
        error => failed(error),
    }
}

fn failed(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Service(Box::new(source))
}
