use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;

use crate::{
    environments::{
        claim::Claim,
        instance::Instance,
        ports::{Catalog, Observer, TemplateEntry},
        settings::Settings,
    },
    id::OwnerId,
};

use super::MemoryPlatform;

/// What a replica sees whose watch has stalled: claims as they were, all else as it is.
#[derive(Debug)]
pub struct StaleObserver {
    platform: Arc<MemoryPlatform>,
    claims: BTreeMap<String, Arc<Claim>>,
}

impl StaleObserver {
    pub(super) fn new(platform: Arc<MemoryPlatform>, claims: BTreeMap<String, Arc<Claim>>) -> Self {
        Self { platform, claims }
    }
}

impl Catalog for StaleObserver {
    fn templates(&self) -> Vec<TemplateEntry> {
        self.platform.templates()
    }

    fn template(&self, name: &str) -> Option<TemplateEntry> {
        self.platform.template(name)
    }

    fn settings(&self) -> Settings {
        self.platform.settings()
    }
}

#[async_trait]
impl Observer for StaleObserver {
    async fn ready(&self) -> bool {
        self.platform.ready().await
    }

    fn claims_of(&self, owners: &BTreeSet<OwnerId>) -> Vec<Arc<Claim>> {
        self.claims.values().filter(|claim| owners.contains(&claim.owner_id)).cloned().collect()
    }

    fn claims(&self) -> Vec<Arc<Claim>> {
        self.claims.values().cloned().collect()
    }

    fn claim(&self, name: &str) -> Option<Arc<Claim>> {
        self.claims.get(name).cloned()
    }

    fn instance(&self, name: &str) -> Option<Arc<Instance>> {
        self.platform.instance(name)
    }

    fn instances(&self) -> Vec<Arc<Instance>> {
        self.platform.instances()
    }

    async fn changed(&self, _name: &str, _version: Option<&str>, limit: Duration) {
        tokio::time::sleep(limit).await;
    }
}
