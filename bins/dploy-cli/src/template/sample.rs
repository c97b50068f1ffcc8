//! Sample data to render a template with, where nothing better is given.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use clap::Args;
use dploy_core::{
    environments::{
        naming::namespace_name,
        parameter::{Parameter, ParameterType},
        rendering::{Subject, kept_claims},
        settings::{Fallbacks, Settings},
        template::Template,
    },
    identity::OwnerKey,
    json::Json,
    time::Timestamp,
};
use dploy_k8s::{api::OperatorConfigSpec, environments::convert};
use serde_json::{Map, Value, json};

use crate::{error::Error, template::source::read_config};

/// The owner where none is given.
const OWNER: &str = "jane-doe";
/// The instance's eight hex digits.
const UUID: &str = "a1b2c3d4";
/// When the instance was created: 2026-01-01T00:00:00Z.
const CREATED: i64 = 1_767_225_600;

/// What a template is rendered with.
#[derive(Args, Debug)]
pub(crate) struct SampleArgs {
    /// Parameter of the template; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = crate::env::assignment)]
    params: Vec<(String, String)>,
    /// Claim of the user's token, as JSON or as text; may be repeated
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = crate::env::assignment)]
    claims: Vec<(String, String)>,
    /// Owner of the environment
    #[arg(long, value_name = "OWNER", default_value = OWNER, value_parser = owner_key)]
    owner: OwnerKey,
    /// File with the OperatorConfig; left out, one in the template's file counts, else the built-in values
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// An instance to render for, and what had to be made up or left out for it.
#[derive(Debug)]
pub(super) struct Sample {
    /// The instance.
    pub(super) subject: Subject,
    /// Sentences about what was made up or left out.
    pub(super) notes: Vec<String>,
}

impl SampleArgs {
    /// The settings: those of `--config`, else of the template's file, else the built-in ones.
    ///
    /// # Errors
    /// The file of `--config` cannot be read.
    pub(super) fn settings(&self, beside: Option<&OperatorConfigSpec>) -> Result<Settings, Error> {
        let given = self.config.as_deref().map(read_config).transpose()?;
        let effective = convert::effective_spec(given.as_ref().or(beside), &Fallbacks::default());
        Ok(convert::settings(&effective))
    }

    /// An instance of `template` with the given data, the rest made up. A pool member knows nothing of a user.
    ///
    /// # Errors
    /// A sentence about a given parameter that the template does not accept.
    pub(super) fn instance(&self, template: &Template, settings: &Settings) -> Result<Sample, String> {
        let pooled = template.pool().is_some();
        let owner = (!pooled).then(|| self.owner.as_str());
        let mut notes = Vec::new();
        let (params, claims) = if pooled {
            (BTreeMap::new(), Json::object())
        } else {
            (self.params(template, &mut notes)?, self.claims(&kept_claims(template, settings), &mut notes))
        };
        let subject = Subject {
            owner: owner.unwrap_or_default().to_owned(),
            uuid: UUID.to_owned(),
            namespace: namespace_name(owner, &template.name, UUID),
            params,
            claims,
            seed: [0; 32],
            created: Timestamp::from_unix_seconds(CREATED),
        };
        Ok(Sample { subject, notes })
    }

    fn params(&self, template: &Template, notes: &mut Vec<String>) -> Result<BTreeMap<String, String>, String> {
        let given: BTreeMap<&str, &str> = self.params.iter().map(|(name, value)| (&**name, &**value)).collect();
        let mut params = BTreeMap::new();
        for parameter in &template.parameters {
            let value = match given.get(&*parameter.name).filter(|value| !value.is_empty()) {
                Some(value) => {
                    parameter.check(value).map_err(|refused| refused.to_string())?;
                    (*value).to_owned()
                }
                None if parameter.default.is_empty() && parameter.required => {
                    let value = sample_value(parameter);
                    notes.push(format!("parameter \"{}\" is required and rendered as \"{value}\"", parameter.name));
                    value
                }
                None => parameter.default.clone(),
            };
            params.insert(parameter.name.clone(), value);
        }
        let undeclared = given.keys().filter(|name| !params.contains_key(**name));
        notes.extend(undeclared.map(|name| format!("parameter \"{name}\" is not declared and ignored")));
        Ok(params)
    }

    fn claims(&self, kept: &BTreeSet<String>, notes: &mut Vec<String>) -> Json {
        let given: BTreeMap<&str, &str> = self.claims.iter().map(|(name, value)| (&**name, &**value)).collect();
        let mut claims = Map::new();
        for name in kept {
            let value = given.get(&**name).map_or_else(|| sample_claim(name), |text| claim_value(text));
            claims.insert(name.clone(), value);
        }
        let dropped = given.keys().filter(|name| !kept.contains(**name));
        notes.extend(dropped.map(|name| format!("claim \"{name}\" is not kept and ignored")));
        Json::from(Value::Object(claims))
    }
}

fn owner_key(text: &str) -> Result<OwnerKey, String> {
    OwnerKey::derive(text).ok_or_else(|| "an owner needs at least one letter or digit".to_owned())
}

/// A value that the parameter accepts, its pattern aside.
fn sample_value(parameter: &Parameter) -> String {
    match (parameter.allowed.first(), parameter.kind) {
        (Some(allowed), _) => allowed.clone(),
        (None, ParameterType::Integer) => "1".to_owned(),
        (None, ParameterType::Boolean) => "true".to_owned(),
        (None, ParameterType::String) => {
            "sample".chars().take(parameter.max_length.map_or(usize::MAX, |max| max as usize)).collect()
        }
    }
}

/// What identity providers commonly say under that name.
fn sample_claim(name: &str) -> Value {
    match name {
        "groups" | "roles" => json!(["sample"]),
        "email" => json!("jane.doe@example.com"),
        "name" => json!("Jane Doe"),
        "email_verified" => json!(true),
        _ => json!("sample"),
    }
}

/// JSON other than text stands for itself; all else is text.
fn claim_value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}
