use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use dploy_core::{
    releases::{
        deployment::DeploymentId,
        file::ArchiveFile,
        name::BranchName,
        ports::{
            ArchiveError, Change, CommitId, Committed, Fence, Folder, GitOpsError, GitOpsRepositories, GitOpsRepository,
        },
        target::RepositoryUrl,
    },
    time::Timestamp,
};
use futures::{StreamExt, stream::BoxStream};
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{
    clone::Place,
    pack::Kind,
    push::{Kept, Stop, Work},
    remote::Remote,
    settings::{GitSettings, SettingsError},
    tree::NewFolder,
};

/// How long a repository is at rest before its clone is looked after.
const REST: Duration = Duration::from_secs(20);
/// Files that wait to be written.
const QUEUE: usize = 2;

/// The gitops repositories of an installation, by the `git` program.
///
/// Clones lie in the folder of the settings, one for each address, and may be shared by processes of one machine.
#[derive(Debug)]
pub struct GitRepositories {
    settings: Arc<GitSettings>,
    opened: Mutex<BTreeMap<String, Arc<Inner>>>,
}

impl GitRepositories {
    /// Repositories under these settings; no connection is made.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn new(settings: GitSettings) -> Result<Self, SettingsError> {
        settings.check()?;
        // Commands run in the folder of the clones.
        Ok(Self { settings: Arc::new(settings.absolute()), opened: Mutex::default() })
    }

    /// The repository at that address; `None` is the one of the settings.
    #[must_use]
    pub fn repository(&self, url: Option<&RepositoryUrl>) -> GitRepository {
        let url = url.unwrap_or(&self.settings.url).as_str();
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = opened.entry(url.to_owned()).or_insert_with(|| Arc::new(Inner::new(&self.settings, url)));
        GitRepository(Arc::clone(inner))
    }
}

impl GitOpsRepositories for GitRepositories {
    fn open(&self, url: Option<&RepositoryUrl>) -> Arc<dyn GitOpsRepository> {
        Arc::new(self.repository(url))
    }
}

/// One gitops repository. Clones of it share one clone of the remote, and take turns.
#[derive(Clone, Debug)]
pub struct GitRepository(Arc<Inner>);

struct Inner {
    settings: Arc<GitSettings>,
    url: String,
    place: Place,
    kept: Mutex<Kept>,
    /// Calls that work on the clone or wait for it.
    calls: AtomicUsize,
    upkeep: AtomicBool,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitRepository").field("url", &self.url).field("place", &self.place).finish_non_exhaustive()
    }
}

impl Inner {
    fn new(settings: &Arc<GitSettings>, url: &str) -> Self {
        Self {
            settings: Arc::clone(settings),
            url: url.to_owned(),
            place: Place::new(&settings.folder, url),
            kept: Mutex::default(),
            calls: AtomicUsize::new(0),
            upkeep: AtomicBool::new(false),
        }
    }

    /// Works on the clone alone, in this process and among all of this machine.
    fn work<T>(&self, act: impl FnOnce(&mut Work<'_>) -> Result<T, GitOpsError>) -> Result<T, GitOpsError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let _locked = self.place.lock()?;
        let path = self.place.path();
        let mut known = mem::take(&mut *kept);
        // The folder may have been removed, or renewed by another process.
        known.clone = known.clone.filter(|_| path.exists());
        let remote = Remote { settings: &self.settings, url: &self.url, clone: &path };
        let mut work = Work { remote, place: &self.place, kept: known };
        let done = act(&mut work);
        *kept = work.kept;
        done
    }

    /// Looks after the clone unless somebody wants it.
    fn tend(&self) {
        let free = || self.calls.load(Ordering::SeqCst) == 0;
        let tended = self.work(|work| {
            if let Err(stop) = work.flush() {
                tracing::warn!(git.error = ?stop, "the folders that waited for a push are lost");
            }
            // What is packed anew is opened anew, and a repository at rest takes no memory.
            work.kept = Kept::default();
            if work.remote.collect_garbage(&free).is_err() {
                work.place.tidy();
            }
            Ok(())
        });
        if let Err(error) = tended {
            tracing::warn!(error = %error, "a clone could not be looked after");
        }
    }
}

/// Counts a call from its beginning to its end.
struct Call(Arc<Inner>);

impl Call {
    fn new(inner: &Arc<Inner>) -> Self {
        inner.calls.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(inner))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

impl GitRepository {
    async fn work<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Work<'_>) -> Result<T, GitOpsError> + Send + 'static,
    ) -> Result<T, GitOpsError> {
        let call = Call::new(&self.0);
        let done = spawn_blocking(move || call.0.work(act)).await;
        if !self.0.upkeep.swap(true, Ordering::SeqCst) {
            tokio::spawn(upkeep(Arc::downgrade(&self.0)));
        }
        done.unwrap_or_else(|error| Err(GitOpsError::Clone(Box::new(error))))
    }
}

/// Looks after a clone once, when it has come to rest.
async fn upkeep(inner: Weak<Inner>) {
    loop {
        tokio::time::sleep(REST).await;
        let Some(inner) = inner.upgrade() else { return };
        if inner.calls.load(Ordering::SeqCst) == 0 {
            inner.upkeep.store(false, Ordering::SeqCst);
            if let Err(error) = spawn_blocking(move || inner.tend()).await {
                tracing::warn!(error = %error, "the upkeep of a clone ended early");
            }
            return;
        }
    }
}

#[async_trait]
impl GitOpsRepository for GitRepository {
    async fn store(
        &self,
        mut files: BoxStream<'static, Result<ArchiveFile, ArchiveError>>,
    ) -> Result<Folder, GitOpsError> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let feed = async move {
            while let Some(file) = files.next().await {
                if sender.send(file).await.is_err() {
                    break;
                }
            }
        };
        futures::join!(feed, self.work(|work| stored(work, receiver))).1
    }

    async fn push(&self, branch: Option<&BranchName>, changes: &[Change]) -> Result<Vec<Committed>, GitOpsError> {
        let (branch, changes) = (branch.cloned(), changes.to_vec());
        self.work(move |work| work.push(branch.as_ref(), &changes)).await
    }

    async fn fence(&self, branch: Option<&BranchName>, fence: &Fence) -> Result<CommitId, GitOpsError> {
        let (branch, fence) = (branch.cloned(), fence.clone());
        self.work(move |work| work.fence(branch.as_ref(), &fence)).await
    }

    async fn find(
        &self,
        branch: Option<&BranchName>,
        deployments: &BTreeSet<DeploymentId>,
        since: Timestamp,
    ) -> Result<BTreeMap<DeploymentId, CommitId>, GitOpsError> {
        let (branch, wanted) = (branch.cloned(), deployments.clone());
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.work(move |work| work.find(branch.as_ref(), &wanted, since)).await
    }

    async fn ready(&self) -> Result<(), GitOpsError> {
        let inner = Arc::clone(&self.0);
        let looked = spawn_blocking(move || {
            inner.place.prepare().map_err(|error| GitOpsError::Clone(Box::new(error)))?;
            let path = inner.place.path();
            let remote = Remote { settings: &inner.settings, url: &inner.url, clone: &path };
            remote.look().map_err(|failure| GitOpsError::from(Stop::from(failure)))
        });
        looked.await.unwrap_or_else(|error| Err(GitOpsError::Clone(Box::new(error))))
    }
}

/// Packs files as they come, and the trees above them.
fn stored(
    work: &mut Work<'_>,
    mut files: mpsc::Receiver<Result<ArchiveFile, ArchiveError>>,
) -> Result<Folder, GitOpsError> {
    work.store(|pack| {
        let mut folder = NewFolder::default();
        while let Some(file) = files.blocking_recv() {
            let file = file.map_err(GitOpsError::Archive)?;
            let blob = pack.add(Kind::Blob, &file.bytes, None)?;
            if !folder.add(&file.path, blob) {
                return Err(GitOpsError::Tree(format!("{} stands twice among the files", file.path)).into());
            }
        }
        match folder.is_empty() {
            true => Err(GitOpsError::Tree("a folder needs a file".to_owned()).into()),
            false => Ok(folder.write(pack)?),
        }
    })
}
