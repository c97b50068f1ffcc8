//! Everything about a template that can be told without a cluster.

use std::collections::BTreeSet;

use dploy_core::{
    environments::{
        rendering::{Renderer, kept_claims, reads_claims_dynamically},
        settings::{Revision, Settings},
        template::Template,
    },
    name::is_subdomain,
};
use dploy_k8s::{
    api::{DployTemplate, DployTemplateSpec, ProvisioningMethod},
    environments::convert,
};
use dploy_template::{ParseOptions, Template as Text};
use serde::Serialize;

use crate::template::{sample::SampleArgs, schema::unknown_fields, source::Declared};

/// What is known of a template.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Checked {
    /// The file it is in.
    pub(super) file: String,
    /// Its name; empty where the file as a whole is faulty.
    pub(super) template: String,
    /// Whether nothing is wrong with it.
    pub(super) valid: bool,
    /// The token claims that are kept for it.
    pub(super) claims: Vec<String>,
    /// Whether it reads claims whose names cannot be told from its texts, without listing them.
    pub(super) dynamic_claims: bool,
    /// The parameters it declares.
    pub(super) parameters: Vec<String>,
    /// What is wrong with it.
    pub(super) problems: Vec<Problem>,
}

/// Something wrong with a template.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Problem {
    /// The field it is in; empty where it concerns the whole.
    pub(super) field: String,
    /// The line within that field, where it is a text.
    pub(super) line: Option<usize>,
    /// The column within that line.
    pub(super) column: Option<usize>,
    /// What is wrong.
    pub(super) message: String,
    /// The same for people: with the line of the text and a caret.
    pub(super) report: String,
}

impl Problem {
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        let report = if field.is_empty() { message.clone() } else { format!("{field}: {message}") };
        Self { field, line: None, column: None, message, report }
    }
}

impl From<&dploy_template::Error> for Problem {
    fn from(error: &dploy_template::Error) -> Self {
        Self {
            field: error.template().to_owned(),
            line: Some(error.line()),
            column: Some(error.column()),
            message: error.message().to_owned(),
            report: error.report(),
        }
    }
}

/// Checks one template of a file.
pub(super) fn check(file: &str, declared: &Declared, settings: &Settings, args: &SampleArgs) -> Checked {
    let object = &declared.object;
    let mut problems = unknown_fields(&declared.written);
    problems.extend(rules(object));
    let mut checked = Checked {
        file: file.to_owned(),
        template: object.metadata.name.clone().unwrap_or_default(),
        parameters: object.spec.parameters.iter().map(|parameter| parameter.name.clone()).collect(),
        ..Checked::default()
    };
    match convert::template(object) {
        Err(refusal) => problems.push(Problem::new("", refusal.message)),
        Ok(template) => {
            let broken = texts(&object.spec);
            if broken.is_empty() {
                problems.extend(rendering(&template, settings, args));
            }
            problems.extend(broken);
            checked.claims = kept_claims(&template, settings).into_iter().collect();
            checked.dynamic_claims = reads_claims_dynamically(&template, settings);
        }
    }
    checked.valid = problems.is_empty();
    checked.problems = problems;
    checked
}

/// The rules that the API server checks in CEL.
fn rules(object: &DployTemplate) -> Vec<Problem> {
    let spec = &object.spec;
    let mut problems = Vec::new();
    if !object.metadata.name.as_deref().is_some_and(is_subdomain) {
        problems.push(Problem::new("metadata.name", "must be lower-case letters, digits, `-` and `.`, at most 253"));
    }
    if spec.chart.reference.is_some() && !spec.chart.target_revision.is_empty() {
        problems.push(Problem::new("chart.ref", "excludes targetRevision: give one of them"));
    }
    let mut names = BTreeSet::new();
    for parameter in spec.parameters.iter().filter(|parameter| !names.insert(&parameter.name)) {
        problems.push(Problem::new("parameters", format!("\"{}\" is declared twice", parameter.name)));
    }
    if spec.method == ProvisioningMethod::Pool {
        if !spec.parameters.is_empty() {
            problems.push(Problem::new("parameters", "must be empty with method pool"));
        }
        problems.extend(fields(spec).into_iter().filter_map(|(field, text)| names_a_user(field, text)));
    }
    problems
}

/// Pool members are made before anybody claims them, so their texts cannot know a user.
fn names_a_user(field: &'static str, text: &str) -> Option<Problem> {
    let references = Text::parse(field, text, &ParseOptions::default()).ok()?.references();
    let first = |path: &String| path.split('.').next().unwrap_or_default().to_owned();
    let root = references.iter().map(first).find(|root| matches!(&**root, "Claims" | "Params" | "Owner"))?;
    Some(Problem::new(
        field,
        format!("must not use .{root} with method pool: members are made before anybody claims them"),
    ))
}

/// What is wrong with the texts as such, each of them.
fn texts(spec: &DployTemplateSpec) -> Vec<Problem> {
    let parse = |(field, text)| Text::parse(field, text, &ParseOptions::default()).err();
    fields(spec).into_iter().filter_map(parse).map(|error| Problem::from(&error)).collect()
}

fn fields(spec: &DployTemplateSpec) -> [(&'static str, &str); 3] {
    [
        ("connectionURLTemplate", &spec.connection_url_template),
        ("connectionMessageTemplate", &spec.connection_message_template),
        ("valuesTemplate", &spec.values_template),
    ]
}

/// What is wrong when the texts are rendered with sample data.
fn rendering(template: &Template, settings: &Settings, args: &SampleArgs) -> Option<Problem> {
    let sample = match args.instance(template, settings) {
        Ok(sample) => sample,
        Err(refused) => return Some(Problem::new("parameters", refused)),
    };
    let revision = Revision { name: template.name.clone(), template: template.clone(), settings: settings.clone() };
    let rendered = Renderer::new(revision.into()).and_then(|renderer| renderer.render(&sample.subject));
    rendered.err().map(|failed| Problem::from(&failed.error))
}
