//! Revisions: a template together with the configuration it was read under, kept while an instance is pinned to it.
//!
//! They are stored as ControllerRevisions, the object in which StatefulSets and DaemonSets keep theirs: one for each
//! content, immutable, shared by all instances made from it.

use std::collections::BTreeMap;

use dploy_core::{
    environments::{naming, settings::Revision},
    id::digest,
    name,
};
use k8s_openapi::{api::apps::v1::ControllerRevision, apimachinery::pkg::runtime::RawExtension};
use kube::api::ObjectMeta;
use serde::{Deserialize, Serialize};

use crate::{
    api::{DployTemplate, DployTemplateSpec, OperatorConfigSpec},
    cluster::labels,
};

use super::convert::{self, Refusal};

/// Annotation with the full name of the template that a revision is of.
pub(super) const TEMPLATE_NAME: &str = "dploy.dev/template-name";

/// What is stored: everything that decides what an instance becomes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    name: String,
    uid: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    template: DployTemplateSpec,
    config: OperatorConfigSpec,
}

impl Content {
    /// The content of a revision of `template` under an effective configuration.
    ///
    /// # Errors
    /// Why the template's spec is not accepted.
    pub(super) fn of(template: &DployTemplate, config: &OperatorConfigSpec) -> Result<Self, Refusal> {
        let accepted = convert::template(template)?;
        convert::is_allowed(&template.spec)?;
        Ok(Self {
            name: accepted.name,
            uid: accepted.uid,
            labels: accepted.labels,
            annotations: accepted.annotations,
            template: template.spec.clone(),
            config: config.clone(),
        })
    }

    /// The name that this content has as a revision.
    pub(super) fn revision_name(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        name::suffixed(&self.name, &digest(&[&json], 10), name::SUBDOMAIN_MAX)
    }

    /// The revision as the domain sees it.
    pub(super) fn revision(&self) -> Result<Revision, Refusal> {
        let object = DployTemplate {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                uid: Some(self.uid.clone()),
                labels: Some(self.labels.clone()),
                annotations: Some(self.annotations.clone()),
                ..ObjectMeta::default()
            },
            spec: self.template.clone(),
            status: None,
        };
        Ok(Revision {
            name: self.revision_name(),
            template: convert::template(&object)?,
            settings: convert::settings(&self.config),
        })
    }

    /// The object that keeps this content in `namespace`.
    pub(super) fn object(&self, namespace: &str) -> ControllerRevision {
        ControllerRevision {
            metadata: ObjectMeta {
                name: Some(self.revision_name()),
                namespace: Some(namespace.to_owned()),
                labels: Some(BTreeMap::from([
                    (labels::MANAGED.to_owned(), "true".to_owned()),
                    (labels::TEMPLATE.to_owned(), naming::label_value(&self.name)),
                ])),
                annotations: Some(BTreeMap::from([(TEMPLATE_NAME.to_owned(), self.name.clone())])),
                ..ObjectMeta::default()
            },
            data: serde_json::to_value(self).ok().map(RawExtension),
            revision: 1,
        }
    }

    /// Reads what an object keeps; `None` where it is not one of ours.
    pub(super) fn read(object: &ControllerRevision) -> Option<Self> {
        let data = object.data.as_ref()?;
        serde_json::from_value(data.0.clone()).ok()
    }
}
