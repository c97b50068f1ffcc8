//! Reads what deployments add: replicas, a port, probes, and a way in from outside.

use super::{
    checks::{ANNOTATION_KEY, HOSTNAME, INGRESS_PATH, OBJECT_NAME, PROBE_PATH, TEXT},
    fields,
    model::{Deployment, Ingress, Probe},
    reader::{Field, Map, Reader},
};

/// The longest time in seconds and the highest count of a probe.
const PROBE_MAX: u64 = 0x7fff_ffff;
const PORTS: std::ops::RangeInclusive<u64> = 1..=65_535;

pub(super) fn deployment(reader: &mut Reader<'_>, map: &Map<'_>, app: Option<&str>) -> Deployment {
    let replicas = reader.whole(map, "replicas", 1..=100, 1);
    let port = map.get("port").map(|field| {
        service_name(reader, &field, app);
        reader.whole(map, "port", PORTS, 1)
    });
    let health = map.get("healthcheck").and_then(|field| reader.map(&field, fields::HEALTHCHECK));
    let mut check = |name: &str| {
        let field = health.as_ref().and_then(|map| map.get(name))?;
        probe(reader, &field, port)
    };
    let (liveness, readiness) = (check("liveness"), check("readiness"));
    let ingress = map.get("ingress").and_then(|field| ingress(reader, &field, port));
    Deployment { replicas, port, liveness, readiness, ingress }
}

/// A Service's name is a DNS-1035 label, which begins with a letter.
fn service_name(reader: &mut Reader<'_>, field: &Field<'_>, app: Option<&str>) {
    if app.is_some_and(|app| app.starts_with(|first: char| first.is_ascii_digit())) {
        let message = "the Service of a port is named by the application, and a Service's name begins with a letter";
        reader.refuse(field, message, "no port, or an app.name that begins with a letter");
    }
}

fn probe(reader: &mut Reader<'_>, field: &Field<'_>, port: Option<u64>) -> Option<Probe> {
    let map = reader.map(field, fields::PROBE)?;
    let path = reader.required_text(&map, "path", &PROBE_PATH);
    if port.is_none() && map.get("port").is_none() {
        reader.refuse(field, "neither the probe nor its component has a port", "a port here or at the component");
    }
    let probe = Probe {
        path: String::new(),
        port: reader.whole(&map, "port", PORTS, port.unwrap_or(1)),
        delay: reader.whole(&map, "initialDelaySeconds", 0..=PROBE_MAX, 10),
        period: reader.whole(&map, "periodSeconds", 1..=PROBE_MAX, 10),
        timeout: reader.whole(&map, "timeoutSeconds", 1..=PROBE_MAX, 3),
        failures: reader.whole(&map, "failureThreshold", 1..=PROBE_MAX, 3),
    };
    Some(Probe { path: path?, ..probe })
}

fn ingress(reader: &mut Reader<'_>, field: &Field<'_>, port: Option<u64>) -> Option<Ingress> {
    let map = reader.map(field, fields::INGRESS)?;
    let enabled = enabled(reader, &map);
    let hostname = match map.get("hostname") {
        Some(field) => reader.text(&field, &HOSTNAME),
        None if enabled => reader.required_text(&map, "hostname", &HOSTNAME),
        None => None,
    };
    let path = map.get("path").map_or(Some("/".to_owned()), |field| reader.text(&field, &INGRESS_PATH));
    let path_type = reader.choice(&map, "pathType", &["Prefix", "Exact"]);
    let secret = map.get("tls").and_then(|field| tls(reader, &field));
    let annotations = map.get("annotations").and_then(|field| reader.texts(&field, &ANNOTATION_KEY, &TEXT));
    if enabled && port.is_none() {
        reader.refuse(field, "the component has no port to send requests to", "an ingress beside a port");
    }
    let (hostname, path, port) = (hostname?, path?, port?);
    let ingress = Ingress { hostname, path, path_type, secret, annotations: annotations.unwrap_or_default(), port };
    enabled.then_some(ingress)
}

/// The name of the Secret with the certificate, when there is to be TLS.
fn tls(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<String> {
    let map = reader.map(field, fields::TLS)?;
    let enabled = enabled(reader, &map);
    let secret = match map.get("secretName") {
        Some(field) => reader.text(&field, &OBJECT_NAME),
        None if enabled => reader.required_text(&map, "secretName", &OBJECT_NAME),
        None => None,
    };
    secret.filter(|_| enabled)
}

fn enabled(reader: &mut Reader<'_>, map: &Map<'_>) -> bool {
    let field = reader.required(map, "enabled", "true or false");
    field.and_then(|field| reader.flag(&field)).unwrap_or_default()
}
