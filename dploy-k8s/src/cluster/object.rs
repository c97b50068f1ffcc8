//! What the kernel asks of a kind.

use std::fmt::Debug;

use kube::core::{ClusterResourceScope, NamespaceResourceScope};
use kube::{Api, Client, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A kind that the kernel can cache and write: any typed Kubernetes object, whole or a slice of it.
///
/// Implemented for every type that qualifies; nothing needs to be written by hand. A *slice* is a type that knows only
/// the fields we read and write; it can be watched and applied, but must not be replaced, because a replacement would
/// drop the fields it does not know.
pub trait Object:
    Resource<DynamicType = (), Scope: ApiScope> + Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
}

impl<K> Object for K where
    K: Resource<DynamicType = (), Scope: ApiScope>
        + Clone
        + Debug
        + Serialize
        + DeserializeOwned
        + Send
        + Sync
        + 'static
{
}

/// Builds the typed API of a kind from a namespace that is only known at run time.
///
/// Implemented for the two scopes that typed kinds have, namespaced and cluster-wide.
pub trait ApiScope: Sized {
    /// The API of `K` in `namespace`; across all namespaces where that is `None` or the kind is cluster-scoped.
    fn api<K>(client: Client, namespace: Option<&str>) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = Self>;
}

impl ApiScope for NamespaceResourceScope {
    fn api<K>(client: Client, namespace: Option<&str>) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = Self>,
    {
        match namespace {
            Some(namespace) => Api::namespaced(client, namespace),
            None => Api::all(client),
        }
    }
}

impl ApiScope for ClusterResourceScope {
    fn api<K>(client: Client, _namespace: Option<&str>) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = Self>,
    {
        Api::all(client)
    }
}
