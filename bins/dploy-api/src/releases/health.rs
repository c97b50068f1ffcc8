//! Whether everything behind the server answers.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use dploy_core::{
    artifact::ArtifactStore,
    releases::ports::{GitOpsRepositories, Records},
};
use serde::Serialize;
use tokio::{sync::Mutex, time::Instant};
use utoipa::ToSchema;

/// How long an answer counts.
const FRESH: Duration = Duration::from_secs(10);
/// How long one part may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

type Looked<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Looks at what is behind the server, at most every ten seconds.
#[derive(Debug)]
pub struct Health {
    records: Arc<dyn Records>,
    artifacts: Arc<dyn ArtifactStore>,
    repositories: Arc<dyn GitOpsRepositories>,
    last: Mutex<Option<(Instant, Checks)>>,
}

/// How each part is: `ok`, or what is wrong with it.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema, Debug)]
pub struct Checks {
    /// The database.
    database: String,
    /// The artifact store, whatever its kind.
    s3: String,
    /// The remote of the gitops repository.
    gitops: String,
}

impl Checks {
    /// Whether every part answers.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        [&self.database, &self.s3, &self.gitops].into_iter().all(|check| check == "ok")
    }
}

impl Health {
    /// Looks at these parts.
    #[must_use]
    pub fn new(
        records: Arc<dyn Records>,
        artifacts: Arc<dyn ArtifactStore>,
        repositories: Arc<dyn GitOpsRepositories>,
    ) -> Self {
        Self { records, artifacts, repositories, last: Mutex::new(None) }
    }

    /// How the parts are, or were less than ten seconds ago.
    pub async fn checks(&self) -> Checks {
        // Whoever comes meanwhile waits for the same look.
        let mut last = self.last.lock().await;
        if let Some((at, checks)) = &*last
            && at.elapsed() < FRESH
        {
            return checks.clone();
        }
        let checks = self.look().await;
        *last = Some((Instant::now(), checks.clone()));
        checks
    }

    async fn look(&self) -> Checks {
        let repository = self.repositories.open(None);
        let (database, s3, gitops) = tokio::join!(
            told("database", Box::pin(async { self.records.ready().await.map_err(text) })),
            told("s3", Box::pin(async { self.artifacts.ready().await.map_err(text) })),
            told("gitops", Box::pin(async { repository.ready().await.map_err(text) })),
        );
        Checks { database, s3, gitops }
    }
}

/// The error's own layer: causes may name hosts and accounts, which are in the log.
fn text(error: impl std::error::Error) -> String {
    tracing::warn!(error = dploy_core::error::chain(&error), "a part does not answer");
    error.to_string()
}

async fn told(part: &'static str, look: Looked<'_>) -> String {
    match tokio::time::timeout(PATIENCE, look).await {
        Ok(Ok(())) => "ok".to_owned(),
        Ok(Err(problem)) => format!("error: {problem}"),
        Err(_) => {
            tracing::warn!(part, "a part does not answer in time");
            "error: it does not answer in time".to_owned()
        }
    }
}
