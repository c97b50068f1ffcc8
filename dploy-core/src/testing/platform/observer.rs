use std::{collections::BTreeSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::{Instant, timeout_at};

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

impl Catalog for MemoryPlatform {
    fn templates(&self) -> Vec<TemplateEntry> {
        self.lock().templates.values().cloned().collect()
    }

    fn template(&self, name: &str) -> Option<TemplateEntry> {
        self.lock().templates.get(name).cloned()
    }

    fn settings(&self) -> Settings {
        self.lock().settings.clone()
    }
}

#[async_trait]
impl Observer for MemoryPlatform {
    async fn ready(&self) -> bool {
        self.lock().reachable
    }

    fn claims_of(&self, owners: &BTreeSet<OwnerId>) -> Vec<Arc<Claim>> {
        self.lock().claims.values().filter(|claim| owners.contains(&claim.owner_id)).cloned().collect()
    }

    fn claims(&self) -> Vec<Arc<Claim>> {
        self.all_claims()
    }

    fn claim(&self, name: &str) -> Option<Arc<Claim>> {
        self.lock().claims.get(name).cloned()
    }

    fn instance(&self, name: &str) -> Option<Arc<Instance>> {
        self.lock().instances.get(name).cloned()
    }

    fn instances(&self) -> Vec<Arc<Instance>> {
        let mut instances: Vec<_> = self.lock().instances.values().cloned().collect();
        instances.sort_by(|a, b| (&a.template, &a.meta.key.name).cmp(&(&b.template, &b.meta.key.name)));
        instances
    }

    async fn changed(&self, name: &str, version: Option<&str>, limit: Duration) {
        let deadline = Instant::now() + limit;
        let mut changes = self.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let current = self.claim(name).map(|claim| claim.meta.version.clone());
            if current.as_deref() != version || timeout_at(deadline, changes.changed()).await.is_err() {
                return;
            }
        }
    }
}
