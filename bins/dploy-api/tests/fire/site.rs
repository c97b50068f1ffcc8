//! Where installations keep everything, and processes of them.

use std::{
    collections::BTreeMap,
    fs,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use dploy_core::{artifact::ArtifactStore, releases::ports::Records};
use dploy_servers::{Error, GitRepository, Postgres, S3, required};
use dploy_storage::{
    object::s3::{S3Artifacts, S3Credentials, S3Settings},
    sql::{DatabaseUrl, SqlRecords},
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{agreement::Installation, user::User};

pub(crate) const KEY: &str = "fire";
/// How long a start may take on a machine that does much else.
const START: Duration = Duration::from_secs(120);

type Variables = BTreeMap<&'static str, String>;

/// PostgreSQL, S3 and a repository, which processes of several machines share.
pub(crate) struct Site {
    pub(crate) remote: Arc<GitRepository>,
    pub(crate) database: String,
    s3: S3,
    bucket: String,
    folder: TempDir,
}

impl Site {
    /// Empty servers; `None` where one is missing.
    pub(crate) async fn new() -> Result<Option<Self>, Error> {
        let Some(remote) = required(GitRepository::start())? else { return Ok(None) };
        let Some(postgres) = Postgres::shared().await? else { return Ok(None) };
        let s3 = S3::start()?;
        let (database, bucket) = (postgres.database().await?, s3.bucket()?);
        Ok(Some(Self { remote: Arc::new(remote), database, s3, bucket, folder: tempfile::tempdir().unwrap() }))
    }

    /// A process on that machine.
    pub(crate) async fn start(&self, machine: &str) -> Api {
        Api::start(&BTreeMap::from([
            ("DATABASE_URL", self.database.clone()),
            ("S3_BUCKET", self.bucket.clone()),
            ("S3_ENDPOINT", self.s3.endpoint()),
            ("AWS_ACCESS_KEY_ID", self.s3.access_key().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", self.s3.secret_key().to_owned()),
            ("GITOPS_REPO", self.remote.url()),
            ("GITOPS_DATA_FOLDER", self.folder.path().join(machine).to_str().unwrap().to_owned()),
        ]))
        .await
    }

    /// What the processes keep, looked at from outside.
    pub(crate) async fn kept(&self) -> Kept {
        let keys = S3Credentials::Keys {
            id: self.s3.access_key().to_owned(),
            secret: self.s3.secret_key().to_owned(),
            session_token: None,
        };
        let settings = S3Settings {
            endpoint: Some(self.s3.endpoint()),
            path_style: true,
            credentials: keys,
            ..S3Settings::new(&self.bucket, self.s3.region())
        };
        let records = SqlRecords::connect(&DatabaseUrl::parse(&self.database).unwrap()).await.unwrap();
        let artifacts = S3Artifacts::new(settings).await.unwrap();
        Kept { records: Arc::new(records), artifacts: Arc::new(artifacts) }
    }
}

/// Records and archives of a site.
pub(crate) struct Kept {
    records: Arc<dyn Records>,
    artifacts: Arc<dyn ArtifactStore>,
}

impl Installation for Kept {
    fn records(&self) -> &dyn Records {
        &*self.records
    }

    fn artifacts(&self) -> &dyn ArtifactStore {
        &*self.artifacts
    }
}

/// A process of the program.
pub(crate) struct Api {
    child: Child,
    url: String,
    lines: Arc<Mutex<Vec<Value>>>,
}

impl Api {
    /// Starts it and waits until it serves.
    pub(crate) async fn start(variables: &Variables) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dploy-api"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).envs(variables);
        command.envs([("API_KEYS", KEY), ("SERVER_HOST", "localhost"), ("PORT", "0")]).kill_on_drop(true);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stderr.take().unwrap()).lines();
        let (lines, mut url) = (Arc::<Mutex<Vec<Value>>>::default(), None);
        while url.is_none() {
            let line = timeout(START, output.next_line()).await.expect("it does not come up").unwrap();
            let line: Value = serde_json::from_str(&line.expect("it ended")).unwrap_or_default();
            url = line["server.address"].as_str().map(|address| format!("http://{address}"));
            lines.lock().unwrap().push(line);
        }
        let heard = Arc::clone(&lines);
        tokio::spawn(async move {
            while let Ok(Some(line)) = output.next_line().await {
                heard.lock().unwrap().extend(serde_json::from_str::<Value>(&line));
            }
        });
        Self { child, url: url.unwrap(), lines }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn user(&self) -> User {
        User::new(&self.url)
    }

    /// Kills it as the system does when memory is short.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// How often it says that it carried out that deployment.
    pub(crate) fn carried_out(&self, deployment: &str) -> usize {
        let lines = self.lines.lock().unwrap();
        let told = |line: &&Value| line["message"] == "deployment carried out" && line["deployment.id"] == deployment;
        lines.iter().filter(told).count()
    }

    /// The most memory that it has had resident since the last [`forget_peak`](Self::forget_peak), in bytes.
    pub(crate) fn peak(&self) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().trim().parse::<u64>().unwrap() * 1024
    }

    /// Makes what is resident now the most that it has had.
    pub(crate) fn forget_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.child.id().unwrap()), "5").unwrap();
    }
}
