//! Environments that are listed in a file, for an installation without operator and custom resources.
//!
//! The format is the first design's: one YAML document with a list `environments`.
//!
//! ```
//! use dploy_core::environments::file;
//!
//! let text = br#"
//! environments:
//!   - name: vscode
//!     description: VS Code in the browser
//!     chart: github.com/org/charts/charts/vscode@v1.2.3   # host/org/repo/path@revision
//!     ttl: "43200,3600,5"                                 # seconds, seconds of an extension, extensions
//!     extraValues: |
//!       workspaceName: "${username}-workspace"
//! "#;
//! let environments = file::read(text).unwrap();
//! assert_eq!(environments[0].template.name, "vscode");
//! let values = environments[0].values("jane-doe", "a1b2c3d4", "jane-doe-a1b2c3d4.env.example.org");
//! assert_eq!(values.as_value()["workspaceName"], "jane-doe-workspace");
//! assert_eq!(values.as_value()["uuid"], "a1b2c3d4");
//! ```
//!
//! | field | accepted | where absent |
//! |---|---|---|
//! | `name` | a DNS label, each once | refused |
//! | `chart` | `host/org/repo/path@revision`: a chart in a git repository reached by https, at a branch, tag or commit | refused; without `@revision` the repository's HEAD |
//! | `ttl` | `SECONDS[,EXTEND[,MAX]]`: lifetime (-1 is for ever), seconds of one extension, how many extensions (0 is any number) | the installation's defaults, part by part |
//! | `description`, `icon`, `category` | texts | empty |
//! | `enabled` | a boolean | `true` |
//! | `isolation` | what the pods of its namespace may do: the Pod Security level `privileged`, `baseline` or `restricted`; `none` enforces nothing | the installation's level, `baseline` where that is not set either |
//! | `valueFiles` | paths of values files, relative to the chart | none |
//! | `extraValues` | values as a map, or as the text of one; `${username}`, `${uuid}` and `${ingressHost}` stand for the environment's own | none |

mod chart;
mod fields;
#[cfg(test)]
mod tests;
mod ttl;
mod values;

use crate::{
    json::Json,
    yaml::{Limits, Position, YamlError, documents},
};

use super::template::Template;

/// An environment of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Environment {
    /// What it is to users.
    pub template: Template,
    /// What its chart gets beside the values that every chart gets.
    pub extra_values: Json,
}

impl Environment {
    /// The Helm values of one environment: `username`, `uuid` and `ingressHost`, and the extra values in whose texts
    /// `${username}`, `${uuid}` and `${ingressHost}` are replaced.
    ///
    /// They are replaced in the values as read, so nothing that they say can add or change another key.
    #[must_use]
    pub fn values(&self, username: &str, uuid: &str, ingress_host: &str) -> Json {
        values::composed(&self.extra_values, &[("username", username), ("uuid", uuid), ("ingressHost", ingress_host)])
    }
}

/// Why a file of environments cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidFile {
    /// It is not YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// A field is missing, unknown, or has a value that is not accepted.
    #[error("line {}, column {}: {field} {problem}", .at.line, .at.column)]
    Field {
        /// Where it is, or where it is missing.
        at: Position,
        /// The field, such as `environments[0].ttl`.
        field: String,
        /// What is wrong and what is accepted.
        problem: String,
    },
}

/// Reads the environments of a file in their order.
///
/// # Errors
/// The first field that is not accepted, with its place.
pub fn read(text: &[u8]) -> Result<Vec<Environment>, InvalidFile> {
    let limits = Limits { documents: 1, ..Limits::default() };
    let Some(document) = documents(text, &limits).next().transpose()? else {
        let at = Position { line: 1, column: 1 };
        return Err(fields::invalid(at, "environments", "must be a list of environments; the file is empty"));
    };
    fields::environments(&document)
}
