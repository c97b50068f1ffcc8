//! A platform in memory: what API server and operator are to the use cases.

mod administration;
mod binder;
mod observer;
mod stale;
mod store;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::{
    environments::{
        audit::Act,
        claim::Claim,
        instance::{Instance, InstancePhase},
        marks::Marks,
        ports::TemplateEntry,
        settings::Settings,
        template::Template,
    },
    time::Clock,
};

pub use binder::Script;
pub use stale::StaleObserver;

/// Claims, templates and instances in memory, with a scripted operator.
///
/// It is both [`ClaimStore`](crate::environments::ports::ClaimStore) and
/// [`Observer`](crate::environments::ports::Observer), and its caches never lag; [`MemoryPlatform::stale`] gives an
/// observer whose caches do.
#[derive(Debug)]
pub struct MemoryPlatform {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    templates: BTreeMap<String, TemplateEntry>,
    claims: BTreeMap<String, Arc<Claim>>,
    instances: BTreeMap<String, Arc<Instance>>,
    settings: Settings,
    script: Script,
    sequence: u64,
    reachable: bool,
    calls: BTreeMap<&'static str, usize>,
    acts: Vec<Act>,
}

impl State {
    /// The next version of the whole store.
    fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    fn count(&mut self, call: &'static str) {
        *self.calls.entry(call).or_default() += 1;
    }
}

impl MemoryPlatform {
    /// An empty, reachable platform with the built-in settings whose operator decides at once and provisions at once.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let state = State {
            templates: BTreeMap::new(),
            claims: BTreeMap::new(),
            instances: BTreeMap::new(),
            settings: Settings::default(),
            script: Script::Decide(InstancePhase::Ready),
            // Built objects are at version 1; what is written here is at another one.
            sequence: 1,
            reachable: true,
            calls: BTreeMap::new(),
            acts: Vec::new(),
        };
        Arc::new(Self { state: Mutex::new(state), clock, changes: watch::Sender::new(0) })
    }

    /// Adds or replaces a template.
    pub fn put_template(&self, template: Template) {
        let (template, created) = (Arc::new(template), self.clock.now());
        let name = template.name.clone();
        let entry = TemplateEntry { template, refused: None, marks: Marks::default(), created };
        self.change(|state| state.templates.insert(name, entry));
    }

    /// Adds or replaces a template as an observer shows it.
    pub fn put_template_entry(&self, entry: TemplateEntry) {
        self.change(|state| state.templates.insert(entry.template.name.clone(), entry));
    }

    /// Removes a template.
    pub fn remove_template(&self, name: &str) {
        self.change(|state| state.templates.remove(name));
    }

    /// Adds or replaces an instance.
    pub fn put_instance(&self, instance: Instance) {
        self.change(|state| state.instances.insert(instance.meta.key.name.clone(), Arc::new(instance)));
    }

    /// Adds or replaces a claim, as somebody with kubectl would.
    pub fn put_claim(&self, claim: Claim) {
        self.change(|state| state.claims.insert(claim.meta.key.name.clone(), Arc::new(claim)));
    }

    /// Changes the claim of that name, as the operator would: it gets a new version.
    pub fn update_claim(&self, name: &str, update: impl FnOnce(&mut Claim)) {
        self.change(|state| {
            let version = state.next().to_string();
            if let Some(claim) = state.claims.get_mut(name) {
                let claim = Arc::make_mut(claim);
                update(claim);
                claim.meta.version = version;
            }
        });
    }

    /// Removes the claim of that name, as somebody with kubectl would.
    pub fn remove_claim(&self, name: &str) {
        self.change(|state| state.claims.remove(name));
    }

    /// Changes the settings.
    pub fn update_settings(&self, update: impl FnOnce(&mut Settings)) {
        self.change(|state| update(&mut state.settings));
    }

    /// What the operator does with claims from now on.
    pub fn script(&self, script: Script) {
        self.change(|state| state.script = script);
    }

    /// Lets the operator decide the pending claim of that name as its script says now.
    pub fn decide(&self, name: &str) {
        let now = self.clock.now();
        self.change(|state| binder::decide(state, name, now));
    }

    /// Whether the store answers and the platform is ready.
    pub fn set_reachable(&self, reachable: bool) {
        self.change(|state| state.reachable = reachable);
    }

    /// How often the store was asked to `find`, `create`, `extend` or `delete`.
    #[must_use]
    pub fn calls(&self, call: &str) -> usize {
        self.lock().calls.get(call).copied().unwrap_or_default()
    }

    /// All claims in the order of their names.
    #[must_use]
    pub fn all_claims(&self) -> Vec<Arc<Claim>> {
        self.lock().claims.values().cloned().collect()
    }

    /// An observer of this platform whose claims stay as they are now.
    #[must_use]
    pub fn stale(self: &Arc<Self>) -> StaleObserver {
        StaleObserver::new(self.clone(), self.lock().claims.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changes.send_modify(|count| *count += 1);
        result
    }
}
