//! Reads components: what each of them runs, and as what.

use std::collections::HashSet;

use super::{
    checks::{DATA_KEY, IMAGE, NAME, OBJECT_NAME, QUANTITY, Rule, SCHEDULE, TEXT, VARIABLE},
    fields,
    model::{Amount, Component, Source, Variable, Workload},
    quantity,
    reader::{Field, Map, Reader},
    traffic,
};
use crate::{name::LABEL_MAX, yaml::Content};

/// The longest name of a Job or CronJob of ours: Kubernetes, or the build, adds 11 characters to it.
const JOB_NAME_MAX: usize = LABEL_MAX - 11;
/// The longest time in seconds and the highest count that Kubernetes stores.
const INT32_MAX: u64 = 0x7fff_ffff;

const RESTART: &[&str] = &["OnFailure", "Never"];
const CONCURRENCY: &[&str] = &["Forbid", "Allow", "Replace"];
const TYPES: &[&str] = &["deployment", "job", "cronjob"];

/// All components; `app` is the application's name, where it is known.
pub(super) fn read(reader: &mut Reader<'_>, root: &Map<'_>, app: Option<&str>) -> Option<Vec<Component>> {
    const ACCEPTED: &str = "a list with at least one component";
    let field = reader.required(root, "components", ACCEPTED)?;
    let items = reader.list(&field, ACCEPTED)?;
    if items.is_empty() {
        reader.refuse(&field, "there is no component", ACCEPTED);
    }
    let mut names = HashSet::new();
    items.iter().map(|item| component(reader, item, app, &mut names)).collect::<Vec<_>>().into_iter().collect()
}

fn component(
    reader: &mut Reader<'_>,
    field: &Field<'_>,
    app: Option<&str>,
    names: &mut HashSet<String>,
) -> Option<Component> {
    let (kind, map) = typed(reader, field)?;
    let name = name(reader, &map, kind, app, names);
    let image = reader.required_text(&map, "image", &IMAGE);
    let command = words(reader, &map, "command");
    let args = words(reader, &map, "args");
    let (cpu, memory) = resources(reader, &map);
    let env = variables(reader, &map);
    let workload = workload(reader, &map, kind, app);
    Some(Component { name: name?, image: image?, command, args, cpu, memory, env, workload: workload? })
}

/// The type decides which fields are known.
fn typed<'n>(reader: &mut Reader<'_>, field: &Field<'n>) -> Option<(&'static str, Map<'n>)> {
    let everything: Vec<&str> = fields::TYPES.iter().flat_map(|(_, own)| own.iter()).copied().collect();
    let all = [fields::COMPONENT, everything.as_slice()].concat();
    let kind = match field.node.get("type") {
        Some(node) if !matches!(node.content, Content::Null) => {
            reader.word(&Field { node, path: format!("{}.type", field.path) }, TYPES)
        }
        _ => None,
    };
    let Some((kind, own)) = fields::TYPES.iter().find(|(name, _)| Some(*name) == kind) else {
        let map = reader.map(field, &all)?;
        reader.required(&map, "type", "deployment, job, cronjob");
        reader.required_text(&map, "image", &IMAGE);
        return None;
    };
    let known = [fields::COMPONENT, own].concat();
    Some((kind, reader.map_beside(field, &known, &everything)?))
}

fn name(
    reader: &mut Reader<'_>,
    map: &Map<'_>,
    kind: &str,
    app: Option<&str>,
    names: &mut HashSet<String>,
) -> Option<String> {
    let field = reader.required(map, "name", NAME.accepted)?;
    let name = reader.text(&field, &NAME)?;
    if !names.insert(name.clone()) {
        reader.refuse(&field, format!("a second component is named `{name}`"), "a name of its own for each component");
    }
    let full = app.map_or(0, |app| app.len() + 1) + name.len();
    let max = if kind == "deployment" { LABEL_MAX } else { JOB_NAME_MAX };
    let is_known =
        !reader.is_before_build() || ![app.unwrap_or_default(), &name].iter().any(|text| text.contains("{{"));
    if full > max && is_known {
        let message = format!("the object's name {}-{name} has {full} characters", app.unwrap_or_default());
        reader.refuse(&field, message, format!("at most {max} characters for {{app}}-{{component}} of a {kind}"));
    }
    Some(name)
}

fn words(reader: &mut Reader<'_>, map: &Map<'_>, key: &str) -> Vec<String> {
    let items = map.get(key).and_then(|field| reader.list(&field, "a list of texts"));
    items.unwrap_or_default().iter().filter_map(|item| reader.text(item, &TEXT)).collect()
}

/// Requests and limits, CPU and memory.
fn resources(reader: &mut Reader<'_>, map: &Map<'_>) -> (Amount, Amount) {
    let resources = map.get("resources").and_then(|field| reader.map(&field, fields::RESOURCES));
    let mut part = |name: &str| {
        let field = resources.as_ref().and_then(|map| map.get(name))?;
        reader.map(&field, fields::AMOUNTS)
    };
    let (requests, limits) = (part("requests"), part("limits"));
    let cpu = amount(reader, (requests.as_ref(), limits.as_ref()), "cpu", ("50m", "200m"));
    let memory = amount(reader, (requests.as_ref(), limits.as_ref()), "memory", ("64Mi", "256Mi"));
    (cpu, memory)
}

/// What is written, and the defaults for the rest as far as they do not contradict it.
fn amount(
    reader: &mut Reader<'_>,
    (requests, limits): (Option<&Map<'_>>, Option<&Map<'_>>),
    key: &str,
    (request, limit): (&str, &str),
) -> Amount {
    let written = requests.and_then(|map| map.get(key));
    let asked = written.as_ref().and_then(|field| number_or_text(reader, field));
    let bound = limits.and_then(|map| map.get(key)).and_then(|field| number_or_text(reader, &field));
    let nanos = |text: &String| quantity::parse(text).ok();
    let exceeds = |low: &String, high: &String| nanos(low).zip(nanos(high)).is_some_and(|(low, high)| low > high);
    let (request, limit) = (request.to_owned(), limit.to_owned());
    let (request, limit) = match (asked, bound) {
        (Some(asked), Some(bound)) => (asked, bound),
        (Some(asked), None) => (asked.clone(), if exceeds(&asked, &limit) { asked } else { limit }),
        (None, Some(bound)) => (if exceeds(&request, &bound) { bound.clone() } else { request }, bound),
        (None, None) => (request, limit),
    };
    if let Some(field) = written.filter(|_| exceeds(&request, &limit)) {
        reader.refuse(&field, format!("the request {request} exceeds the limit {limit}"), "at most the limit");
    }
    Amount { request, limit }
}

/// A quantity; YAML reads `1` and `0.5` as numbers.
fn number_or_text(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<String> {
    let Content::Number(number) = &field.node.content else { return reader.text(field, &QUANTITY) };
    let text = number.to_string();
    let Rule { accepted, check } = QUANTITY;
    match check(&text) {
        Ok(()) => Some(text),
        Err(message) => {
            reader.refuse(field, message, accepted);
            None
        }
    }
}

fn variables(reader: &mut Reader<'_>, map: &Map<'_>) -> Vec<Variable> {
    let items = map.get("env").and_then(|field| reader.list(&field, "a list of maps with name and value or valueFrom"));
    let mut names = HashSet::new();
    items.unwrap_or_default().iter().filter_map(|item| variable(reader, item, &mut names)).collect()
}

fn variable(reader: &mut Reader<'_>, field: &Field<'_>, names: &mut HashSet<String>) -> Option<Variable> {
    let map = reader.map(field, fields::ENV)?;
    let name = reader.required_text(&map, "name", &VARIABLE);
    if let Some(name) = name.as_ref().filter(|name| !names.insert((*name).clone())) {
        reader.refuse(field, format!("the variable {name} is set twice"), "each variable once");
    }
    let source = match (map.get("value"), map.get("valueFrom")) {
        (Some(value), None) => reader.text(&value, &TEXT).map(Source::Value),
        (None, Some(from)) => key_of(reader, &from),
        (found, _) => {
            let message = if found.is_some() { "value and valueFrom are both set" } else { "there is no value" };
            reader.refuse(field, message, "one of value and valueFrom");
            None
        }
    };
    Some(Variable { name: name?, source: source? })
}

fn key_of(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Source> {
    let map = reader.map(field, fields::VALUE_FROM)?;
    let (kind, reference) = match (map.get("secretKeyRef"), map.get("configMapKeyRef")) {
        (Some(reference), None) => ("secretKeyRef", reference),
        (None, Some(reference)) => ("configMapKeyRef", reference),
        _ => {
            reader.refuse(
                field,
                "it is not clear where the value comes from",
                "one of secretKeyRef and configMapKeyRef",
            );
            return None;
        }
    };
    let reference = reader.map(&reference, fields::KEY_REF)?;
    let name = reader.required_text(&reference, "name", &OBJECT_NAME);
    let key = reader.required_text(&reference, "key", &DATA_KEY);
    Some(Source::Key { kind, name: name?, key: key? })
}

fn workload(reader: &mut Reader<'_>, map: &Map<'_>, kind: &str, app: Option<&str>) -> Option<Workload> {
    let restart = |reader: &mut Reader<'_>| reader.choice(map, "restartPolicy", RESTART);
    match kind {
        "job" => Some(Workload::Job {
            restart: restart(reader),
            backoff: reader.whole(map, "backoffLimit", 0..=INT32_MAX, 3),
            ttl: reader.whole(map, "ttlSecondsAfterFinished", 0..=INT32_MAX, 86_400),
        }),
        "cronjob" => {
            let schedule = reader.required_text(map, "schedule", &SCHEDULE);
            let (restart, concurrency) = (restart(reader), reader.choice(map, "concurrencyPolicy", CONCURRENCY));
            let succeeded = reader.whole(map, "successfulJobsHistoryLimit", 0..=INT32_MAX, 3);
            let failed = reader.whole(map, "failedJobsHistoryLimit", 0..=INT32_MAX, 1);
            Some(Workload::CronJob { schedule: schedule?, restart, concurrency, succeeded, failed })
        }
        _ => Some(Workload::Deployment(traffic::deployment(reader, map, app))),
    }
}
