use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use dploy_core::{
    environments::{
        ObjectKey,
        rendering::{RenderError, Rendered, Subject},
        template::EngineKind,
    },
    time::Timestamp,
};

use crate::{
    cluster::{Events, ObjectKey as Key},
    controller::Clock,
    environments::{
        Caches, Engines,
        catalog::{Catalog, Compiled},
        metrics::EnvironmentMetrics,
    },
};

use super::ledger::Ledger;

/// What all controllers of the domain share.
pub(crate) struct Context {
    pub(crate) caches: Caches,
    pub(crate) catalog: Catalog,
    pub(crate) engines: Engines,
    pub(crate) events: Events,
    pub(crate) ledger: Ledger,
    pub(crate) clock: Clock,
    /// The namespace that the platform itself lives in.
    pub(crate) home: String,
    pub(crate) renders: Renders,
    pub(crate) metrics: EnvironmentMetrics,
}

impl Context {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().into()
    }

    pub(super) fn engine(
        &self,
        kind: EngineKind,
    ) -> Result<&Arc<dyn dploy_core::environments::ports::Engine>, super::Error> {
        self.engines.get(&kind).ok_or(super::Error::NoEngine(kind.as_str()))
    }
}

/// The key of an object as the kernel writes it.
pub(super) fn kernel_key(key: &ObjectKey) -> Key {
    Key::namespaced(&key.namespace, &key.name)
}

/// The key of an object as the domain writes it.
pub(super) fn domain_key(key: &Key) -> ObjectKey {
    ObjectKey::new(key.namespace.clone().unwrap_or_default(), key.name.clone())
}

/// What the texts of instances rendered to, kept while their inputs stay the same.
#[derive(Default)]
pub(crate) struct Renders(Mutex<HashMap<String, (String, Subject, Outcome)>>);

type Outcome = Result<Arc<Rendered>, RenderError>;

impl Renders {
    /// What the texts of `compiled` render to for the instance `uid`.
    pub(super) fn get(&self, uid: &str, compiled: &Compiled, subject: Subject) -> Outcome {
        let revision = &compiled.revision.name;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(uid).cloned();
        if let Some((_, _, outcome)) = known.filter(|(of, about, _)| of == revision && *about == subject) {
            return outcome;
        }
        let renderer = compiled.renderer.as_ref().map_err(Clone::clone);
        let outcome = renderer.and_then(|renderer| renderer.render(&subject)).map(Arc::new);
        let entry = (revision.clone(), subject, outcome.clone());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(uid.to_owned(), entry);
        outcome
    }

    /// Forgets an instance that is gone.
    pub(super) fn forget(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}
