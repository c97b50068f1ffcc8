//! A stand-in for helm-controller: it answers `HelmRelease` objects as the real
//! one does, after a fixed delay and without installing anything.

use std::{collections::HashSet, time::Duration};

use futures::{StreamExt as _, pin_mut};
use kube::{
    Api, Client, ResourceExt as _,
    api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams},
    runtime::{WatchStreamExt as _, watcher},
};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};
use tokio_util::task::AbortOnDropHandle;

/// The finalizer of Flux' controllers.
const FINALIZER: &str = "finalizers.fluxcd.io";

/// How long after a failed write the stub tries again.
const RETRY: Duration = Duration::from_millis(200);

/// A stub of helm-controller for load and crash tests.
///
/// A new release gets Flux' finalizer at once and `Ready=True` after a delay; a
/// deleted one loses the finalizer after another. A release that changes gets
/// ready anew. Give it a client of a user of its own, `stub`, so that the audit
/// log tells its requests apart.
#[derive(Clone)]
#[must_use]
pub struct HelmStub {
    client: Client,
    ready_after: Duration,
    removed_after: Duration,
    failing: Option<String>,
}

impl HelmStub {
    /// A stub that answers at once.
    pub fn new(client: Client) -> Self {
        Self { client, ready_after: Duration::ZERO, removed_after: Duration::ZERO, failing: None }
    }

    /// Releases become ready (or failed) this long after they were created or changed.
    pub fn ready_after(mut self, delay: Duration) -> Self {
        self.ready_after = delay;
        self
    }

    /// Releases go this long after they were deleted.
    pub fn removed_after(mut self, delay: Duration) -> Self {
        self.removed_after = delay;
        self
    }

    /// Releases whose chart's name (with `chartRef`, the source's name) contains `part` fail for good.
    pub fn failing(mut self, part: &str) -> Self {
        self.failing = Some(part.to_owned());
        self
    }

    /// Runs as a task that ends when the handle is dropped.
    #[must_use = "dropping the handle stops the stub"]
    pub fn start(self) -> AbortOnDropHandle<()> {
        AbortOnDropHandle::new(tokio::spawn(self.run()))
    }

    /// Answers releases of all namespaces until it is dropped.
    pub async fn run(self) {
        let releases = Api::<DynamicObject>::all_with(self.client.clone(), &helm_release());
        let changes = watcher(releases, watcher::Config::default()).default_backoff().applied_objects();
        pin_mut!(changes);
        let mut steps = JoinSet::new();
        let mut under_way: HashSet<(Option<String>, Step)> = HashSet::new();
        loop {
            tokio::select! {
                change = changes.next() => match change {
                    Some(Ok(release)) => {
                        let Some(step) = next_step(&release) else { continue };
                        let key = (release.uid(), step);
                        if under_way.insert(key.clone()) {
                            let stub = self.clone();
                            steps.spawn(async move { stub.take(step, release).await; key });
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

    /// Takes a step after its delay, repeating it until it succeeds or the release is gone.
    async fn take(&self, step: Step, release: DynamicObject) {
        sleep(match step {
            Step::Adopt => Duration::ZERO,
            Step::Report => self.ready_after,
            Step::Remove => self.removed_after,
        })
        .await;
        let namespace = release.namespace().unwrap_or_default();
        let releases = Api::<DynamicObject>::namespaced_with(self.client.clone(), &namespace, &helm_release());
        let (name, params) = (release.name_any(), PatchParams::default());
        let metadata = |finalizers: &[String]| {
            Patch::Merge(json!({ "metadata": { "uid": release.uid(), "finalizers": finalizers } }))
        };
        loop {
            let written = match step {
                Step::Adopt => {
                    let finalizers = [release.finalizers(), &[FINALIZER.to_owned()]].concat();
                    releases.patch(&name, &params, &metadata(&finalizers)).await
                }
                Step::Report => releases.patch_status(&name, &params, &Patch::Merge(self.status(&release))).await,
                Step::Remove => {
                    let others = release.finalizers().iter().filter(|finalizer| *finalizer != FINALIZER);
                    releases.patch(&name, &params, &metadata(&others.cloned().collect::<Vec<_>>())).await
                }
            };
            match written {
                Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409 | 422) => return,
                Err(_) => sleep(RETRY).await,
                Ok(_) => return,
            }
        }
    }

    fn fails(&self, release: &DynamicObject) -> bool {
        let named = ["/spec/chart/spec/chart", "/spec/chartRef/name"].map(|path| release.data.pointer(path));
        let chart = named.into_iter().flatten().find_map(Value::as_str).unwrap_or_default();
        self.failing.as_ref().is_some_and(|part| chart.contains(part))
    }

    /// What helm-controller reports of an installed release, or of one whose retries are used up.
    fn status(&self, release: &DynamicObject) -> Value {
        let generation = release.metadata.generation;
        let now = k8s_openapi::jiff::Timestamp::now();
        let condition = |kind: &str, status: &str, reason: &str, message: &str| {
            json!({
                "type": kind, "status": status, "reason": reason, "message": message,
                "observedGeneration": generation, "lastTransitionTime": now,
            })
        };
        let conditions = if self.fails(release) {
            let message = "Helm install failed: this chart never installs";
            vec![
                condition("Released", "False", "InstallFailed", message),
                condition("Stalled", "True", "RetriesExceeded", "Failed to install after 1 attempt(s)"),
                condition("Ready", "False", "InstallFailed", message),
            ]
        } else {
            let message = "Helm install succeeded";
            vec![
                condition("Released", "True", "InstallSucceeded", message),
                condition("Ready", "True", "InstallSucceeded", message),
            ]
        };
        json!({ "metadata": { "uid": release.uid() }, "status": { "observedGeneration": generation, "conditions": conditions } })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    Adopt,
    Report,
    Remove,
}

/// What a release in this state waits for; every step's own write leads to the next.
fn next_step(release: &DynamicObject) -> Option<Step> {
    let adopted = release.finalizers().iter().any(|finalizer| finalizer == FINALIZER);
    let observed = release.data.pointer("/status/observedGeneration").and_then(Value::as_i64);
    match (release.metadata.deletion_timestamp.is_some(), adopted) {
        (true, true) => Some(Step::Remove),
        (true, false) => None,
        (false, false) => Some(Step::Adopt),
        (false, true) => (observed != release.metadata.generation).then_some(Step::Report),
    }
}

fn helm_release() -> ApiResource {
    let kind = GroupVersionKind::gvk("helm.toolkit.fluxcd.io", "v2", "HelmRelease");
    ApiResource::from_gvk_with_plural(&kind, "helmreleases")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(finalizers: &[&str], deleting: bool, observed: Option<i64>) -> DynamicObject {
        serde_json::from_value(json!({
            "metadata": {
                "name": "r", "generation": 2, "finalizers": finalizers,
                "deletionTimestamp": deleting.then_some("2026-01-01T00:00:00Z"),
            },
            "spec": { "chart": { "spec": { "chart": "charts/broken" } } },
            "status": { "observedGeneration": observed },
        }))
        .unwrap()
    }

    #[test]
    fn each_state_has_one_next_step() {
        assert_eq!(next_step(&release(&[], false, None)), Some(Step::Adopt));
        assert_eq!(next_step(&release(&[FINALIZER], false, Some(1))), Some(Step::Report));
        assert_eq!(next_step(&release(&[FINALIZER], false, Some(2))), None);
        assert_eq!(next_step(&release(&[FINALIZER], true, Some(2))), Some(Step::Remove));
        assert_eq!(next_step(&release(&["other"], true, Some(2))), None);
    }
}
