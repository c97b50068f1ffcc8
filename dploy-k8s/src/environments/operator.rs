//! Starts the controllers of the environments domain.

use std::{sync::Arc, time::Duration};

use dploy_core::environments::settings::Fallbacks;
use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use kube::Client;
use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;

use crate::{
    cluster::{Events, Object, ObjectKey as Key, Store},
    controller::{Clock, ControllerMetrics, Queue, Reconciler, Runner, triggers},
};

use super::{
    Caches, Engines,
    catalog::Catalog,
    controllers::{
        ClaimReconciler, ConfigReconciler, Context, InstanceReconciler, Ledger, TemplateReconciler,
        UnreadableReconciler,
    },
    metrics::EnvironmentMetrics,
    orphans::{OrphanMetrics, OrphanReconciler, SWEEP, Sweep},
    queues::{Queues, started},
};

/// How the controllers run.
#[derive(Clone, Debug)]
pub struct OperatorOptions {
    /// The namespace that the platform itself lives in.
    pub home: String,
    /// What environment variables say where OperatorConfig is silent.
    pub fallbacks: Fallbacks,
    /// Whether objects without owner id count for everybody whose readable name they carry: the original's rule.
    pub legacy_owners: bool,
    /// This process, as Events name it.
    pub identity: String,
    /// How many objects of a kind are worked on at once.
    pub concurrency: usize,
    /// How often everything is looked at again though nothing has changed.
    pub resync: Duration,
    /// What tells the time.
    pub clock: Clock,
}

/// The controllers of the environments domain over one set of caches.
pub struct Operator {
    context: Arc<Context>,
    metrics: ControllerMetrics,
    concurrency: usize,
    resync: Duration,
    sweep: Sweep,
    orphans: OrphanMetrics,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operator").field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}

impl Operator {
    /// Controllers that write through `caches`, whose client should be fenced by leadership, and publish Events
    /// through `client`.
    #[must_use]
    pub fn new(
        caches: Caches,
        engines: Engines,
        client: Client,
        options: OperatorOptions,
        registry: &mut Registry,
    ) -> Self {
        let context = Arc::new(Context {
            catalog: Catalog::new(engines.clone(), options.fallbacks),
            engines,
            events: Events::new(client, "dploy-operator", options.identity),
            ledger: Ledger::new(options.legacy_owners),
            clock: options.clock,
            home: options.home,
            renders: Default::default(),
            metrics: EnvironmentMetrics::register(registry, &caches),
            caches,
        });
        Self {
            context,
            metrics: ControllerMetrics::register(registry),
            concurrency: options.concurrency,
            resync: options.resync,
            sweep: Sweep::default(),
            orphans: OrphanMetrics::register(registry),
        }
    }

    /// How orphans are swept; without this only workload namespaces are, after an hour.
    #[must_use]
    pub fn with_sweep(self, sweep: Sweep) -> Self {
        Self { sweep, ..self }
    }

    /// Runs until `shutdown`; returns when every running reconcile has finished. The caches must be synced.
    pub async fn run(&self, shutdown: CancellationToken) {
        let queues = Queues::default();
        let watching = shutdown.child_token();
        queues.watch(&self.context, &watching);
        let (all, caches) = (queues.clone(), self.context.caches.clone());
        started(tokio::spawn(all.resync(caches, self.resync, watching.clone())));
        let context = || Arc::clone(&self.context);
        let mut runners: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
        let caches = &self.context.caches;
        runners.push(self.tell_unreadable(&caches.claims, &watching, &shutdown));
        runners.push(self.tell_unreadable(&caches.instances, &watching, &shutdown));
        runners.push(self.tell_unreadable(&caches.templates, &watching, &shutdown));
        runners.push(self.tell_unreadable(&caches.configs, &watching, &shutdown));
        runners.push(self.runner(ClaimReconciler(context()), &queues.claims, &shutdown));
        runners.push(self.runner(InstanceReconciler(context()), &queues.instances, &shutdown));
        runners.push(self.runner(TemplateReconciler::new(context()), &queues.templates, &shutdown));
        runners.push(self.runner(ConfigReconciler(context()), &queues.configs, &shutdown));
        queues.orphans.add(Key::cluster(SWEEP));
        let orphans = OrphanReconciler::new(context(), &self.sweep, &self.orphans);
        runners.push(self.runner(orphans, &queues.orphans, &shutdown));
        while runners.next().await.is_some() {}
    }

    /// Says of the objects of a kind that do not read as it what is wrong with them.
    fn tell_unreadable<K: Object>(
        &self,
        store: &Store<K>,
        watching: &CancellationToken,
        shutdown: &CancellationToken,
    ) -> BoxFuture<'static, ()> {
        let queue = Queue::new();
        drop(triggers::told(store.cache().subscribe_unreadable(), &queue, watching));
        self.runner(UnreadableReconciler::new(Arc::clone(&self.context), store), &queue, shutdown)
    }

    fn runner<R: Reconciler>(
        &self,
        reconciler: R,
        queue: &Queue,
        shutdown: &CancellationToken,
    ) -> BoxFuture<'static, ()> {
        let runner = Runner::new(reconciler, queue.clone())
            .concurrency(self.concurrency)
            .clock(self.context.clock.clone())
            .metrics(self.metrics.clone());
        Box::pin(runner.run(shutdown.clone()))
    }
}
