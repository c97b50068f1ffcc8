//! Instances whose template says that they follow its edits.

use std::{collections::BTreeSet, sync::Arc};

use dploy_core::environments::{
    instance::{Instance, Pin},
    plan::{
        instance::Source,
        rollout::{Course, plan_rollout},
    },
    settings::Revision,
    template::Rollout,
};

use crate::{
    api,
    cluster::ObjectKey as Key,
    environments::{Caches, catalog::Catalog},
};

use super::{InstanceReconciler, instance::subject};

/// Whether instances of the template follow its edits.
pub(crate) fn follows(template: &api::DployTemplate) -> bool {
    template.spec.rollout == Some(api::Rollout::Follow)
}

impl InstanceReconciler {
    /// The newest revision for an instance pinned to `pinned`, where it moves there. What cannot be rendered leaves it as it
    /// is: the workload is somebody's.
    pub(super) fn followed(&self, instance: &Instance, pinned: &Revision) -> Option<Source> {
        let pin = instance.status.pin.as_ref()?;
        let key = Key::namespaced(&instance.meta.key.namespace, &instance.template);
        self.0.caches.templates.cache().get(&key).filter(|template| follows(template))?;
        let newest = self.current(instance).ok()?;
        if plan_rollout(instance, pinned, &newest.revision) != Course::Moves {
            return None;
        }
        let pin = Pin { revision: newest.revision.name.clone(), ..pin.clone() };
        let about = subject(instance, &pin, &newest.revision);
        let rendered = self.0.renders.get(&instance.meta.uid, &newest, about);
        if let Err(error) = &rendered {
            tracing::warn!(instance.name = %instance.meta.key, error = %error, "the newest revision cannot be rendered; the environment stays as it is");
            return None;
        }
        Some(Source::Found { revision: Arc::clone(&newest.revision), pin, rendered })
    }
}

/// The uids of the free members of a pool that members of the newest revision are to replace.
pub(super) fn outdated(
    instances: &[Arc<Instance>],
    newest: &Revision,
    caches: &Caches,
    catalog: &Catalog,
) -> BTreeSet<String> {
    if newest.template.rollout != Rollout::Follow {
        return BTreeSet::new();
    }
    let replaced = |member: &&Arc<Instance>| {
        let revision = member.status.pin.as_ref().map(|pin| pin.revision.as_str()).unwrap_or_default();
        let pinned = catalog.pinned(caches, &member.meta.key.namespace, revision);
        pinned.is_some_and(|pinned| plan_rollout(member, &pinned.revision, newest) == Course::Replaced)
    };
    instances.iter().filter(replaced).map(|member| member.meta.uid.clone()).collect()
}
