//! What helm-controller says of a release.

use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::{Value, json};

use super::EngineObject;

/// Flux' `HelmRelease`.
#[derive(Debug)]
pub enum HelmRelease {}

impl EngineObject for HelmRelease {
    const FINALIZER: &'static str = "finalizers.fluxcd.io";
    const ADOPTS: bool = true;
    const STATUS_SUBRESOURCE: bool = true;

    fn resource() -> ApiResource {
        let kind = GroupVersionKind::gvk("helm.toolkit.fluxcd.io", "v2", "HelmRelease");
        ApiResource::from_gvk_with_plural(&kind, "helmreleases")
    }

    fn reported(release: &DynamicObject) -> bool {
        let observed = release.data.pointer("/status/observedGeneration").and_then(Value::as_i64);
        observed == release.metadata.generation
    }

    fn chart(release: &DynamicObject) -> &str {
        let named = ["/spec/chart/spec/chart", "/spec/chartRef/name"].map(|path| release.data.pointer(path));
        named.into_iter().flatten().find_map(Value::as_str).unwrap_or_default()
    }

    /// What helm-controller reports of an installed release, or of one whose retries are used up.
    fn status(release: &DynamicObject, failed: bool) -> Value {
        let generation = release.metadata.generation;
        let now = k8s_openapi::jiff::Timestamp::now();
        let condition = |kind: &str, status: &str, reason: &str, message: &str| {
            json!({
                "type": kind, "status": status, "reason": reason, "message": message,
                "observedGeneration": generation, "lastTransitionTime": now,
            })
        };
        let conditions = if failed {
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
        json!({ "observedGeneration": generation, "conditions": conditions })
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Step, next_step},
        *,
    };

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
        let step = next_step::<HelmRelease>;
        assert_eq!(step(&release(&[], false, None)), Some(Step::Adopt));
        assert_eq!(step(&release(&[HelmRelease::FINALIZER], false, Some(1))), Some(Step::Report));
        assert_eq!(step(&release(&[HelmRelease::FINALIZER], false, Some(2))), None);
        assert_eq!(step(&release(&[HelmRelease::FINALIZER], true, Some(2))), Some(Step::Remove));
        assert_eq!(step(&release(&["other"], true, Some(2))), None);
    }
}
