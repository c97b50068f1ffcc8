//! The simple service file: a short YAML file that describes an application, and the Kubernetes manifests made of it.
//!
//! ```yaml
//! version: "1.0"
//! app: {name: shop, namespace: shop}
//! components:
//! - name: web
//!   type: deployment               # or job, or cronjob
//!   image: ghcr.io/acme/web:{{.Version}}
//!   port: 8080
//!   healthcheck:
//!     readiness: {path: /ready}
//! ```
//!
//! | Component | Files and objects |
//! |---|---|
//! | `deployment` | `{component}-deployment.yaml`; with a port `{component}-service.yaml`; with an ingress `{component}-ingress.yaml` |
//! | `job` | `{component}-job.yaml`, an object named `{app}-{component}-{hash of the version}` |
//! | `cronjob` | `{component}-cronjob.yaml` |
//! | `config.serviceAccount.create` | `{account}-serviceaccount.yaml` |
//!
//! Each file holds one object, and all other objects are named `{app}-{component}`. No two builds of one file with one
//! set of inputs differ in a byte: keys stand in one order, files are sorted by name, and a template that asks for the
//! time or for chance is refused.
//!
//! What the format leaves to its implementation is settled so:
//!
//! - Selectors are `app.kubernetes.io/name` and `app.kubernetes.io/component` and nothing else, because a selector can
//!   never change; labels of the file cannot take these two keys, nor `…/version` and `…/managed-by`.
//! - The version stands in the label `app.kubernetes.io/version` (cut to what a label may hold) and whole in the
//!   annotation `dploy.dev/version`, on objects but not on pods, so that a new version restarts only what it changes.
//! - `config.labels` and `config.annotations` go on objects and on their pods.
//! - The port of probes is that of the component unless they name one; that of the Service is that of the component.
//! - A default of `resources` gives way to what is written: a limit below the default request lowers that request, a
//!   request above the default limit raises that limit.
//! - A name that would be too long is an error, never cut: 63 characters, 52 for jobs and cron jobs.
//! - All containers run as user 1000; there is no field that changes it.
//! - A field that is not known is an error.
//! - `ingress.enabled` and `tls.enabled` have no default: who writes the block says what it means.
//! - Templates may call the functions of [`dploy_template`], and know four fields: `Version`, `GitSHA`, `GitBranch`,
//!   `BuildNumber`. They stand in values, never in keys and never in words of the format such as `type`. A rendered
//!   text stays one text: it cannot add a field.
//!
//! A gitops controller creates what it misses. A job whose `ttlSecondsAfterFinished` has passed is removed by
//! Kubernetes, and run again where a controller applies its manifest anew.

mod build;
mod checks;
mod components;
mod config;
mod cron;
mod fields;
mod image;
mod model;
mod pod;
mod problem;
mod quantity;
mod reader;
mod schema;
mod templates;
#[cfg(test)]
mod tests;
mod traffic;

pub use build::GeneratedFile;
pub use problem::{Problem, Problems};
pub use schema::json_schema;
pub use templates::BuildInputs;

use crate::yaml::{self, Limits, Node, Position};

/// The largest service file, in bytes.
pub const SIZE_MAX: usize = 1 << 20;

/// A service file whose shape and values are right, as far as they do not depend on a build.
#[derive(Clone, Debug)]
pub struct ServiceFile {
    name: String,
    root: Node,
}

impl ServiceFile {
    /// Reads the service file `name`; the name is what problems call it.
    ///
    /// # Errors
    /// All [`Problems`] at once: it is no YAML, has several documents, unknown or missing fields, or values that are
    /// not accepted. Values with templates are checked when they are known, by [`ServiceFile::build`].
    pub fn parse(text: &[u8], name: &str) -> Result<Self, Problems> {
        let root = document(text).map_err(|(at, message, accepted)| {
            Problems::from(Problem { file: name.to_owned(), at, field: String::new(), message, accepted })
        })?;
        config::read(&root, name, None)?;
        Ok(Self { name: name.to_owned(), root })
    }

    /// The manifests of one build, sorted by path.
    ///
    /// # Errors
    /// All [`Problems`] at once: a template fails or asks for an input that is absent, or a rendered value is not
    /// accepted.
    pub fn build(&self, inputs: &BuildInputs) -> Result<Vec<GeneratedFile>, Problems> {
        let service = config::read(&self.root, &self.name, Some(inputs))?;
        Ok(build::files(&service, &inputs.version))
    }
}

type Unreadable = (Position, String, String);

fn document(text: &[u8]) -> Result<Node, Unreadable> {
    let start = Position { line: 1, column: 1 };
    let accepted = || "one YAML document".to_owned();
    if text.len() > SIZE_MAX {
        return Err((start, format!("the file has {} bytes", text.len()), format!("at most {SIZE_MAX} bytes")));
    }
    let limits = Limits { nodes: 20_000, documents: 2, ..Limits::default() };
    let mut documents = yaml::documents(text, &limits);
    let root = documents.next().ok_or_else(|| (start, "the file is empty".to_owned(), accepted()))?;
    let root = root.map_err(|error| (error.at, error.message, accepted()))?;
    match documents.next() {
        None => Ok(root),
        Some(Err(error)) => Err((error.at, error.message, accepted())),
        Some(Ok(second)) => Err((second.at, "a second document begins here".to_owned(), accepted())),
    }
}
