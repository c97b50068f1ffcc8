//! Servers that misbehave: tries are bounded, then there is a final state with the reason, and all goes well afterwards.

mod database;
mod disk;
mod git;
mod objects;

use dploy_core::releases::deployment::{Deployment, DeploymentState};
use dploy_servers::{Error, GitRepository, required};
use tempfile::TempDir;

use crate::{agreement::holds, client::Client, site::Site};

/// An installation whose parts are to misbehave.
struct Stand {
    remote: GitRepository,
    site: Site,
    client: Client,
    _folder: TempDir,
}

impl Stand {
    /// An installation with one application; `change` says what is not as usual.
    async fn new(change: impl FnOnce(&mut Site)) -> Result<Option<Self>, Error> {
        let Some(remote) = required(GitRepository::start())? else { return Ok(None) };
        let folder = tempfile::tempdir().unwrap();
        let mut site = Site::new(&folder, &remote);
        change(&mut site);
        let client = site.open().await;
        client.register("web").await;
        Ok(Some(Self { remote, site, client, _folder: folder }))
    }

    /// Deploys another version, which succeeds, and checks that everything agrees.
    async fn goes_on(&self) -> Deployment {
        let done = self.client.deployed("web", "9.9.9").await;
        assert_eq!((done.state, done.attempts), (DeploymentState::Succeeded, 1), "{done:?}");
        holds(&self.client, &self.remote, &[]).await;
        done
    }
}
