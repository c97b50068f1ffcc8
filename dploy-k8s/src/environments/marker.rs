//! The API's door to templates: the marks of administrators.

use async_trait::async_trait;
use dploy_core::environments::{
    audit::{Marked, TemplateMarker},
    marks::Mark,
    ports::StoreError,
};
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;

use crate::{
    api::{DployTemplate, GROUP},
    cluster::{ObjectKey as Key, Rule, Store},
};

use super::{claims::failed, convert};

/// How often a mark is set anew where somebody else has changed the template in between.
const ATTEMPTS: usize = 8;

/// What marking asks of the API server.
pub(super) const ACCESS: &[Rule] = &[Rule::new(GROUP, "dploytemplates", &["get", "patch"]).at_home()];

/// Marks of the templates of one namespace, as annotations.
#[derive(Clone)]
pub struct KubernetesMarker {
    templates: Store<DployTemplate>,
    namespace: String,
}

impl std::fmt::Debug for KubernetesMarker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KubernetesMarker").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl KubernetesMarker {
    /// Marks templates of `namespace` through `templates`; share its cache with the
    /// [`KubernetesObserver`](super::KubernetesObserver), so that it sees what is written here at once.
    #[must_use]
    pub fn new(templates: Store<DployTemplate>, namespace: impl Into<String>) -> Self {
        Self { templates, namespace: namespace.into() }
    }
}

#[async_trait]
impl TemplateMarker for KubernetesMarker {
    async fn mark(&self, name: &str, mark: Mark, set: bool) -> Result<Option<Marked>, StoreError> {
        let key = Key::namespaced(&self.namespace, name);
        let api = Api::<DployTemplate>::namespaced(self.templates.client().clone(), &self.namespace);
        for _ in 0..ATTEMPTS {
            let Some(live) = self.templates.get_live(&key).await.map_err(failed)? else { return Ok(None) };
            let marks = convert::marks(&live);
            if marks.has(mark) == set {
                return Ok(Some(Marked { marks, changed: false }));
            }
            let annotation = set.then_some("true");
            let version = live.metadata.resource_version.clone();
            let patch = json!({ "metadata": {
                "resourceVersion": version,
                "annotations": { convert::annotation(mark): annotation },
            } });
            match api.patch(name, &PatchParams::default(), &Patch::Merge(&patch)).await {
                Ok(written) => {
                    let marks = convert::marks(&written);
                    self.templates.cache().observe_written(written);
                    return Ok(Some(Marked { marks, changed: true }));
                }
                Err(kube::Error::Api(status)) if status.is_conflict() => {}
                Err(kube::Error::Api(status)) if status.is_not_found() => return Ok(None),
                Err(error) => return Err(StoreError::Unavailable(Box::new(error))),
            }
        }
        Err(StoreError::Conflict)
    }
}
