//! Cases: a template with data and options, and Go's answer.

use std::{fs, path::PathBuf};

use dploy_template::{Error, ErrorKind, MissingKey, ParseOptions, RenderOptions, Template};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value as Json;

use super::data;

/// The time of cases that name none.
const NOW: &str = "2026-01-02T03:04:05Z";

/// The folder of the case files; `CONFORMANCE_DIR` names another.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os("CONFORMANCE_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance"), PathBuf::from)
}

/// The lines of every case file, by the file's name.
pub(crate) fn files() -> Vec<(String, Vec<Json>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    paths.retain(|path| cfg!(feature = "crypto") || !path.ends_with("crypto.jsonl"));
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(path).unwrap();
            (name, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
        })
        .collect()
}

/// What the engine makes of a case.
pub(crate) enum Answer {
    /// The rendered bytes.
    Bytes(Vec<u8>),
    /// The tree.
    Tree(Json),
    /// An error.
    Failed(Box<Error>),
}

impl Answer {
    /// Renders a case; data that a user supplied is marked if `marked`.
    pub(crate) fn of(case: &Json, marked: bool) -> Self {
        match render(case, marked) {
            Ok(answer) => answer,
            Err(error) => Self::Failed(Box::new(error)),
        }
    }

    /// Whether Go's answer, which stands in the case, is the same: bytes, tree, or an error in the same line.
    pub(crate) fn agrees(&self, case: &Json) -> bool {
        match self {
            Self::Bytes(bytes) => {
                case["output"].as_str().is_some_and(|text| text.as_bytes() == bytes)
                    || case["hex"].as_str().is_some_and(|hex| data::bytes(hex) == *bytes)
            }
            Self::Tree(tree) => {
                case["json"].as_str().is_some_and(|text| same(&serde_json::from_str(text).unwrap(), tree))
            }
            Self::Failed(error) => match case["error"].as_str() {
                Some("parse") => error.kind() == ErrorKind::Parse,
                Some("execute") => {
                    error.kind() == ErrorKind::Execute && case["line"].as_u64() == Some(error.line() as u64)
                }
                Some("yaml") => error.kind() == ErrorKind::Yaml,
                Some("mapping") => error.kind() == ErrorKind::NotMapping,
                _ => false,
            },
        }
    }

    /// The answer as a line for people.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Bytes(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
            Self::Tree(tree) => tree.to_string(),
            Self::Failed(error) => format!("error {error}"),
        }
    }
}

/// Whether trees are equal; the reader of JSON text may miss the last bit of a fraction.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) if a.is_f64() && b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 4.0 * f64::EPSILON * a.abs()
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

fn render(case: &Json, marked: bool) -> Result<Answer, Error> {
    let data = match &case["data"] {
        Json::Null => data::fixture(),
        json => data::read(json, marked),
    };
    let template =
        Template::parse("t", case["template"].as_str().unwrap(), &ParseOptions::default().helm(case["helm"] == true))?;
    let options = options(case);
    if case["tree"] == true {
        template.render_tree(&data, &options).map(Answer::Tree)
    } else {
        template.render_bytes(&data, &options).map(Answer::Bytes)
    }
}

fn options(case: &Json) -> RenderOptions {
    let missing_key = match case["missing"].as_str() {
        None | Some("default") => MissingKey::Default,
        Some("zero") => MissingKey::Zero,
        Some("error") => MissingKey::Error,
        Some(other) => panic!("missingkey={other}"),
    };
    let now: Timestamp = case["now"].as_str().unwrap_or(NOW).parse().unwrap();
    let zone = case["zone"].as_str().map_or(TimeZone::UTC, |name| TimeZone::get(name).unwrap());
    RenderOptions::new(now, [0; 32]).missing_key(missing_key).zone(zone)
}
