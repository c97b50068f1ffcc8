//! Reads templates and the operator's configuration from files of Kubernetes objects.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use dploy_k8s::api::{DployTemplate, OperatorConfig, OperatorConfigSpec};
use serde::{Deserialize as _, de::DeserializeOwned};
use serde_json::Value;

use crate::error::Error;

/// What a file holds; objects of other kinds are left aside.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Its templates, in order.
    pub(super) templates: Vec<Declared>,
    /// Its operator configuration.
    pub(super) config: Option<OperatorConfigSpec>,
    /// What is not readable.
    pub(super) faults: Vec<String>,
}

/// A template as written, and as read.
#[derive(Debug)]
pub(super) struct Declared {
    /// The object as written.
    pub(super) written: Value,
    /// The object as read.
    pub(super) object: DployTemplate,
}

impl Source {
    /// Reads a file; `-` is standard input.
    ///
    /// # Errors
    /// The file cannot be read. What is wrong inside it is among the [`faults`](Self::faults).
    pub(super) fn read(file: &Path) -> Result<Self, Error> {
        let text = if file == Path::new("-") {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).map(|_| text)
        } else {
            fs::read_to_string(file)
        };
        let text = text.map_err(|source| Error::File { action: "read", path: file.to_owned(), source })?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut source = Self::default();
        for document in yaml_serde::Deserializer::from_str(text) {
            match Value::deserialize(document) {
                Ok(value) => source.add(value),
                Err(fault) => {
                    source.faults.push(format!("not YAML: {fault}"));
                    break;
                }
            }
        }
        source
    }

    fn add(&mut self, value: Value) {
        match value.get("kind").and_then(Value::as_str) {
            Some("List") => {
                let items = value.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
                items.into_iter().for_each(|item| self.add(item));
            }
            Some("DployTemplate") => {
                let read = self.object(&value);
                self.templates.extend(read.map(|object| Declared { written: value, object }));
            }
            Some("OperatorConfig") => {
                self.config = self.object::<OperatorConfig>(&value).map(|config| config.spec).or(self.config.take());
            }
            _ => (),
        }
    }

    fn object<T: DeserializeOwned>(&mut self, value: &Value) -> Option<T> {
        let at = |pointer| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        if at("/apiVersion") != "dploy.dev/v1alpha1" {
            self.faults.push(format!(
                "{} \"{}\": apiVersion must be dploy.dev/v1alpha1",
                at("/kind"),
                at("/metadata/name")
            ));
            return None;
        }
        match T::deserialize(value) {
            Ok(object) => Some(object),
            Err(fault) => {
                self.faults.push(format!("{} \"{}\": {fault}", at("/kind"), at("/metadata/name")));
                None
            }
        }
    }
}

/// The operator configuration in a file.
///
/// # Errors
/// The file cannot be read or holds none.
pub(super) fn read_config(file: &Path) -> Result<OperatorConfigSpec, Error> {
    let source = Source::read(file)?;
    if let Some(fault) = source.faults.first() {
        return Err(Error::usage(format!("{}: {fault}", file.display())));
    }
    source.config.ok_or_else(|| Error::usage(format!("{} holds no OperatorConfig", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_kinds_and_empty_documents_are_left_aside() {
        let text = "---\n---\nkind: Namespace\n---\nkind: List\nitems:\n- apiVersion: dploy.dev/v1alpha1\n  kind: OperatorConfig\n  metadata: {name: default}\n  spec: {baseDomain: x}\n- apiVersion: dploy.dev/v1alpha1\n  kind: DployTemplate\n  metadata: {name: a}\n  spec: {chart: {repoURL: u}}\n";
        let source = Source::parse(text);
        assert_eq!(source.faults, Vec::<String>::new());
        assert_eq!(source.config.unwrap().base_domain, "x");
        assert_eq!(source.templates.len(), 1);
    }

    #[test]
    fn faults_name_the_object() {
        let broken = "apiVersion: dploy.dev/v1alpha1\nkind: DployTemplate\nmetadata: {name: a}\nspec: {enabled: 7, chart: {repoURL: u}}\n---\nkind: DployTemplate\nmetadata: {name: b}\n---\n[";
        let faults = Source::parse(broken).faults;
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].starts_with("DployTemplate \"a\": "), "{faults:?}");
        assert_eq!(faults[1], "DployTemplate \"b\": apiVersion must be dploy.dev/v1alpha1");
        assert!(faults[2].starts_with("not YAML: "), "{faults:?}");
    }
}
