//! The domain on real parts: a database, an artifact store, a gitops repository, and what works in the background.

use std::{path::Path, sync::Arc};

use dploy_auth::Authenticator;
use dploy_core::{
    artifact::{ArtifactStore, UploadSigner},
    random::Random,
    releases::{
        ports::{ArchiveReader, GitOpsRepositories, Records},
        queue::{Deployer, Options as QueueOptions, Parts as QueueParts},
        service::{Options, Parts, Releases},
    },
    time::Clock,
};
use dploy_storage::{
    archive::{Limits as ArchiveLimits, TarGzReader},
    git::{self, GitRepositories, GitSettings},
    object::{
        folder::{FolderArtifacts, FolderError},
        s3::{InvalidSettings, S3Artifacts, S3Credentials, S3Settings},
    },
    sql::{DatabaseUrl, InvalidDatabaseUrl, OpenError, SqlRecords},
};
use prometheus_client::registry::Registry;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::config::{ArtifactsConfig, Database, GitOpsConfig, GitToken, Limits, ReleasesConfig, S3Config};

use super::{
    Access, Health, Signals, State, TokenAccess, Uploads,
    background::{Background, Gauges},
    holder::Holder,
};

/// Why the domain could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// `DATABASE_URL` or `DB_PATH` is none.
    #[error("the database cannot be named")]
    DatabaseUrl(#[from] InvalidDatabaseUrl),
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Database(#[from] OpenError),
    /// The folder of artifacts cannot be used.
    #[error("the folder of artifacts cannot be used")]
    Folder(#[from] FolderError),
    /// The bucket's settings cannot work.
    #[error("the settings of the bucket cannot be used")]
    Bucket(#[from] InvalidSettings),
    /// The settings of the gitops repository cannot work.
    #[error("the settings of the gitops repository cannot be used")]
    GitOps(#[from] git::SettingsError),
    /// A file that a variable names cannot be read.
    #[error("{variable}: cannot read {path}")]
    File {
        /// The variable.
        variable: &'static str,
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A host by ssh is to be reached, and nothing says which host key it has.
    #[error("GITOPS_KNOWN_HOSTS or GITOPS_HOST_FINGERPRINT must be set where GITOPS_SSH_KEY_PATH is")]
    HostKeys,
    /// The targets cannot be declared.
    #[error("the targets cannot be declared")]
    Targets(#[source] dploy_core::releases::error::Error),
}

/// What everything of the domain is made of.
struct Adapters {
    records: Arc<dyn Records>,
    artifacts: Arc<dyn ArtifactStore>,
    signer: Arc<dyn UploadSigner>,
    uploads: Option<Uploads>,
    archives: Arc<dyn ArchiveReader>,
    repositories: Arc<dyn GitOpsRepositories>,
}

/// What else the domain is started with.
pub(crate) struct Surroundings<'a> {
    /// Judges bearer tokens, if they are accepted.
    pub(crate) authenticator: Option<Authenticator>,
    /// This server as clients reach it, where nothing else is configured.
    pub(crate) own_url: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) registry: &'a mut Registry,
    /// Ends what works in the background.
    pub(crate) stop: CancellationToken,
    /// What works in the background.
    pub(crate) tasks: &'a TaskTracker,
}

/// Opens everything, declares the targets, and begins to work on what is queued.
pub(crate) async fn start(config: ReleasesConfig, around: Surroundings<'_>) -> Result<State, SetupError> {
    let adapters = adapters(&config, &around).await?;
    let releases = Arc::new(Releases::new(parts(&adapters, &around), options(&config.limits)));
    releases.ensure_targets(&config.targets).await.map_err(SetupError::Targets)?;
    let signals = Signals::default();
    let holder = Holder::of(&config.gitops.data_folder, &*around.random);
    let deployer = Deployer::new(
        QueueParts {
            records: adapters.records.clone(),
            artifacts: adapters.artifacts.clone(),
            archives: adapters.archives.clone(),
            repositories: adapters.repositories.clone(),
            clock: around.clock.clone(),
        },
        QueueOptions::new(holder.name()),
    );
    let background = Background {
        deployer: Arc::new(deployer),
        holder: Arc::new(holder),
        releases: releases.clone(),
        records: adapters.records.clone(),
        clock: around.clock.clone(),
        signals: signals.clone(),
        gauges: Gauges::register(around.registry),
        stop: around.stop.clone(),
    };
    background.start(around.tasks);
    let tokens =
        around.authenticator.map(|authenticator| TokenAccess { authenticator, actions: config.token_actions.clone() });
    Ok(State {
        releases,
        access: Access::new(config.keys.iter().map(|key| key.reveal()), tokens, &*around.random),
        signals,
        uploads: adapters.uploads,
        health: Arc::new(Health::new(adapters.records, adapters.artifacts, adapters.repositories)),
        stop: around.stop,
    })
}

fn parts(adapters: &Adapters, around: &Surroundings<'_>) -> Parts {
    Parts {
        records: adapters.records.clone(),
        artifacts: adapters.artifacts.clone(),
        uploads: adapters.signer.clone(),
        archives: adapters.archives.clone(),
        random: around.random.clone(),
        clock: around.clock.clone(),
    }
}

fn options(limits: &Limits) -> Options {
    Options {
        archive_limit: limits.archive_bytes,
        draft_days: limits.draft_days,
        queue_capacity: limits.queue_capacity,
        ..Options::default()
    }
}

async fn adapters(config: &ReleasesConfig, around: &Surroundings<'_>) -> Result<Adapters, SetupError> {
    let records = Arc::new(SqlRecords::connect(&database(&config.database)?).await?);
    let repositories = Arc::new(GitRepositories::new(gitops(&config.gitops)?)?);
    let limits = ArchiveLimits { packed: config.limits.archive_bytes, ..ArchiveLimits::default() };
    let archives = Arc::new(TarGzReader::new(limits));
    let (artifacts, signer, uploads): (Arc<dyn ArtifactStore>, Arc<dyn UploadSigner>, _) = match &config.artifacts {
        ArtifactsConfig::S3(bucket) => {
            let artifacts = S3Artifacts::new(s3(bucket)).await?;
            let signer = Arc::new(artifacts.signer());
            (Arc::new(artifacts), signer, None)
        }
        ArtifactsConfig::Folder { folder, public_url } => {
            let artifacts = FolderArtifacts::open(folder, around.clock.clone())?;
            let public_url = public_url.as_deref().unwrap_or(&around.own_url);
            let signer = artifacts.signer(public_url, &*around.random)?;
            let uploads = Uploads {
                artifacts: artifacts.clone(),
                signer: signer.clone(),
                limit: config.limits.archive_bytes,
                clock: around.clock.clone(),
            };
            (Arc::new(artifacts), Arc::new(signer), Some(uploads))
        }
    };
    Ok(Adapters { records, artifacts, signer, uploads, archives, repositories })
}

fn database(config: &Database) -> Result<DatabaseUrl, InvalidDatabaseUrl> {
    match config {
        Database::Url(url) => DatabaseUrl::parse(url.reveal()),
        Database::File(path) => DatabaseUrl::parse(&format!("sqlite://{}", escaped(path))),
    }
}

/// The path with `%xx` for what a URL gives another meaning.
fn escaped(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

fn s3(config: &S3Config) -> S3Settings {
    let credentials = match &config.credentials {
        Some((id, secret)) => {
            S3Credentials::Keys { id: id.clone(), secret: secret.reveal().to_owned(), session_token: None }
        }
        None => S3Credentials::Chain,
    };
    S3Settings {
        path_style: config.endpoint.is_some(),
        endpoint: config.endpoint.clone(),
        public_endpoint: config.public_endpoint.clone(),
        credentials,
        ..S3Settings::new(&config.bucket, &config.region)
    }
}

fn gitops(config: &GitOpsConfig) -> Result<GitSettings, SetupError> {
    let token = match &config.token {
        None => None,
        Some(GitToken::Text(secret)) => Some(secret.reveal().to_owned()),
        Some(GitToken::File(path)) => {
            let read = std::fs::read_to_string(path);
            let file = |source| {
                let (variable, path) = ("GITOPS_TOKEN_FILE", path.display().to_string());
                SetupError::File { variable, path, source }
            };
            Some(read.map_err(file)?.trim().to_owned())
        }
    };
    let ssh = match &config.ssh_key {
        None => None,
        Some(key) => Some(git::SshAccess { key: key.clone(), host_keys: host_keys(config)? }),
    };
    Ok(GitSettings {
        branch: config.branch.clone(),
        identity: git::Identity { name: config.user_name.clone(), email: config.user_email.clone() },
        access: git::Access {
            // Hosts that look at the user of a token take any that is not empty.
            token: token.map(|secret| git::Token::new("x-access-token", secret)),
            ca_file: config.ca_file.clone(),
            ssh,
        },
        ..GitSettings::new(config.repository.clone(), &config.data_folder)
    })
}

fn host_keys(config: &GitOpsConfig) -> Result<git::HostKeys, SetupError> {
    match (&config.host_fingerprint, &config.known_hosts) {
        (Some(fingerprint), _) => Ok(git::HostKeys::Fingerprint(fingerprint.clone())),
        (None, Some(file)) => Ok(git::HostKeys::KnownHosts(file.clone())),
        (None, None) => Err(SetupError::HostKeys),
    }
}
