//! Reads the file as a whole and what all its components share.

use super::{
    checks::{ANNOTATION_KEY, LABEL_KEY, LABEL_VALUE, NAME, OBJECT_NAME, TEXT},
    components, fields,
    model::{Account, Config, Service},
    problem::Problems,
    reader::{Field, Map, Reader},
    templates::BuildInputs,
};
use crate::yaml::{Content, Node};

/// Reads a file; without `inputs` as far as it holds for every build.
pub(super) fn read(root: &Node, file: &str, inputs: Option<&BuildInputs>) -> Result<Service, Problems> {
    let mut reader = Reader::new(file, inputs);
    let service = service(&mut reader, root);
    reader.finish(service)
}

fn service(reader: &mut Reader<'_>, root: &Node) -> Option<Service> {
    let root = reader.map(&Field { node: root, path: String::new() }, fields::ROOT)?;
    version(reader, &root);
    let app = reader.required(&root, "app", "a map with name and namespace");
    let app = app.and_then(|field| reader.map(&field, fields::APP));
    let (name, namespace) = app.map_or((None, None), |map| {
        (reader.required_text(&map, "name", &NAME), reader.required_text(&map, "namespace", &NAME))
    });
    let components = components::read(reader, &root, name.as_deref());
    let config = root.get("config").and_then(|field| config(reader, &field)).unwrap_or_default();
    Some(Service { app: name?, namespace: namespace?, components: components?, config })
}

/// The version of the format. YAML reads an unquoted 1.0 as a number, which is as clear.
fn version(reader: &mut Reader<'_>, root: &Map<'_>) {
    let Some(field) = reader.required(root, "version", "\"1.0\"") else { return };
    let known = match &field.node.content {
        Content::Text(text) => text == "1.0",
        Content::Number(number) => number.as_f64() == Some(1.0),
        _ => false,
    };
    if !known {
        reader.refuse(&field, "this version of the format is not known", "\"1.0\"");
    }
}

fn config(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Config> {
    let map = reader.map(field, fields::CONFIG)?;
    let labels = map.get("labels").and_then(|field| reader.texts(&field, &LABEL_KEY, &LABEL_VALUE));
    let annotations = map.get("annotations").and_then(|field| reader.texts(&field, &ANNOTATION_KEY, &TEXT));
    let secrets = map.get("imagePullSecrets").and_then(|field| reader.list(&field, "a list of maps with name"));
    let secrets = secrets.unwrap_or_default().into_iter().filter_map(|secret| {
        let secret = reader.map(&secret, fields::PULL_SECRET)?;
        reader.required_text(&secret, "name", &OBJECT_NAME)
    });
    let pull_secrets = secrets.collect();
    let account = map.get("serviceAccount").and_then(|field| account(reader, &field));
    Some(Config {
        labels: labels.unwrap_or_default(),
        annotations: annotations.unwrap_or_default(),
        pull_secrets,
        account,
    })
}

fn account(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Account> {
    let map = reader.map(field, fields::SERVICE_ACCOUNT)?;
    let name = reader.required_text(&map, "name", &OBJECT_NAME);
    let create = map.get("create").is_some_and(|field| reader.flag(&field).unwrap_or_default());
    Some(Account { name: name?, create })
}
