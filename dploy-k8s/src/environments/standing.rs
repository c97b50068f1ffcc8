//! What a template has to know of all its instances, without looking at each.

use std::collections::BTreeSet;

use crate::{
    api::DployInstance,
    cluster::{Cache, ObjectKey as Key},
};

use super::convert;

/// Index of instances by template, kind, state and revision: `<namespace>/<template>/<kind>/<state>/<revision>`; the
/// revision is empty where the instance is not pinned yet.
pub(super) const STANDING: &str = "standing";

const MEMBER: &str = "member";
const ON_DEMAND: &str = "on-demand";
const LIVE: &str = "live";
const ENDING: &str = "ending";

/// The instances of a template, pool members and others.
#[derive(Default)]
pub(super) struct Standing {
    /// Whether there are any.
    pub(super) any: bool,
    /// How many on demand are not being deleted.
    pub(super) on_demand: u32,
    /// The revisions that some are pinned to.
    pub(super) revisions: BTreeSet<String>,
    /// Whether one that is not being deleted may still be pinned to any revision.
    pub(super) unpinned: bool,
}

/// Where an instance is found.
pub(super) fn index(template: &str, instance: &DployInstance) -> String {
    let kind = if instance.spec.pooled { MEMBER } else { ON_DEMAND };
    let state = if instance.metadata.deletion_timestamp.is_some() { ENDING } else { LIVE };
    format!("{template}/{kind}/{state}/{}", convert::pinned_revision(instance).unwrap_or_default())
}

impl Standing {
    /// The instances of `template`, which is written `<namespace>/<name>`.
    pub(super) fn of(instances: &Cache<DployInstance>, template: &str) -> Self {
        let mut standing = Self::default();
        let prefix = format!("{template}/");
        for (value, count) in instances.count(STANDING, &prefix) {
            let mut parts = value.get(prefix.len()..).unwrap_or_default().splitn(3, '/');
            let (kind, state, revision) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
            let live = state == Some(LIVE);
            standing.any = true;
            standing.unpinned |= live && revision.is_empty();
            if !revision.is_empty() {
                standing.revisions.insert(revision.to_owned());
            }
            if live && kind == Some(ON_DEMAND) {
                standing.on_demand += u32::try_from(count).unwrap_or(u32::MAX);
            }
        }
        standing
    }
}

/// The members of a template's pool.
pub(super) fn members(instances: &Cache<DployInstance>, template: &str) -> Vec<Key> {
    keys(instances, &format!("{template}/{MEMBER}/"), "")
}

/// A template's instances on demand.
pub(super) fn on_demand(instances: &Cache<DployInstance>, template: &str) -> Vec<Key> {
    keys(instances, &format!("{template}/{ON_DEMAND}/"), "")
}

/// A template's instances that are not pinned yet.
pub(super) fn unpinned(instances: &Cache<DployInstance>, template: &str) -> Vec<Key> {
    keys(instances, &format!("{template}/"), "/")
}

/// The keys of what is found under values that begin and end so.
fn keys(instances: &Cache<DployInstance>, begin: &str, end: &str) -> Vec<Key> {
    let values = instances.count(STANDING, begin).into_iter().map(|(value, _)| value);
    let values = values.filter(|value| value.ends_with(end));
    values.flat_map(|value| instances.find(STANDING, &value)).map(|found| found.key).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cache(instances: &[serde_json::Value]) -> Cache<DployInstance> {
        let cache = Cache::builder()
            .index(STANDING, |object: &DployInstance| vec![index(&object.spec.template_ref, object)])
            .build();
        for (at, instance) in instances.iter().enumerate() {
            let mut object = instance.clone();
            object["apiVersion"] = json!("dploy.dev/v1alpha1");
            object["kind"] = json!("DployInstance");
            object["metadata"]["name"] = json!(format!("i{at}"));
            object["metadata"]["uid"] = json!(at.to_string());
            cache.observe_written(serde_json::from_value(object).unwrap());
        }
        cache
    }

    fn instance(template: &str, pooled: bool, revision: &str) -> serde_json::Value {
        let uuid = if revision.is_empty() { "" } else { "0123abcd" };
        json!({
            "metadata": {}, "spec": { "templateRef": template, "pooled": pooled },
            "status": { "uuid": uuid, "revision": revision },
        })
    }

    #[test]
    fn counts_and_revisions_are_those_of_the_template_alone() {
        let mut ending = instance("shell", false, "shell-3");
        ending["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        let all = [
            instance("shell", true, "shell-1"),
            instance("shell", false, "shell-2"),
            instance("shell", false, "shell-2"),
            ending,
            instance("shell2", false, ""),
        ];
        let cache = cache(&all);
        let standing = Standing::of(&cache, "shell");
        assert_eq!((standing.any, standing.on_demand, standing.unpinned), (true, 2, false));
        assert_eq!(standing.revisions, ["shell-1", "shell-2", "shell-3"].map(str::to_owned).into());
        assert!(Standing::of(&cache, "shell2").unpinned && !Standing::of(&cache, "other").any);
    }

    #[test]
    fn members_instances_on_demand_and_those_without_a_pin_are_found() {
        let cache = cache(&[instance("shell", true, "r"), instance("shell", true, ""), instance("shell", false, "r")]);
        let names = |keys: Vec<Key>| keys.into_iter().map(|key| key.name).collect::<Vec<_>>();
        assert_eq!(names(members(&cache, "shell")), ["i1", "i0"]);
        assert_eq!(names(on_demand(&cache, "shell")), ["i2"]);
        assert_eq!(names(unpinned(&cache, "shell")), ["i1"]);
    }
}
