//! One API server for all tests here, and what they ask of it.

use dploy_k8s::testing::{Cluster, SharedCluster};
use kube::{
    Api, Client, Error, ResourceExt,
    api::{ApiResource, DynamicObject, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

static CLUSTER: SharedCluster = SharedCluster::new(Cluster::builder);
static INSTALLED: OnceCell<()> = OnceCell::const_new();

/// A namespace of an API server that knows our kinds.
pub(crate) struct Server {
    pub(crate) client: Client,
    pub(crate) namespace: String,
}

/// The server, or `None` where its programs are missing and the test is skipped.
pub(crate) async fn server() -> Option<Server> {
    let cluster = CLUSTER.get().await.unwrap()?;
    INSTALLED.get_or_init(|| async { cluster.install_crds(&dploy_k8s::crds()).await.unwrap() }).await;
    Some(Server { client: cluster.client().unwrap(), namespace: cluster.namespace().await.unwrap() })
}

impl Server {
    /// The objects of a kind, in the test's namespace or cluster-wide.
    pub(crate) fn api(&self, kind: &str) -> Api<DynamicObject> {
        let resource = resource(kind);
        if kind == "OperatorConfig" {
            Api::all_with(self.client.clone(), &resource)
        } else {
            Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
        }
    }

    /// Creates an object with this spec.
    pub(crate) async fn create(&self, kind: &str, spec: &Value) -> kube::Result<DynamicObject> {
        self.post(kind, spec, false).await
    }

    /// Asks whether an object with this spec could be created.
    pub(crate) async fn try_create(&self, kind: &str, spec: &Value) -> kube::Result<DynamicObject> {
        self.post(kind, spec, true).await
    }

    async fn post(&self, kind: &str, spec: &Value, dry_run: bool) -> kube::Result<DynamicObject> {
        let mut object = DynamicObject::new("", &resource(kind)).data(json!({ "spec": spec }));
        object.metadata.name = None;
        object.metadata.generate_name = Some("test-".to_owned());
        self.api(kind).create(&PostParams { dry_run, ..PostParams::default() }, &object).await
    }

    /// Asks whether an object with the spec `before` could be changed by this merge patch of its spec.
    pub(crate) async fn try_change(&self, kind: &str, before: &Value, patch: &Value) -> kube::Result<DynamicObject> {
        let object = self.create(kind, before).await.unwrap();
        let params = PatchParams { dry_run: true, ..PatchParams::default() };
        self.api(kind).patch(&object.name_any(), &params, &Patch::Merge(json!({ "spec": patch }))).await
    }

    /// Asks whether an object with this spec could get this status.
    pub(crate) async fn try_status(&self, kind: &str, spec: &Value, status: &Value) -> kube::Result<DynamicObject> {
        let name = self.create(kind, spec).await?.name_any();
        self.patch_status(kind, &name, status, true).await
    }

    /// Asks whether an object with this spec and the status `before` could get this merge patch of its status.
    pub(crate) async fn try_status_change(
        &self,
        kind: &str,
        spec: &Value,
        before: &Value,
        patch: &Value,
    ) -> kube::Result<DynamicObject> {
        let name = self.create(kind, spec).await?.name_any();
        self.patch_status(kind, &name, before, false).await?;
        self.patch_status(kind, &name, patch, true).await
    }

    async fn patch_status(&self, kind: &str, name: &str, status: &Value, dry_run: bool) -> kube::Result<DynamicObject> {
        let params = PatchParams { dry_run, ..PatchParams::default() };
        self.api(kind).patch_status(name, &params, &Patch::Merge(json!({ "status": status }))).await
    }
}

pub(crate) fn resource(kind: &str) -> ApiResource {
    ApiResource {
        group: "dploy.dev".to_owned(),
        version: "v1alpha1".to_owned(),
        api_version: "dploy.dev/v1alpha1".to_owned(),
        kind: kind.to_owned(),
        plural: format!("{}s", kind.to_lowercase()),
    }
}

/// Asserts that the API server refused, in words that contain all `words`.
pub(crate) fn assert_refused(answer: kube::Result<DynamicObject>, words: &[&str]) {
    let error = match answer {
        Err(Error::Api(status)) => status,
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(error.code, 422, "{error:?}");
    for word in words {
        assert!(error.message.contains(word), "{word:?} is not in {:?}", error.message);
    }
}

/// `base` with `patch` merged into it (RFC 7396): null removes.
pub(crate) fn merged(mut base: Value, patch: &Value) -> Value {
    match patch {
        Value::Object(entries) => {
            if !base.is_object() {
                base = json!({});
            }
            let fields = base.as_object_mut().unwrap();
            for (key, value) in entries {
                let below = fields.remove(key).unwrap_or_default();
                if !value.is_null() {
                    fields.insert(key.clone(), merged(below, value));
                }
            }
            base
        }
        other => other.clone(),
    }
}
