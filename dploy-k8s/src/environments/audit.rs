//! What people did, as Events of claims and templates. What was refused is told by the log alone.

use dploy_core::environments::audit::{Act, Audit, Outcome, Subject};
use kube::{api::ObjectMeta, runtime::events::EventType};

use crate::{
    api::{DployInstanceClaim, DployTemplate},
    cluster::{Events, ObjectKey as Key, Store},
};

/// Events about the claims and templates of one namespace.
#[derive(Clone)]
pub struct KubernetesAudit {
    events: Events,
    templates: Store<DployTemplate>,
    namespace: String,
}

impl std::fmt::Debug for KubernetesAudit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KubernetesAudit").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl KubernetesAudit {
    /// Publishes through `events`; `templates` is where the uid of a template is looked up.
    #[must_use]
    pub fn new(events: Events, templates: Store<DployTemplate>, namespace: impl Into<String>) -> Self {
        Self { events, templates, namespace: namespace.into() }
    }
}

impl Audit for KubernetesAudit {
    fn record(&self, act: &Act) {
        if act.outcome != Outcome::Done {
            return;
        }
        let (reason, note) = (act.deed.as_str(), format!("by {}", act.actor));
        match &act.subject {
            Subject::Environment(claim, _) => {
                let metadata = ObjectMeta {
                    name: Some(claim.name.clone()),
                    namespace: Some(self.namespace.clone()),
                    uid: Some(claim.uid.clone()),
                    ..ObjectMeta::default()
                };
                // The claim itself may be gone by now; an Event needs no more than this of it.
                let claim = DployInstanceClaim { metadata, ..DployInstanceClaim::default() };
                self.events.publish_each(&claim, EventType::Normal, reason, "Ask", note);
            }
            Subject::Template(name) => {
                if let Some(template) = self.templates.cache().get(&Key::namespaced(&self.namespace, name)) {
                    self.events.publish_each(&*template, EventType::Normal, reason, "Administer", note);
                }
            }
        }
    }
}
