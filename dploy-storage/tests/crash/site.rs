//! Where an installation keeps everything, and the installation as one process has it.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use dploy_core::{
    artifact::{ArtifactStore, UploadSigner},
    random::Random,
    releases::{
        name::TargetName,
        ports::{GitOpsRepositories, Records},
        queue::{self, Deployer},
        service::{self, Releases},
        target::RepositoryUrl,
    },
    time::{Clock, Timestamp},
};
use dploy_servers::GitRepository;
use dploy_storage::{
    archive::TarGzReader,
    git::{GitRepositories, GitSettings},
    object::folder::FolderArtifacts,
    sql::{DatabaseUrl, SqlRecords},
};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::{
    client::Client,
    steps::{Stepped, Steps},
};

/// The targets of every installation.
pub(crate) const TARGETS: [&str; 2] = ["production", "staging"];

/// Where an installation keeps everything.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Site {
    pub(crate) database: String,
    pub(crate) folder: PathBuf,
    /// Tells apart what processes on different machines have for themselves.
    pub(crate) machine: String,
    /// Tells apart processes.
    pub(crate) holder: String,
    pub(crate) remote: String,
    /// How long one git command may take, in milliseconds.
    pub(crate) git_timeout: u64,
    /// How long a repository stays a process' without a renewal, in milliseconds.
    pub(crate) lease: u64,
}

impl Site {
    /// Everything in one folder, for one process at a time.
    pub(crate) fn new(folder: &TempDir, remote: &GitRepository) -> Self {
        Self {
            database: format!("sqlite://{}/records.db", folder.path().display()),
            folder: folder.path().to_owned(),
            machine: "one".to_owned(),
            holder: "one".to_owned(),
            remote: remote.url(),
            git_timeout: 30_000,
            lease: 60_000,
        }
    }

    /// The same installation as a process on another machine has it.
    pub(crate) fn on(&self, machine: &str) -> Self {
        Self { machine: machine.to_owned(), holder: machine.to_owned(), ..self.clone() }
    }

    pub(crate) async fn records(&self) -> Arc<dyn Records> {
        Arc::new(SqlRecords::connect(&DatabaseUrl::parse(&self.database).unwrap()).await.unwrap())
    }

    pub(crate) fn artifacts(&self) -> FolderArtifacts {
        FolderArtifacts::open(self.folder.join("artifacts"), Arc::new(Wall::default())).unwrap()
    }

    pub(crate) fn repositories(&self) -> GitRepositories {
        let url = RepositoryUrl::parse(&self.remote).unwrap();
        let mut settings = GitSettings::new(url, self.folder.join(format!("clones-{}", self.machine)));
        settings.timeout = Duration::from_millis(self.git_timeout);
        GitRepositories::new(settings).unwrap()
    }

    /// The installation in this process.
    pub(crate) async fn open(&self) -> Client {
        self.open_with(&Arc::default()).await
    }

    /// The same, with its effects counted.
    pub(crate) async fn open_with(&self, steps: &Arc<Steps>) -> Client {
        let artifacts = self.artifacts();
        let uploads = Arc::new(artifacts.signer("http://localhost", &Drawn).unwrap());
        let parts = Parts {
            records: self.records().await,
            artifacts: Arc::new(artifacts),
            uploads,
            repositories: Arc::new(self.repositories()),
            clock: Arc::default(),
        };
        self.assemble(Parts {
            records: Arc::new(Stepped::new(parts.records, steps)),
            artifacts: Arc::new(Stepped::new(parts.artifacts, steps)),
            repositories: Arc::new(Stepped::new(parts.repositories, steps)),
            ..parts
        })
        .await
    }

    /// The installation made of these parts.
    pub(crate) async fn assemble(&self, parts: Parts) -> Client {
        let Parts { records, artifacts, uploads, repositories, clock } = parts;
        let releases = service::Parts {
            records: Arc::clone(&records),
            artifacts: Arc::clone(&artifacts),
            uploads,
            archives: Arc::new(TarGzReader::default()),
            random: Arc::new(Drawn),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
        };
        let worker = queue::Parts {
            records: Arc::clone(&records),
            artifacts: Arc::clone(&artifacts),
            archives: Arc::new(TarGzReader::default()),
            repositories,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
        };
        let options = queue::Options { lease: Duration::from_millis(self.lease), ..queue::Options::new(&self.holder) };
        let releases = Arc::new(Releases::new(releases, service::Options::default()));
        let targets = TARGETS.map(|name| TargetName::parse(name).unwrap());
        releases.ensure_targets(&targets).await.unwrap();
        Client { releases, worker: Arc::new(Deployer::new(worker, options)), records, artifacts, clock }
    }
}

/// What an installation is made of.
pub(crate) struct Parts {
    pub(crate) records: Arc<dyn Records>,
    pub(crate) artifacts: Arc<dyn ArtifactStore>,
    pub(crate) uploads: Arc<dyn UploadSigner>,
    pub(crate) repositories: Arc<dyn GitOpsRepositories>,
    pub(crate) clock: Arc<Wall>,
}

/// The machine's clock, which tests put forward instead of waiting.
#[derive(Debug, Default)]
pub(crate) struct Wall(AtomicI64);

impl Wall {
    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = Timestamp::from_unix_micros(i64::try_from(since.as_micros()).unwrap());
        now.plus_seconds(self.0.load(Ordering::SeqCst))
    }
}

#[derive(Debug)]
pub(crate) struct Drawn;

impl Random for Drawn {
    fn bytes(&self) -> [u8; 32] {
        rand::random()
    }
}
