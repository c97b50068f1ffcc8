//! From a service to its objects, and from objects to files.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    model::{Component, Deployment, Ingress, Service, Workload},
    pod::{self, PORT_NAME},
};
use crate::{
    id::hex,
    name::{LABEL_MAX, cut},
    yaml,
};

/// The annotation with the whole version id.
pub(super) const VERSION_ANNOTATION: &str = "dploy.dev/version";
/// Hexadecimal digits of the version's hash in the name of a Job.
const HASH_DIGITS: usize = 10;

/// A manifest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GeneratedFile {
    /// Its name, without folders.
    pub path: String,
    /// One YAML document that ends with a line break.
    pub text: String,
}

/// The files of a service, sorted by path.
pub(super) fn files(service: &Service, version: &str) -> Vec<GeneratedFile> {
    let build = Build { service, version };
    let mut files: Vec<_> = service.components.iter().flat_map(|component| build.component(component)).collect();
    files.extend(build.account());
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

struct Build<'a> {
    service: &'a Service,
    version: &'a str,
}

impl Build<'_> {
    fn component(&self, component: &Component) -> Vec<GeneratedFile> {
        match &component.workload {
            Workload::Deployment(deployment) => self.deployment(component, deployment),
            Workload::Job { restart, backoff, ttl } => {
                let spec = json!({
                    "backoffLimit": backoff,
                    "ttlSecondsAfterFinished": ttl,
                    "template": self.pods(component, restart),
                });
                let name = format!("{}-{}", self.name(component), hash(self.version));
                vec![self.object(component, ("batch/v1", "Job"), &name, &[], ("spec", spec))]
            }
            Workload::CronJob { schedule, restart, concurrency, succeeded, failed } => {
                let spec = json!({
                    "schedule": schedule,
                    "concurrencyPolicy": concurrency,
                    "successfulJobsHistoryLimit": succeeded,
                    "failedJobsHistoryLimit": failed,
                    "jobTemplate": {"spec": {"template": self.pods(component, restart)}},
                });
                vec![self.object(component, ("batch/v1", "CronJob"), &self.name(component), &[], ("spec", spec))]
            }
        }
    }

    fn deployment(&self, component: &Component, deployment: &Deployment) -> Vec<GeneratedFile> {
        let name = self.name(component);
        let spec = json!({
            "replicas": deployment.replicas,
            "selector": {"matchLabels": self.selector(component)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": self.pods(component, "Always"),
        });
        let mut files = vec![self.object(component, ("apps/v1", "Deployment"), &name, &[], ("spec", spec))];
        if let Some(port) = deployment.port {
            let spec = json!({
                "type": "ClusterIP",
                "selector": self.selector(component),
                "ports": [{"name": PORT_NAME, "port": port, "protocol": "TCP", "targetPort": PORT_NAME}],
            });
            files.push(self.object(component, ("v1", "Service"), &name, &[], ("spec", spec)));
        }
        files.extend(deployment.ingress.as_ref().map(|found| {
            let spec = ingress(found, &name);
            self.object(component, ("networking.k8s.io/v1", "Ingress"), &name, &found.annotations, ("spec", spec))
        }));
        files
    }

    /// The service account, when it is to be made.
    fn account(&self) -> Option<GeneratedFile> {
        let account = self.service.config.account.as_ref().filter(|account| account.create)?;
        let metadata = self.metadata(&account.name, self.labels(None), &[]);
        Some(file(&account.name, &json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})))
    }

    fn name(&self, component: &Component) -> String {
        format!("{}-{}", self.service.app, component.name)
    }

    /// What selects the pods of a component, for ever.
    fn selector(&self, component: &Component) -> Map<String, Value> {
        let mut labels = Map::new();
        labels.insert("app.kubernetes.io/name".into(), self.service.app.clone().into());
        labels.insert("app.kubernetes.io/component".into(), component.name.clone().into());
        labels
    }

    /// The labels of a pod: those of the file, and those that select it.
    fn pods(&self, component: &Component, restart: &str) -> Value {
        let mut labels = pairs(&self.service.config.labels);
        labels.extend(self.selector(component));
        labels.insert("app.kubernetes.io/managed-by".into(), "dploy".into());
        pod::template(&self.service.config, component, &labels, restart)
    }

    fn labels(&self, component: Option<&Component>) -> Map<String, Value> {
        let mut labels = pairs(&self.service.config.labels);
        labels.insert("app.kubernetes.io/name".into(), self.service.app.clone().into());
        labels.extend(component.map(|component| self.selector(component)).unwrap_or_default());
        let version = label_value(self.version);
        labels.extend((!version.is_empty()).then(|| ("app.kubernetes.io/version".to_owned(), version.into())));
        labels.insert("app.kubernetes.io/managed-by".into(), "dploy".into());
        labels
    }

    fn metadata(&self, name: &str, labels: Map<String, Value>, annotations: &[(String, String)]) -> Value {
        let mut all = pairs(&self.service.config.annotations);
        all.extend(pairs(annotations));
        all.insert(VERSION_ANNOTATION.into(), self.version.into());
        json!({"name": name, "namespace": self.service.namespace, "labels": labels, "annotations": all})
    }

    fn object(
        &self,
        component: &Component,
        (api_version, kind): (&str, &str),
        name: &str,
        annotations: &[(String, String)],
        (body_key, body): (&str, Value),
    ) -> GeneratedFile {
        let metadata = self.metadata(name, self.labels(Some(component)), annotations);
        let mut object = Map::new();
        object.insert("apiVersion".into(), api_version.into());
        object.insert("kind".into(), kind.into());
        object.insert("metadata".into(), metadata);
        object.insert(body_key.into(), body);
        file(&component.name, &Value::Object(object))
    }
}

/// A file is named by what the object describes and by its kind, in which there is no hyphen: no two are the same.
fn file(name: &str, object: &Value) -> GeneratedFile {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    GeneratedFile { path: format!("{name}-{kind}.yaml"), text: yaml::to_text(&object.clone().into()) }
}

fn ingress(ingress: &Ingress, service: &str) -> Value {
    let path = json!({
        "path": ingress.path,
        "pathType": ingress.path_type,
        "backend": {"service": {"name": service, "port": {"number": ingress.port}}},
    });
    let mut spec = Map::new();
    spec.insert("rules".into(), json!([{"host": ingress.hostname, "http": {"paths": [path]}}]));
    if let Some(secret) = &ingress.secret {
        spec.insert("tls".into(), json!([{"hosts": [ingress.hostname], "secretName": secret}]));
    }
    Value::Object(spec)
}

/// The version as a label may hold it: other characters become `_`, the end is cut.
fn label_value(version: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let text: String = version.chars().map(allowed).collect();
    cut(&text, LABEL_MAX).trim_matches(['-', '_', '.']).to_owned()
}

fn hash(version: &str) -> String {
    hex(&Sha256::digest(version.as_bytes())).chars().take(HASH_DIGITS).collect()
}

fn pairs(texts: &[(String, String)]) -> Map<String, Value> {
    texts.iter().map(|(key, text)| (key.clone(), text.clone().into())).collect()
}

/// Texts by key as a value.
pub(super) fn owned(texts: &[(String, String)]) -> Value {
    Value::Object(pairs(texts))
}

/// Inserts a list or map that is not empty.
pub(super) fn insert_if(map: &mut Map<String, Value>, key: &str, value: Value) {
    let empty = value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
    if !empty {
        map.insert(key.to_owned(), value);
    }
}
