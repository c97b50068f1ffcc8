//! The pods of components.

use serde_json::{Map, Value, json};

use super::{
    build::{insert_if, owned},
    model::{Component, Config, Deployment, Probe, Source, Variable, Workload},
};

/// The user that every container runs as.
const USER: u32 = 1000;
/// The name of the port of containers and Services.
pub(super) const PORT_NAME: &str = "http";

/// A pod template: `labels` and the annotations of the file, and one container.
pub(super) fn template(config: &Config, component: &Component, labels: &Map<String, Value>, restart: &str) -> Value {
    let mut metadata = Map::new();
    metadata.insert("labels".into(), Value::Object(labels.clone()));
    insert_if(&mut metadata, "annotations", owned(&config.annotations));
    let mut spec = Map::new();
    spec.insert("containers".into(), json!([container(component)]));
    spec.insert("dnsPolicy".into(), "ClusterFirst".into());
    let secrets = config.pull_secrets.iter().map(|name| json!({ "name": name })).collect();
    insert_if(&mut spec, "imagePullSecrets", Value::Array(secrets));
    spec.insert("restartPolicy".into(), restart.into());
    spec.insert("securityContext".into(), json!({"runAsNonRoot": true, "runAsUser": USER}));
    if let Some(account) = &config.account {
        spec.insert("serviceAccountName".into(), account.name.clone().into());
    }
    json!({"metadata": metadata, "spec": spec})
}

fn container(component: &Component) -> Value {
    let Component { name, image, command, args, cpu, memory, env, workload } = component;
    let mut container = Map::new();
    container.insert("name".into(), name.clone().into());
    container.insert("image".into(), image.clone().into());
    insert_if(&mut container, "command", command.clone().into());
    insert_if(&mut container, "args", args.clone().into());
    insert_if(&mut container, "env", env.iter().map(variable).collect::<Vec<_>>().into());
    let resources = json!({
        "limits": {"cpu": cpu.limit, "memory": memory.limit},
        "requests": {"cpu": cpu.request, "memory": memory.request},
    });
    container.insert("resources".into(), resources);
    if let Workload::Deployment(deployment) = workload {
        reached(&mut container, deployment);
    }
    Value::Object(container)
}

/// What a container that answers requests adds.
fn reached(container: &mut Map<String, Value>, deployment: &Deployment) {
    if let Some(port) = deployment.port {
        let port = json!([{"name": PORT_NAME, "containerPort": port, "protocol": "TCP"}]);
        container.insert("ports".into(), port);
    }
    for (name, found) in [("livenessProbe", &deployment.liveness), ("readinessProbe", &deployment.readiness)] {
        container.extend(found.as_ref().map(|found| (name.to_owned(), probe(found))));
    }
}

fn probe(probe: &Probe) -> Value {
    json!({
        "httpGet": {"path": probe.path, "port": probe.port},
        "initialDelaySeconds": probe.delay,
        "periodSeconds": probe.period,
        "timeoutSeconds": probe.timeout,
        "failureThreshold": probe.failures,
    })
}

fn variable(variable: &Variable) -> Value {
    match &variable.source {
        Source::Value(value) => json!({"name": variable.name, "value": value}),
        Source::Key { kind, name, key } => {
            let mut from = Map::new();
            from.insert((*kind).to_owned(), json!({"name": name, "key": key}));
            json!({"name": variable.name, "valueFrom": from})
        }
    }
}
