use std::time::Duration;

use dploy_core::environments::{
    instance::{InstancePhase, reason},
    plan::instance::{status_in_teardown, teardown_deadline},
    ports::{Force, ReleaseRef, Removal},
};

use crate::{
    api::{DployInstance, GROUP},
    cluster::{ObjectKey as Key, Rule, labels, owns},
    controller::Outcome,
    environments::convert,
};

use super::{Error, InstanceReconciler, instance::Observed};

/// What a teardown asks of the API server, beside what the engine does.
pub(super) const ACCESS: &[Rule] =
    &[Rule::new("", "namespaces", &["get", "delete"]), Rule::new(GROUP, "dployinstances", &["update"])];

/// How often something that a teardown waits for is looked at, should its own changes be missed.
const REMOVAL_POLL: Duration = Duration::from_secs(5);

/// How far a teardown has come.
pub(crate) enum Removed {
    /// It waits: a constant word and a sentence.
    Waits(&'static str, String),
    /// Nothing is left, and the finalizer is off.
    All,
}

impl InstanceReconciler {
    /// Engine object, then namespace, then finalizer: each only when the one before is gone.
    pub(super) async fn tear_down(&self, observed: &Observed) -> Result<Removed, Error> {
        let forced = observed.instance.forced;
        if observed.instance.status.phase != InstancePhase::Expiring {
            let status = status_in_teardown(&observed.instance, "", "", self.0.now());
            let written = self.report(&observed.object, &observed.instance, &status).await?;
            return self.remove(observed, &written, forced).await;
        }
        self.remove(observed, &observed.object, forced).await
    }

    async fn remove(&self, observed: &Observed, live: &DployInstance, forced: bool) -> Result<Removed, Error> {
        if let Some(waits) = self.remove_release(observed, live, forced).await? {
            return Ok(Removed::Waits(reason::ENGINE_REMOVAL_PENDING, waits));
        }
        if let Some(waits) = self.remove_namespace(observed, live).await?.filter(|_| !forced) {
            return Ok(Removed::Waits(reason::NAMESPACE_REMOVAL_PENDING, waits));
        }
        self.0.caches.instances.remove_finalizer(live, labels::CLEANUP_FINALIZER).await?;
        self.0.renders.forget(&observed.instance.meta.uid);
        Ok(Removed::All)
    }

    /// What uninstalling waits for; nothing was installed before a uuid was given.
    async fn remove_release(
        &self,
        observed: &Observed,
        live: &DployInstance,
        forced: bool,
    ) -> Result<Option<String>, Error> {
        let Some(status) = live.status.as_ref().filter(|status| !status.uuid.is_empty()) else { return Ok(None) };
        let namespace = observed.instance.meta.key.namespace.clone();
        let apart = !status.engine_namespace.is_empty();
        let engine_namespace = if apart { status.engine_namespace.clone() } else { namespace.clone() };
        let release = ReleaseRef { namespace, instance: observed.instance.reference(), engine_namespace };
        let force = if forced { Force::Yes } else { Force::No };
        for engine in self.0.engines.values() {
            if let Removal::Pending(waits) = engine.remove(&release, force).await? {
                return Ok(Some(waits));
            }
        }
        Ok(None)
    }

    /// What the removal of the workload namespace waits for. A namespace without our label and the instance's uid is
    /// somebody else's and stays, whatever the status says.
    async fn remove_namespace(&self, observed: &Observed, live: &DployInstance) -> Result<Option<String>, Error> {
        let name = live.status.as_ref().map(|status| status.namespace.clone()).unwrap_or_default();
        if name.is_empty() {
            return Ok(None);
        }
        let Some(namespace) = self.0.caches.namespaces.get_live(&Key::cluster(&name)).await? else { return Ok(None) };
        let managed = namespace
            .metadata
            .labels
            .as_ref()
            .and_then(|known| known.get(labels::MANAGED))
            .is_some_and(|value| value == "true");
        if !managed || !owns(&namespace.metadata, &observed.instance.meta.uid) {
            return Ok(None);
        }
        if namespace.metadata.deletion_timestamp.is_none() {
            self.0.caches.namespaces.delete_uid(&namespace).await?;
        }
        Ok(Some(format!("namespace \"{name}\" is being deleted")))
    }

    pub(super) async fn report_removal(&self, observed: &Observed, removed: &Removed) -> Result<Outcome, Error> {
        let Removed::Waits(why, message) = removed else { return Ok(Outcome::await_change()) };
        let key = super::instance::key_of(&observed.instance);
        let Some(live) = self.0.caches.instances.cache().get(&key) else { return Ok(Outcome::await_change()) };
        let (instance, now) = (convert::instance(&live), self.0.now());
        let status = status_in_teardown(&instance, why, message, now);
        self.report(&live, &instance, &status).await?;
        let deadline = Outcome::requeue_at(teardown_deadline(&instance, now).max(now).into(), now.into());
        Ok(Outcome::requeue_after(REMOVAL_POLL).or_earlier(if instance.status.stuck.is_none() {
            deadline
        } else {
            Outcome::await_change()
        }))
    }
}
