//! Whose object it is.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::ObjectMeta;

use super::{Error, labels};

/// The object that a child belongs to.
///
/// An ownerReference never crosses namespaces: the garbage collector deletes a dependent whose owner it cannot find in
/// the dependent's namespace. So a child carries the owner's full uid in an annotation always, and an ownerReference
/// only where the caller says that both live in one namespace (or the owner is cluster-scoped).
#[derive(Clone, Debug)]
pub struct Owner {
    pub(super) uid: String,
    pub(super) reference: Option<OwnerReference>,
}

impl Owner {
    /// The owner with this `metadata.uid`, in whatever namespace.
    pub fn new(uid: impl Into<String>) -> Self {
        Self { uid: uid.into(), reference: None }
    }

    /// The owner is the child's controller too: garbage collection removes the child after it.
    #[must_use]
    pub fn with_reference(mut self, reference: OwnerReference) -> Self {
        self.reference = Some(reference);
        self
    }

    /// The owner's uid.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Refuses an object that is somebody else's, or being deleted.
    pub(super) fn check(&self, subject: &str, live: &ObjectMeta) -> Result<(), Error> {
        if !owns(live, &self.uid) {
            return Err(Error::NameTaken { subject: subject.to_owned() });
        }
        if live.deletion_timestamp.is_some() {
            return Err(Error::Terminating { subject: subject.to_owned() });
        }
        Ok(())
    }
}

/// Whether the object says that it belongs to the owner with this uid, by our annotation or by its controller
/// reference. The empty uid owns nothing.
pub fn owns(meta: &ObjectMeta, uid: &str) -> bool {
    let annotated = meta.annotations.as_ref().and_then(|annotations| annotations.get(labels::INSTANCE_UID));
    let controlled = || {
        let mut references = meta.owner_references.iter().flatten();
        references.any(|reference| reference.controller == Some(true) && reference.uid == uid)
    };
    !uid.is_empty() && annotated.map_or_else(controlled, |found| found == uid)
}

#[cfg(test)]
mod tests {
    use kube::api::ObjectMeta;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::owns;

    #[rstest]
    #[case::annotated(json!({"annotations": {"dploy.dev/instance-uid": "1"}}), true)]
    #[case::controlled(json!({"ownerReferences": [{"uid": "1", "controller": true}]}), true)]
    #[case::owned_without_control(json!({"ownerReferences": [{"uid": "1"}]}), false)]
    #[case::labelled_only(json!({"labels": {"dploy.dev/managed": "true"}}), false)]
    #[case::annotated_for_another(
        json!({"annotations": {"dploy.dev/instance-uid": "2"}, "ownerReferences": [{"uid": "1", "controller": true}]}),
        false
    )]
    #[case::nothing(json!({}), false)]
    fn ownership_is_shown_by_annotation_or_control(#[case] mut meta: Value, #[case] expected: bool) {
        for reference in meta["ownerReferences"].as_array_mut().into_iter().flatten() {
            for field in ["apiVersion", "kind", "name"] {
                reference[field] = json!("x");
            }
        }
        let meta: ObjectMeta = serde_json::from_value(meta).unwrap();
        assert_eq!(owns(&meta, "1"), expected);
        assert!(!owns(&meta, ""));
    }
}
