//! The files that a kustomization refers to, so that they are uploaded with it.

use serde_json::Value;

/// The names of kustomizations.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The fields of a kustomization that hold paths, or objects or lists of them.
const FIELDS: [&str; 16] = [
    "components",
    "configMapGenerator",
    "configurations",
    "crds",
    "generators",
    "helmCharts",
    "openapi",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "resources",
    "bases",
    "secretGenerator",
    "transformers",
    "validators",
];

/// The fields below those that hold paths.
const INNER: [&str; 6] = ["path", "files", "envs", "env", "valuesFile", "additionalValuesFiles"];

/// Whether a file of that name is a kustomization.
pub(super) fn is_one(name: &str) -> bool {
    NAMES.contains(&name)
}

/// What a kustomization refers to; nothing where it cannot be read, which the check of the manifests tells.
pub(super) fn references(text: &[u8]) -> Vec<String> {
    let Ok(Value::Object(fields)) = yaml_serde::from_slice::<Value>(text) else { return Vec::new() };
    let mut found = Vec::new();
    for value in FIELDS.iter().filter_map(|field| fields.get(*field)) {
        collect(&mut found, value);
    }
    found
}

fn collect(found: &mut Vec<String>, value: &Value) {
    match value {
        // An entry of a generator may name the key before the file.
        Value::String(text) => found.push(text.split_once('=').map_or(text.as_str(), |(_, file)| file).to_owned()),
        Value::Array(items) => items.iter().for_each(|item| collect(found, item)),
        Value::Object(fields) => INNER.iter().filter_map(|field| fields.get(*field)).for_each(|v| collect(found, v)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn files_of_generators_and_patches_are_referred_to() {
        let text = b"namePrefix: x\nresources: [a.yaml, sub]\npatches: [{path: p.json}]\nconfigMapGenerator:\n- name: c\n  files: [k=conf/app.ini]\n  envs: [.env]\n";
        let mut found = super::references(text);
        found.sort();
        assert_eq!(found, [".env", "a.yaml", "conf/app.ini", "p.json", "sub"]);
        assert!(super::references(b"[").is_empty());
    }
}
