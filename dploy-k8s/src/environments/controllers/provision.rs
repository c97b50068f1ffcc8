use std::{sync::Arc, time::Duration};

use dploy_core::environments::{
    instance::{Instance, Pin, reason},
    plan::instance::Provision,
    ports::{EngineError, Readiness, ReadinessState, Release, ReleaseRef},
    template::EngineKind,
};
use dploy_core::error::chain;

use crate::{
    cluster::{self, ObjectKey as Key, Owner, Rule},
    controller::Outcome,
    environments::{isolation::Place, revision::Content},
};

use super::{Error, InstanceReconciler, objects};

/// What provisioning asks of the API server.
pub(super) const ACCESS: &[Rule] = &[
    Rule::new("", "namespaces", &["get", "create", "patch"]),
    Rule::new("apps", "controllerrevisions", &["get", "create"]),
];

/// How often an engine that is at work is asked, should its own changes be missed.
const PROGRESS_POLL: Duration = Duration::from_secs(30);
/// How soon an instance whose effects failed is tried again.
const FAILURE_RETRY: Duration = Duration::from_secs(15);

/// What came of installing.
pub(crate) enum Provisioned {
    /// The engine's verdict.
    Reported(Readiness),
    /// What could not be done: a constant word and a sentence.
    Failed(&'static str, String),
}

impl Provisioned {
    /// When to look again.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Failed(..) => Outcome::requeue_after(FAILURE_RETRY),
            Self::Reported(readiness) if readiness.state == ReadinessState::Progressing => {
                Outcome::requeue_after(PROGRESS_POLL)
            }
            Self::Reported(_) => Outcome::await_change(),
        }
    }
}

impl InstanceReconciler {
    /// Keeps the revision, then makes the namespace and what keeps it to itself, then installs.
    pub(super) async fn provision(&self, instance: &Instance, provision: &Provision) -> Result<Provisioned, Error> {
        self.keep_revision(instance, &provision.pin).await?;
        let (caches, owner) = (&self.0.caches, Owner::new(&instance.meta.uid));
        let isolation = provision.revision.settings.isolation_of(&provision.revision.template);
        let namespace = objects::workload_namespace(instance, &provision.pin, isolation.as_ref());
        if let Err(error) = caches.namespaces.apply(&namespace, &owner).await {
            return refused(error, reason::NAMESPACE_ERROR);
        }
        let place =
            Place { namespace: &provision.pin.namespace, labels: objects::child_labels(instance, &provision.pin) };
        if let Err(error) = caches.isolation.ensure(place, isolation.as_ref(), &owner).await {
            return refused(error, reason::ISOLATION_ERROR);
        }
        let kind = provision.revision.settings.engine_of(&provision.revision.template);
        let engine = self.0.engine(kind)?;
        match engine.apply(&release(instance, provision)).await {
            Ok(readiness) => Ok(Provisioned::Reported(readiness)),
            Err(EngineError::NameTaken(subject)) => {
                Ok(Provisioned::Failed(reason::NAME_TAKEN, format!("{subject} belongs to something else")))
            }
            Err(error @ EngineError::Source(_)) => Ok(Provisioned::Failed("SourceError", chain(&error))),
            Err(error @ EngineError::Release(_)) => Ok(Provisioned::Failed(release_error(kind), chain(&error))),
            Err(error) => Err(error.into()),
        }
    }

    /// Stores the revision that the instance is pinned to, unless it is stored already.
    async fn keep_revision(&self, instance: &Instance, pin: &Pin) -> Result<(), Error> {
        let caches = &self.0.caches;
        let namespace = &instance.meta.key.namespace;
        if caches.revisions.cache().get(&Key::namespaced(namespace, &pin.revision)).is_some() {
            return Ok(());
        }
        let template = caches.templates.cache().get(&Key::namespaced(namespace, &instance.template));
        let entry = template.and_then(|template| self.0.catalog.current(caches, &template).ok());
        match entry.filter(|entry| entry.compiled.revision.name == pin.revision) {
            Some(entry) => ensure_revision(caches, namespace, &entry.content).await,
            None => Ok(()),
        }
    }
}

/// What the server refuses is said of the instance; all else is tried again.
fn refused(error: cluster::Error, of: &'static str) -> Result<Provisioned, Error> {
    match error {
        error @ cluster::Error::NameTaken { .. } => Ok(Provisioned::Failed(reason::NAME_TAKEN, error.to_string())),
        error @ (cluster::Error::Terminating { .. } | cluster::Error::Invalid { .. }) => {
            Ok(Provisioned::Failed(of, chain(&error)))
        }
        error => Err(error.into()),
    }
}

/// The reason where an engine's object could not be written.
fn release_error(engine: EngineKind) -> &'static str {
    match engine {
        EngineKind::Flux => "HelmReleaseError",
        EngineKind::ArgoCd => "ApplicationError",
    }
}

/// Stores a revision, unless it is stored already.
pub(super) async fn ensure_revision(
    caches: &crate::environments::Caches,
    namespace: &str,
    content: &Content,
) -> Result<(), Error> {
    let key = Key::namespaced(namespace, content.revision_name());
    if caches.revisions.cache().get(&key).is_some() {
        return Ok(());
    }
    match caches.revisions.create(&content.object(namespace)).await {
        Err(cluster::Error::AlreadyExists { .. }) => {
            caches.revisions.get_live(&key).await?;
            Ok(())
        }
        created => Ok(created.map(drop)?),
    }
}

fn release(instance: &Instance, provision: &Provision) -> Release {
    Release {
        reference: ReleaseRef {
            namespace: instance.meta.key.namespace.clone(),
            instance: instance.reference(),
            engine_namespace: provision.pin.engine_namespace.clone(),
        },
        revision: Arc::clone(&provision.revision),
        target_namespace: provision.pin.namespace.clone(),
        labels: objects::child_labels(instance, &provision.pin),
        values: provision.rendered.values.clone(),
    }
}
