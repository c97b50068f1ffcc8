use std::collections::BTreeMap;

use dploy_core::environments::marks::{Mark, Marks};

use crate::{api::DployTemplate, cluster::labels};

/// The marks of a template; an annotation with another value than `true` is none.
#[must_use]
pub fn marks(object: &DployTemplate) -> Marks {
    let known = object.metadata.annotations.as_ref();
    let set = |mark| known.and_then(|known| known.get(annotation(mark))).is_some_and(|value| value == "true");
    Marks { cordoned: set(Mark::Cordoned), drained: set(Mark::Drained) }
}

/// The annotation that is `true` on a template with the mark.
#[must_use]
pub fn annotation(mark: Mark) -> &'static str {
    match mark {
        Mark::Cordoned => labels::CORDONED,
        Mark::Drained => labels::DRAINED,
    }
}

/// The annotations that say something of the template itself. With the others every `kubectl apply` and every mark would
/// make it another revision.
pub(super) fn own_annotations(annotations: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let foreign = [LAST_APPLIED, labels::CORDONED, labels::DRAINED];
    annotations.into_iter().filter(|(name, _)| !foreign.contains(&name.as_str())).collect()
}

/// What `kubectl apply` notes on objects.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
