use async_trait::async_trait;
use dploy_core::environments::{
    orphans::{Belonging, Holder, Inventory},
    ports::EngineError,
};
use k8s_openapi::api::core::v1::Namespace;
use kube::ResourceExt;

use crate::cluster::{Store, labels::INSTANCE_KEY};

use super::{belonging, discard};

/// The workload namespaces.
pub(crate) struct Namespaces(pub(crate) Store<Namespace>);

impl std::fmt::Debug for Namespaces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Namespaces").finish_non_exhaustive()
    }
}

#[async_trait]
impl Inventory for Namespaces {
    fn belongings(&self) -> Vec<Belonging> {
        let others = self.0.cache().scan().filter(|namespace| !is_the_clusters(&namespace.name_any()));
        others.filter_map(|found| belonging("Namespace", &*found, INSTANCE_KEY, Holder::Instance)).collect()
    }

    async fn discard(&self, what: &Belonging) -> Result<bool, EngineError> {
        discard(&self.0, what).await.map_err(|error| EngineError::Unavailable(error.into()))
    }
}

/// Whether it is one of the cluster's own, whatever somebody has written on it.
fn is_the_clusters(name: &str) -> bool {
    name == "default" || name.starts_with("kube-")
}
