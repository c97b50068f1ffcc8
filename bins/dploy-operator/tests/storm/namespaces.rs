//! A stand-in for the namespace controller: workload namespaces hold nothing here, so they end at once.

use futures::{StreamExt as _, pin_mut};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, ResourceExt as _,
    api::PostParams,
    runtime::{WatchStreamExt as _, watcher},
};
use tokio_util::task::AbortOnDropHandle;

/// Ends namespaces that are being deleted until the handle is dropped.
pub fn end(client: Client) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        let namespaces = Api::<Namespace>::all(client);
        let ours = watcher::Config::default().labels("dploy.dev/managed=true");
        let changes = watcher(namespaces.clone(), ours).default_backoff().applied_objects();
        pin_mut!(changes);
        while let Some(change) = changes.next().await {
            let Ok(mut namespace) = change else { continue };
            if namespace.metadata.deletion_timestamp.is_none() {
                continue;
            }
            let namespaces = namespaces.clone();
            tokio::spawn(async move {
                namespace.spec.get_or_insert_default().finalizers = None;
                let (name, params) = (namespace.name_any(), PostParams::default());
                // Where another version of it fails this, the watch brings that.
                drop(namespaces.replace_subresource("finalize", &name, &params, &namespace).await);
            });
        }
    }))
}
