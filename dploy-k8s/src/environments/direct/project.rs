//! Whether Argo CD knows the project that Applications belong to.

use dploy_core::error::chain;
use kube::{
    Api,
    api::{ApiResource, DynamicObject, GroupVersionKind},
};

use crate::cluster::Rule;

use super::{GROUP, platform::Direct};

/// What the look asks of the API server.
pub(super) const ACCESS: &[Rule] = &[Rule::new(GROUP, "appprojects", &["get"]).at_argocd()];

impl Direct {
    /// Says in the log what keeps environments from working, or from going whole: an AppProject that is missing, without
    /// which Argo CD syncs nothing, and a cluster that namespaces cannot be removed from.
    pub async fn warn_of_obstacles(&self) {
        let argocd = &self.settings.argocd;
        if argocd.is_away() {
            tracing::warn!(
                argocd.server = argocd.server,
                "ARGOCD_SERVER is another cluster: namespaces of environments stay there when those end"
            );
        }
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(GROUP, "v1alpha1", "AppProject"));
        let client = self.applications.client().clone();
        let projects = Api::<DynamicObject>::namespaced_with(client, &argocd.namespace, &kind);
        match projects.get_opt(&argocd.project).await {
            Ok(Some(_)) => {}
            Ok(None) => tracing::warn!(
                argocd.project = argocd.project,
                argocd.namespace = argocd.namespace,
                "the AppProject of ARGOCD_PROJECT does not exist: Argo CD syncs no environment before it does"
            ),
            Err(error) => {
                let error = chain(&error);
                tracing::warn!(argocd.project = argocd.project, error, "the AppProject cannot be looked at");
            }
        }
    }
}
