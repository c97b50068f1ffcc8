//! The objects that the operator would write for one environment.

use std::{collections::BTreeMap, sync::Arc};

use dploy_core::environments::{
    UidRef,
    isolation::Isolation,
    naming::{instance_name, label_value, member_name},
    ports::{Engine, Release, ReleaseRef},
    rendering::{Rendered, Subject},
    settings::Revision,
    template::EngineKind,
};
use dploy_k8s::{
    cluster::{CacheMetrics, labels},
    controller::Clock,
    environments::{
        argocd::ArgoCdEngine,
        flux::FluxEngine,
        isolation::{self, pod_security_labels},
    },
};
use serde_json::{Value, json};

use crate::{error::Error, template::recorder::Recorder};

/// Namespace, what keeps it to itself, source and release of an environment whose template lives in `namespace`, as the engine itself writes
/// them; what refers to live objects by uid is left out.
///
/// # Errors
/// The engine cannot express it.
pub(super) async fn of(
    namespace: &str,
    revision: Revision,
    subject: &Subject,
    rendered: Rendered,
) -> Result<Vec<Value>, Error> {
    let engine = revision.settings.engine_of(&revision.template);
    let release = release(namespace, revision, subject, rendered);
    let recorder = Recorder::default();
    let (client, metrics) = (recorder.client(namespace), CacheMetrics::default());
    let engine: Box<dyn Engine> = match engine {
        EngineKind::Flux => Box::new(FluxEngine::new(&client, namespace, &metrics)),
        EngineKind::ArgoCd => Box::new(ArgoCdEngine::new(&client, namespace, Clock::system(), &metrics)),
    };
    engine.apply(&release).await.map_err(|source| Error::Engine(source.into()))?;

    let isolation = release.revision.settings.isolation_of(&release.revision.template);
    let mut objects = vec![workload_namespace(&release, isolation.as_ref())];
    if let Some(isolation) = &isolation {
        objects.extend(isolation::objects(isolation, &release.target_namespace, release.labels.clone()));
    }
    objects.extend(recorder.created().into_iter().map(portable));
    Ok(objects)
}

fn release(namespace: &str, revision: Revision, subject: &Subject, rendered: Rendered) -> Release {
    let template = &revision.template;
    let name = match template.pool() {
        Some(_) => member_name(&template.name, &template.uid, 0),
        None => instance_name(&subject.owner, &template.name),
    };
    let mut known = BTreeMap::from([
        (labels::MANAGED.to_owned(), "true".to_owned()),
        (labels::TEMPLATE.to_owned(), label_value(&template.name)),
        (labels::INSTANCE.to_owned(), subject.uuid.clone()),
    ]);
    if !subject.owner.is_empty() {
        known.insert(labels::OWNER.to_owned(), label_value(&subject.owner));
    }
    Release {
        reference: ReleaseRef {
            namespace: namespace.to_owned(),
            instance: UidRef { name, uid: String::new() },
            engine_namespace: revision.settings.engine_namespace(template).unwrap_or(namespace).to_owned(),
        },
        target_namespace: subject.namespace.clone(),
        labels: known,
        values: rendered.values,
        revision: Arc::new(revision),
    }
}

fn workload_namespace(release: &Release, isolation: Option<&Isolation>) -> Value {
    let mut known = release.labels.clone();
    known.extend(pod_security_labels(isolation));
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": { "name": release.target_namespace, "labels": known },
    })
}

/// The object without what only a live instance gives it: owner, owner's uid, and the hash over both.
fn portable(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("ownerReferences");
        if let Some(notes) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            notes.remove(labels::INSTANCE_UID);
            notes.remove(labels::APPLIED_HASH);
        }
    }
    object
}
