//! Instances whose template says that they follow its edits.

use std::{collections::BTreeSet, sync::Arc};

use dploy_core::environments::{
    instance::{Instance, Pin},
    plan::{
        instance::Source,
        rollout::{Course, plan_rollout},
    },
    rendering::RenderError,
    settings::Revision,
    template::Rollout,
};

use crate::{
    api,
    cluster::ObjectKey as Key,
    environments::{
        Caches,
        catalog::{Catalog, Compiled},
    },
};

use super::{InstanceReconciler, instance::subject};

/// Whether instances of the template follow its edits.
pub(crate) fn follows(template: &api::DployTemplate) -> bool {
    template.spec.rollout == Some(api::Rollout::Follow)
}

impl InstanceReconciler {
    /// The newest revision for an instance pinned to `pinned`, where it moves there.
    ///
    /// # Errors
    /// It cannot be rendered for the instance, which then stays as it is: its workload is in use.
    pub(super) fn followed(&self, instance: &Instance, pinned: &Revision) -> Result<Option<Source>, RenderError> {
        let Some((pin, newest)) = self.newest(instance, pinned) else { return Ok(None) };
        let about = subject(instance, &pin, &newest.revision);
        let rendered = self.0.renders.get(&instance.meta.uid, &newest, about)?;
        Ok(Some(Source::Found { revision: Arc::clone(&newest.revision), pin, rendered: Ok(rendered) }))
    }

    /// The newest revision and what the instance keeps there, where it moves there.
    fn newest(&self, instance: &Instance, pinned: &Revision) -> Option<(Pin, Arc<Compiled>)> {
        let pin = instance.status.pin.as_ref()?;
        let key = Key::namespaced(&instance.meta.key.namespace, &instance.template);
        self.0.caches.templates.cache().get(&key).filter(|template| follows(template))?;
        let newest = self.current(instance).ok()?;
        if plan_rollout(instance, pinned, &newest.revision) != Course::Moves {
            return None;
        }
        Some((Pin { revision: newest.revision.name.clone(), ..pin.clone() }, newest))
    }
}

/// The uids of the free ones of a pool's members that members of the newest revision are to replace.
pub(super) fn outdated(
    members: &[Arc<Instance>],
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
    members.iter().filter(replaced).map(|member| member.meta.uid.clone()).collect()
}
