use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use dploy_core::{
    environments::{
        claim::Claim,
        file::Environment,
        instance::Instance,
        marks::Marks,
        ports::{Catalog, Observer, TemplateEntry},
        settings::Settings,
        template::Template,
    },
    id::OwnerId,
    time::{Clock, Timestamp},
};
use kube::{
    Api, Client,
    api::{ListParams, PartialObjectMeta},
    core::ObjectList,
};
use tokio_util::sync::CancellationToken;

use crate::{
    cluster::{Cache, CacheMetrics, Rule, Store, WatchOptions, watch},
    foreign::argocd::Application,
};

use super::{GROUP, OURS, lease::OwnerLeases, record::Record};

/// What the platform's view asks of the API server.
pub(super) const ACCESS: &[Rule] = &[Rule::new(GROUP, "applications", &["list", "watch"]).at_argocd()];

/// Index of Applications by owner id.
const BY_OWNER: &str = "owner";
/// Index of Applications by the claim that they stand for.
const BY_CLAIM: &str = "claim";
/// How long the live look of [`Observer::ready`] may take.
const READY_TIMEOUT: Duration = Duration::from_secs(3);
/// How often a waiter looks.
const LOOK: Duration = Duration::from_millis(100);

/// What an installation without operator is told.
#[derive(Clone, Debug)]
pub struct DirectOptions {
    /// The namespace of the owners' Leases.
    pub namespace: String,
    /// What holds for all environments; `argocd` and `base_domain` of it say where they are made.
    pub settings: Settings,
    /// What can be asked for.
    pub environments: Vec<Environment>,
    /// This process, as Leases name it.
    pub identity: String,
}

/// The platform as the API alone keeps it: it reads what it wrote as Applications, and writes those.
///
/// It reads from its own watch, which [`watch`](Self::watch) starts.
pub struct Direct {
    pub(super) applications: Store<Application>,
    pub(super) leases: OwnerLeases,
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
    environments: BTreeMap<String, (Environment, Arc<Template>)>,
    since: Timestamp,
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Direct").field("argocd", &self.settings.argocd).finish_non_exhaustive()
    }
}

impl Direct {
    /// A platform that reads and writes through `client`.
    #[must_use]
    pub fn new(client: &Client, options: DirectOptions, clock: Arc<dyn Clock>, metrics: &CacheMetrics) -> Self {
        let cache = Cache::<Application>::builder()
            .modify(Application::trim)
            .index(BY_OWNER, |found| {
                Record::of(found).map(|record| record.owner_id().as_str().to_owned()).into_iter().collect()
            })
            .index(BY_CLAIM, |found| Record::of(found).map(|record| record.claim_name()).into_iter().collect())
            .metrics(metrics.clone());
        let named = |environment: Environment| {
            let template = Arc::new(environment.template.clone());
            (template.name.clone(), (environment, template))
        };
        Self {
            applications: Store::new(client.clone(), cache.build()),
            leases: OwnerLeases::new(client.clone(), options.namespace, options.identity),
            settings: options.settings,
            environments: options.environments.into_iter().map(named).collect(),
            since: clock.now(),
            clock,
        }
    }

    /// Starts to watch our Applications. The watch ends with `cancel`.
    pub fn watch(&self, client: &Client, cancel: &CancellationToken) {
        let ours = WatchOptions::namespaced(&self.settings.argocd.namespace).labels(OURS);
        drop(watch::spawn(client.clone(), self.applications.cache().clone(), ours, cancel.clone()));
    }

    /// Waits until our Applications have been listed.
    pub async fn wait_synced(&self) {
        self.applications.cache().wait_synced().await;
    }

    pub(super) fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.get(name).map(|(environment, _)| environment)
    }

    pub(super) fn api(&self) -> Api<Application> {
        Api::namespaced(self.applications.client().clone(), &self.settings.argocd.namespace)
    }

    /// The Applications of a claim's name, as cached.
    pub(super) fn cached(&self, claim: &str) -> Vec<Arc<Application>> {
        self.applications.cache().by_index(BY_CLAIM, claim)
    }

    pub(super) fn claim_of(&self, application: &Application) -> Option<Claim> {
        Record::of(application).map(|record| record.claim(&self.settings.base_domain, self.clock.now()))
    }

    fn claims_among(&self, applications: &[Arc<Application>]) -> Vec<Arc<Claim>> {
        applications.iter().filter_map(|found| self.claim_of(found)).map(Arc::new).collect()
    }

    fn instance_of(&self, application: &Application) -> Option<Arc<Instance>> {
        let record = Record::of(application)?;
        Some(Arc::new(record.instance(&self.settings.base_domain, self.clock.now())))
    }

    fn entry(&self, template: &Arc<Template>) -> TemplateEntry {
        TemplateEntry { template: Arc::clone(template), refused: None, marks: Marks::default(), created: self.since }
    }
}

/// The claim that counts among those of one name: a live one, else the newest.
pub(super) fn foremost(claims: impl IntoIterator<Item = Claim>) -> Option<Claim> {
    claims.into_iter().max_by(|left, right| {
        let rank = |claim: &Claim| (claim.is_live(), claim.meta.created, claim.meta.uid.clone());
        rank(left).cmp(&rank(right))
    })
}

impl Catalog for Direct {
    fn templates(&self) -> Vec<TemplateEntry> {
        self.environments.values().map(|(_, template)| self.entry(template)).collect()
    }

    fn template(&self, name: &str) -> Option<TemplateEntry> {
        self.environments.get(name).map(|(_, template)| self.entry(template))
    }

    fn settings(&self) -> Settings {
        self.settings.clone()
    }
}

#[async_trait]
impl Observer for Direct {
    async fn ready(&self) -> bool {
        let (api, params) = (self.api(), ListParams::default().limit(1));
        let look = tokio::time::timeout(READY_TIMEOUT, api.list_metadata(&params)).await;
        matches!(look, Ok(Ok::<ObjectList<PartialObjectMeta<Application>>, _>(_)))
    }

    fn claims_of(&self, owners: &BTreeSet<OwnerId>) -> Vec<Arc<Claim>> {
        let cache = self.applications.cache();
        owners.iter().flat_map(|owner| self.claims_among(&cache.by_index(BY_OWNER, owner.as_str()))).collect()
    }

    fn claims(&self) -> Vec<Arc<Claim>> {
        self.claims_among(&self.applications.cache().scan().collect::<Vec<_>>())
    }

    fn claim(&self, name: &str) -> Option<Arc<Claim>> {
        foremost(self.cached(name).iter().filter_map(|found| self.claim_of(found))).map(Arc::new)
    }

    fn instance(&self, name: &str) -> Option<Arc<Instance>> {
        let key = crate::cluster::ObjectKey::namespaced(&self.settings.argocd.namespace, name);
        self.instance_of(&*self.applications.cache().get(&key)?)
    }

    fn instances(&self) -> Vec<Arc<Instance>> {
        let mut all: Vec<_> = self.applications.cache().scan().filter_map(|found| self.instance_of(&found)).collect();
        all.sort_by(|left, right| (&left.template, &left.meta.key.name).cmp(&(&right.template, &right.meta.key.name)));
        all
    }

    async fn changed(&self, name: &str, version: Option<&str>, limit: Duration) {
        let moved = async {
            while self.claim(name).as_ref().map(|claim| claim.meta.version.as_str()) == version {
                tokio::time::sleep(LOOK).await;
            }
        };
        let _ = tokio::time::timeout(limit, moved).await;
    }
}
