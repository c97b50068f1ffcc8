//! What the watches see, as the instances that it concerns.

use dploy_core::environments::ObjectKey;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use kube::{Resource, ResourceExt};

use crate::{
    api::DployInstance,
    cluster::{Cache, Change, condition::find},
    environments::release::annotated_instance,
    foreign::flux::HelmRelease,
};

use super::{
    engine::BY_SOURCE,
    objects::SourceKey,
    sources::{FluxSource, Sources},
};

/// The instances whose releases, or the sources of these, change from now on; first those that have one.
pub(super) fn changes(releases: &Cache<HelmRelease>, sources: &Sources) -> BoxStream<'static, ObjectKey> {
    let own =
        releases.subscribe().flat_map(|change| stream::iter(change.either().and_then(|release| instance_of(release))));
    stream::select_all([
        own.boxed(),
        of_sources(sources.git.cache(), releases),
        of_sources(sources.helm.cache(), releases),
        of_sources(sources.oci.cache(), releases),
    ])
    .boxed()
}

/// The instance that a release belongs to: by our annotation, or as the original wrote it by its controller.
pub(super) fn instance_of(release: &HelmRelease) -> Option<ObjectKey> {
    if let Some(instance) = annotated_instance(release) {
        return Some(instance);
    }
    let instance = |kind: &str| kind == DployInstance::kind(&());
    let mut owners = release.owner_references().iter();
    let owner = owners.find(|owner| owner.controller == Some(true) && instance(&owner.kind))?;
    Some(ObjectKey::new(release.namespace()?, &owner.name))
}

fn of_sources<K: FluxSource>(cache: &Cache<K>, releases: &Cache<HelmRelease>) -> BoxStream<'static, ObjectKey> {
    let releases = releases.clone();
    let concerned = move |change: Change<K>| {
        let source = change.either().filter(|_| matters(&change)).map(|source| SourceKey::of(&**source).to_string());
        let found = source.map(|source| releases.by_index(BY_SOURCE, &source)).unwrap_or_default();
        stream::iter(found.into_iter().filter_map(|release| instance_of(&release)))
    };
    cache.subscribe().flat_map(concerned).boxed()
}

/// Whether a change of a source can matter to releases. Each look at a repository writes a source's status; that alone
/// must not wake hundreds of instances.
fn matters<K: FluxSource>(change: &Change<K>) -> bool {
    fn verdict<K: FluxSource>(source: &K) -> Vec<(String, String, String)> {
        let conditions = source.reported().map(|status| status.conditions.as_slice()).unwrap_or_default();
        let told = ["Ready", "Stalled"].into_iter().filter_map(|type_| find(conditions, type_));
        told.map(|found| (found.type_.clone(), found.status.clone(), found.reason.clone())).collect()
    }
    let verdict = |source: &Option<std::sync::Arc<K>>| source.as_deref().map(verdict);
    change.generation_changed() || verdict(&change.old) != verdict(&change.new)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::labels::INSTANCE_KEY;

    fn release(metadata: serde_json::Value) -> HelmRelease {
        let spec = json!({ "interval": "1m" });
        let kind = json!({ "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease" });
        let mut object = json!({ "metadata": metadata, "spec": spec });
        object.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn a_release_tells_its_instance_by_annotation_or_as_the_original_by_its_controller() {
        let ours = release(json!({
            "namespace": "flux-system", "name": "jane-blog-1", "annotations": { INSTANCE_KEY: "apps/jane-blog" },
        }));
        assert_eq!(instance_of(&ours), Some(ObjectKey::new("apps", "jane-blog")));
        let owner = json!({
            "apiVersion": "dploy.dev/v1alpha1", "kind": "DployInstance", "name": "jane-blog", "uid": "1", "controller": true,
        });
        let original = release(json!({ "namespace": "apps", "name": "jane-blog", "ownerReferences": [owner] }));
        assert_eq!(instance_of(&original), Some(ObjectKey::new("apps", "jane-blog")));
        assert_eq!(instance_of(&release(json!({ "namespace": "apps", "name": "jane-blog" }))), None);
    }
}
