//! What Argo CD says of an Application.

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::{Value, json};

use super::EngineObject;

/// Argo CD's `Application`.
#[derive(Debug)]
pub enum Application {}

impl EngineObject for Application {
    const FINALIZER: &'static str = "resources-finalizer.argocd.argoproj.io";
    const ADOPTS: bool = false;
    const STATUS_SUBRESOURCE: bool = false;

    fn resource() -> ApiResource {
        ApiResource::from_gvk_with_plural(
            &GroupVersionKind::gvk("argoproj.io", "v1alpha1", "Application"),
            "applications",
        )
    }

    fn reported(application: &DynamicObject) -> bool {
        let compared = application.data.pointer("/status/sync/comparedTo");
        compared == Some(&compared_to(application))
    }

    fn chart(application: &DynamicObject) -> &str {
        let named = ["/spec/source/chart", "/spec/source/path"].map(|path| application.data.pointer(path));
        named.into_iter().flatten().find_map(Value::as_str).unwrap_or_default()
    }

    fn namespace(application: &DynamicObject) -> Option<Namespace> {
        let spec = application.data.get("spec")?;
        let options = spec.pointer("/syncPolicy/syncOptions").and_then(Value::as_array)?;
        options.iter().find(|option| *option == "CreateNamespace=true")?;
        let mut metadata = spec.pointer("/syncPolicy/managedNamespaceMetadata").cloned().unwrap_or_else(|| json!({}));
        let name = spec.pointer("/destination/namespace")?.clone();
        metadata.as_object_mut()?.insert("name".to_owned(), name);
        serde_json::from_value(json!({ "metadata": metadata })).ok()
    }

    /// What Argo CD reports of an Application that is synced and healthy, or whose sync failed for the last time.
    fn status(application: &DynamicObject, failed: bool) -> Value {
        let now = k8s_openapi::jiff::Timestamp::now();
        let (sync, health) = if failed { ("OutOfSync", "Missing") } else { ("Synced", "Healthy") };
        let (phase, message) = if failed {
            ("Failed", "one or more objects failed to apply: this chart never installs (retried 3 times).")
        } else {
            ("Succeeded", "successfully synced (all tasks run)")
        };
        let source = application.data.pointer("/spec/source");
        json!({
            "sync": { "status": sync, "comparedTo": compared_to(application), "revision": "1" },
            "health": { "status": health, "lastTransitionTime": now },
            "operationState": {
                "phase": phase, "message": message, "startedAt": now, "finishedAt": now,
                "operation": { "sync": { "revision": "1" } },
                "syncResult": { "revision": "1", "source": source },
            },
            "reconciledAt": now,
        })
    }
}

fn compared_to(application: &DynamicObject) -> Value {
    let part = |name: &str| application.data.pointer(&format!("/spec/{name}")).cloned().unwrap_or_default();
    json!({ "source": part("source"), "destination": part("destination") })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Step, next_step},
        *,
    };

    fn application(finalizers: &[&str], deleting: bool, status: Value) -> DynamicObject {
        serde_json::from_value(json!({
            "metadata": {
                "name": "a", "finalizers": finalizers, "deletionTimestamp": deleting.then_some("2026-01-01T00:00:00Z"),
            },
            "spec": { "source": { "chart": "broken" }, "destination": { "namespace": "n" } },
            "status": status,
        }))
        .unwrap()
    }

    #[test]
    fn each_state_has_one_next_step() {
        let (step, held) = (next_step::<Application>, [Application::FINALIZER]);
        let fresh = application(&held, false, json!({}));
        assert_eq!(step(&fresh), Some(Step::Report));
        assert_eq!(step(&application(&held, false, Application::status(&fresh, false))), None);
        let older = application(&held, false, json!({ "sync": { "comparedTo": { "source": {}, "destination": {} } } }));
        assert_eq!(step(&older), Some(Step::Report));
        assert_eq!(step(&application(&held, true, json!({}))), Some(Step::Remove));
        assert_eq!(step(&application(&["other"], true, json!({}))), None);
    }
}
