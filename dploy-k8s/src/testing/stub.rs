//! Stand-ins for the controllers of engines: they answer an engine's objects as
//! the real ones do, after a fixed delay and without installing anything.

mod argocd;
mod helm;

use std::{collections::HashSet, fmt::Debug, marker::PhantomData, time::Duration};

use futures::{StreamExt as _, pin_mut};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, ResourceExt as _,
    api::{ApiResource, DynamicObject, Patch, PatchParams, PostParams},
    runtime::{WatchStreamExt as _, watcher},
};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};
use tokio_util::task::AbortOnDropHandle;

/// How long after a failed write the stub tries again.
const RETRY: Duration = Duration::from_millis(200);

/// A stub of helm-controller for load and crash tests.
///
/// A new release gets Flux' finalizer at once and `Ready=True` after a delay; a
/// deleted one loses the finalizer after another. A release that changes gets
/// ready anew.
pub type HelmStub = Stub<helm::HelmRelease>;

/// A stub of Argo CD's application controller for load and crash tests.
///
/// An Application gets synced and healthy after a delay, and anew when it
/// changes; a deleted one loses Argo CD's finalizer after another.
pub type ArgoCdStub = Stub<argocd::Application>;

/// A stub of one engine's controller, [`HelmStub`] or [`ArgoCdStub`].
///
/// Give it a client of a user of its own, `stub`, so that the audit log tells
/// its requests apart.
#[must_use]
pub struct Stub<K> {
    client: Client,
    ready_after: Duration,
    removed_after: Duration,
    failing: Option<String>,
    kind: PhantomData<K>,
}

impl<K> Clone for Stub<K> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), failing: self.failing.clone(), ..*self }
    }
}

/// A kind of object that an engine writes, and what its controller says of one.
pub trait EngineObject: Debug + Send + Sync + 'static {
    /// The finalizer that holds an object until what it installed is gone.
    const FINALIZER: &'static str;
    /// Whether the controller sets the finalizer itself.
    const ADOPTS: bool;
    /// Whether the kind has a status subresource.
    const STATUS_SUBRESOURCE: bool;

    /// The kind.
    fn resource() -> ApiResource;

    /// Whether the controller has reported on the object as it is.
    fn reported(object: &DynamicObject) -> bool;

    /// The name of the object's chart or source.
    fn chart(object: &DynamicObject) -> &str;

    /// The namespace that the controller makes before it installs; `None` where it makes none.
    fn namespace(object: &DynamicObject) -> Option<Namespace> {
        let _ = object;
        None
    }

    /// The status of an object that is installed, or has `failed` for good.
    fn status(object: &DynamicObject, failed: bool) -> Value;
}

impl<K: EngineObject> Stub<K> {
    /// A stub that answers at once.
    pub fn new(client: Client) -> Self {
        let (ready_after, removed_after) = (Duration::ZERO, Duration::ZERO);
        Self { client, ready_after, removed_after, failing: None, kind: PhantomData }
    }

    /// Objects become ready (or failed) this long after they were created or changed.
    pub fn ready_after(mut self, delay: Duration) -> Self {
        self.ready_after = delay;
        self
    }

    /// Objects go this long after they were deleted.
    pub fn removed_after(mut self, delay: Duration) -> Self {
        self.removed_after = delay;
        self
    }

    /// Objects whose chart's name (of a HelmRelease with `chartRef`, the source's name) contains `part` fail for good.
    pub fn failing(mut self, part: &str) -> Self {
        self.failing = Some(part.to_owned());
        self
    }

    /// Runs as a task that ends when the handle is dropped.
    #[must_use = "dropping the handle stops the stub"]
    pub fn start(self) -> AbortOnDropHandle<()> {
        AbortOnDropHandle::new(tokio::spawn(self.run()))
    }

    /// Answers objects of all namespaces until it is dropped.
    pub async fn run(self) {
        let objects = Api::<DynamicObject>::all_with(self.client.clone(), &K::resource());
        let changes = watcher(objects, watcher::Config::default()).default_backoff().applied_objects();
        pin_mut!(changes);
        let mut steps = JoinSet::new();
        let mut under_way: HashSet<(Option<String>, Step)> = HashSet::new();
        loop {
            tokio::select! {
                change = changes.next() => match change {
                    Some(Ok(object)) => {
                        let Some(step) = next_step::<K>(&object) else { continue };
                        let key = (object.uid(), step);
                        if under_way.insert(key.clone()) {
                            let stub = self.clone();
                            steps.spawn(async move { stub.take(step, object).await; key });
                        }
                    }
                    // The watcher recovers by itself, after a pause.
                    Some(Err(error)) => tracing::debug!(%error, "the stub's watch was interrupted"),
                    None => return,
                },
                Some(Ok(key)) = steps.join_next() => drop(under_way.remove(&key)),
            }
        }
    }

    /// Takes a step after its delay, repeating it until it succeeds or the object is gone.
    async fn take(&self, step: Step, object: DynamicObject) {
        sleep(match step {
            Step::Adopt => Duration::ZERO,
            Step::Report => self.ready_after,
            Step::Remove => self.removed_after,
        })
        .await;
        let namespace = object.namespace().unwrap_or_default();
        let objects = Api::<DynamicObject>::namespaced_with(self.client.clone(), &namespace, &K::resource());
        let name = object.name_any();
        while let Err(error) = self.write(&objects, &name, step, &object).await {
            match error {
                // Only this write carries a version, which somebody else's made an older one.
                kube::Error::Api(status) if status.code == 409 && step == Step::Report && !K::STATUS_SUBRESOURCE => {}
                kube::Error::Api(status) if matches!(status.code, 404 | 409 | 422) => return,
                _ => sleep(RETRY).await,
            }
        }
    }

    async fn write(
        &self,
        objects: &Api<DynamicObject>,
        name: &str,
        step: Step,
        object: &DynamicObject,
    ) -> Result<DynamicObject, kube::Error> {
        let (params, uid) = (PatchParams::default(), object.uid());
        let metadata = |finalizers: &[String]| json!({ "metadata": { "uid": uid, "finalizers": finalizers } });
        match step {
            Step::Adopt => {
                let finalizers = [object.finalizers(), &[K::FINALIZER.to_owned()]].concat();
                objects.patch(name, &params, &Patch::Merge(metadata(&finalizers))).await
            }
            Step::Report => {
                if !K::STATUS_SUBRESOURCE {
                    return self.replace_status(objects, name, object).await;
                }
                let report = json!({ "metadata": { "uid": uid }, "status": K::status(object, self.fails(object)) });
                objects.patch_status(name, &params, &Patch::Merge(report)).await
            }
            Step::Remove => {
                let others = object.finalizers().iter().filter(|finalizer| *finalizer != K::FINALIZER);
                objects.patch(name, &params, &Patch::Merge(metadata(&others.cloned().collect::<Vec<_>>()))).await
            }
        }
    }

    /// Replaces the status whole: what an older one said must not stay beside it.
    async fn replace_status(
        &self,
        objects: &Api<DynamicObject>,
        name: &str,
        object: &DynamicObject,
    ) -> Result<DynamicObject, kube::Error> {
        let mut live = objects.get(name).await?;
        if live.uid() != object.uid() || live.metadata.deletion_timestamp.is_some() {
            return Ok(live);
        }
        if let Some(namespace) = K::namespace(&live) {
            match Api::all(self.client.clone()).create(&PostParams::default(), &namespace).await {
                Err(kube::Error::Api(status)) if status.code == 409 => {}
                made => drop(made?),
            }
        }
        let status = K::status(&live, self.fails(&live));
        if let Some(fields) = live.data.as_object_mut() {
            fields.insert("status".to_owned(), status);
        }
        objects.replace(name, &PostParams::default(), &live).await
    }

    fn fails(&self, object: &DynamicObject) -> bool {
        self.failing.as_ref().is_some_and(|part| K::chart(object).contains(part))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    Adopt,
    Report,
    Remove,
}

/// What an object in this state waits for; every step's own write leads to the next.
fn next_step<K: EngineObject>(object: &DynamicObject) -> Option<Step> {
    let held = object.finalizers().iter().any(|finalizer| finalizer == K::FINALIZER);
    match (object.metadata.deletion_timestamp.is_some(), held) {
        (true, true) => Some(Step::Remove),
        (true, false) => None,
        (false, false) if K::ADOPTS => Some(Step::Adopt),
        (false, _) => (!K::reported(object)).then_some(Step::Report),
    }
}
