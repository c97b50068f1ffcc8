//! What this engine has made, for the sweep of orphans.

use async_trait::async_trait;
use dploy_core::environments::{
    orphans::{Belonging, Holder, Inventory},
    ports::EngineError,
};

use crate::{
    cluster::{Cache, Object, Store, labels::INSTANCE_KEY},
    environments::{
        orphans::{belonging, discard},
        release::unavailable,
    },
    foreign::flux::HelmRelease,
};

use super::{FluxEngine, TEMPLATE_KEY, engine::BY_SOURCE, objects::SourceKey};

const RELEASE: &str = "HelmRelease";
const GIT: &str = "GitRepository";
const HELM: &str = "HelmRepository";
const OCI: &str = "OCIRepository";

#[async_trait]
impl Inventory for FluxEngine {
    fn belongings(&self) -> Vec<Belonging> {
        let releases = self.releases.cache();
        let installed =
            releases.scan().filter_map(|release| belonging(RELEASE, &*release, INSTANCE_KEY, Holder::Instance));
        let mut all: Vec<_> = installed.collect();
        all.extend(unused(GIT, &self.sources.git, releases));
        all.extend(unused(HELM, &self.sources.helm, releases));
        all.extend(unused(OCI, &self.sources.oci, releases));
        all
    }

    async fn discard(&self, what: &Belonging) -> Result<bool, EngineError> {
        if what.kind == RELEASE {
            return discard(&self.releases, what).await.map_err(unavailable);
        }
        // No release may begin to refer to the source meanwhile.
        let _alone = self.sharing.write().await;
        if !self.belongings().contains(what) {
            return Ok(false);
        }
        let discarded = match what.kind {
            GIT => discard(&self.sources.git, what).await,
            HELM => discard(&self.sources.helm, what).await,
            OCI => discard(&self.sources.oci, what).await,
            _ => Ok(false),
        };
        discarded.map_err(unavailable)
    }
}

/// The sources that no release refers to.
fn unused<K: Object>(kind: &'static str, store: &Store<K>, releases: &Cache<HelmRelease>) -> Vec<Belonging> {
    let free = |source: &K| releases.find(BY_SOURCE, &SourceKey::of(source).to_string()).is_empty();
    let free = store.cache().scan().filter(|source| free(source));
    free.filter_map(|source| belonging(kind, &*source, TEMPLATE_KEY, Holder::Template)).collect()
}
