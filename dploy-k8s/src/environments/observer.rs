//! What the API reads: caches of one namespace.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use dploy_core::{
    environments::{
        claim::Claim,
        instance::Instance,
        ports::{Catalog, Observer, TemplateEntry},
        settings::{Fallbacks, Settings},
    },
    id::OwnerId,
};
use kube::api::{Api, ListParams};

use crate::{
    api::{DployTemplate, GROUP},
    cluster::{ObjectKey as Key, Rule},
};

use super::{
    Caches,
    caches::{BY_OWNER, index_value},
    catalog::CONFIG_NAME,
    convert,
};

/// What [`Observer::ready`] asks of the API server.
pub(super) const ACCESS: &[Rule] = &[Rule::new(GROUP, "dploytemplates", &["list"]).at_home()];

/// How long the live look of [`Observer::ready`] may take.
const READY_TIMEOUT: Duration = Duration::from_secs(3);

/// One namespace of the platform as its caches show it.
#[derive(Clone)]
pub struct KubernetesObserver {
    caches: Caches,
    namespace: String,
    fallbacks: Fallbacks,
    /// Templates as read last, with the version that was read: every look needs some.
    read: Arc<Mutex<BTreeMap<Key, Read>>>,
}

/// A template's uid and version, and what reading it gave.
type Read = (Option<String>, Option<String>, Option<TemplateEntry>);

impl std::fmt::Debug for KubernetesObserver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KubernetesObserver").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl KubernetesObserver {
    /// Shows `namespace` out of `caches`, which the caller watches and keeps watching.
    #[must_use]
    pub fn new(caches: Caches, namespace: impl Into<String>, fallbacks: Fallbacks) -> Self {
        Self { caches, namespace: namespace.into(), fallbacks, read: Arc::default() }
    }

    /// The template, if its spec can be read at all.
    fn entry(&self, object: &DployTemplate) -> Option<TemplateEntry> {
        let (key, meta) = (Key::of(object), &object.metadata);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((uid, version, entry)) = read.get(&key)
            && (uid, version) == (&meta.uid, &meta.resource_version)
        {
            return entry.clone();
        }
        let entry = entry(object);
        // What is gone is forgotten on the way.
        read.retain(|known, _| self.caches.templates.cache().get(known).is_some());
        read.insert(key, (meta.uid.clone(), meta.resource_version.clone(), entry.clone()));
        entry
    }
}

fn entry(object: &DployTemplate) -> Option<TemplateEntry> {
    let created = convert::metadata(&object.metadata).created;
    let template = Arc::new(convert::template(object).ok()?);
    Some(TemplateEntry { template, refused: refused(object), marks: convert::marks(object), created })
}

/// What the operator said of the spec as it is now, if it refused it.
fn refused(object: &DployTemplate) -> Option<String> {
    let conditions = object.status.as_ref()?.conditions.iter();
    let refused = |condition: &&k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition| {
        condition.type_ == "Accepted"
            && condition.status == "False"
            && condition.observed_generation == object.metadata.generation
    };
    conditions.filter(|condition| refused(condition)).map(|condition| condition.message.clone()).next()
}

impl Catalog for KubernetesObserver {
    fn templates(&self) -> Vec<TemplateEntry> {
        let mut all: Vec<_> = self.caches.templates.cache().scan().filter_map(|object| self.entry(&object)).collect();
        all.sort_by(|left, right| left.template.name.cmp(&right.template.name));
        all
    }

    fn template(&self, name: &str) -> Option<TemplateEntry> {
        self.entry(&*self.caches.templates.cache().get(&Key::namespaced(&self.namespace, name))?)
    }

    fn settings(&self) -> Settings {
        let stored = self.caches.configs.cache().get(&Key::cluster(CONFIG_NAME));
        convert::settings(&convert::effective_spec(stored.as_ref().map(|config| &config.spec), &self.fallbacks))
    }
}

#[async_trait]
impl Observer for KubernetesObserver {
    async fn ready(&self) -> bool {
        let api = Api::<DployTemplate>::namespaced(self.caches.templates.client().clone(), &self.namespace);
        matches!(
            tokio::time::timeout(READY_TIMEOUT, api.list_metadata(&ListParams::default().limit(1))).await,
            Ok(Ok(_))
        )
    }

    fn claims_of(&self, owners: &BTreeSet<OwnerId>) -> Vec<Arc<Claim>> {
        let found = owners
            .iter()
            .flat_map(|owner| self.caches.find_claims(BY_OWNER, &index_value(&self.namespace, owner.as_str())));
        found.collect()
    }

    fn claims(&self) -> Vec<Arc<Claim>> {
        self.caches.claims.cache().scan().map(|object| Arc::new(convert::claim(&object))).collect()
    }

    fn claim(&self, name: &str) -> Option<Arc<Claim>> {
        let found = self.caches.claims.cache().get(&Key::namespaced(&self.namespace, name))?;
        Some(Arc::new(convert::claim(&found)))
    }

    fn instance(&self, name: &str) -> Option<Arc<Instance>> {
        let found = self.caches.instances.cache().get(&Key::namespaced(&self.namespace, name))?;
        Some(Arc::new(convert::instance(&found)))
    }

    fn instances(&self) -> Vec<Arc<Instance>> {
        let mut all: Vec<_> =
            self.caches.instances.cache().scan().map(|object| Arc::new(convert::instance(&object))).collect();
        all.sort_by(|left, right| (&left.template, &left.meta.key.name).cmp(&(&right.template, &right.meta.key.name)));
        all
    }

    async fn changed(&self, name: &str, version: Option<&str>, limit: Duration) {
        let key = Key::namespaced(&self.namespace, name);
        let moved = self.caches.claims.cache().wait_for(&key, |claim| {
            let now = claim.and_then(|claim| claim.metadata.resource_version.as_deref());
            (now != version).then_some(())
        });
        let _ = tokio::time::timeout(limit, moved).await;
    }
}
