//! What the texts of a template render to for one instance.
//!
//! Rendering is hermetic: random functions draw from the instance's seed and `now` is when it was created, so the same
//! instance always renders the same bytes. Parameters, token claims and what is made of them are marked as the
//! user's, so they cannot change the structure of the Helm values.

mod data;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use dploy_template::{ErrorKind, Limits, MissingKey, ParseOptions, RenderOptions, Source, Template as Text, Value};
use sha2::{Digest, Sha256};

use crate::{json::Json, time::Timestamp};

use super::{
    instance::{Connection, reason},
    naming,
    settings::{Revision, Settings},
    template::{ConnectionType, Template},
};

/// The longest URL that is kept, in bytes.
const URL_MAX: usize = 4096;
/// The longest message that is kept, in bytes.
const MESSAGE_MAX: usize = 65_536;

/// The instance that texts are rendered for.
#[derive(Clone, PartialEq, Debug)]
pub struct Subject {
    /// The readable owner; empty for pool members, before and after they are claimed.
    pub owner: String,
    /// Its eight hex digits.
    pub uuid: String,
    /// The namespace of its workload.
    pub namespace: String,
    /// The checked parameters; empty for pool members.
    pub params: BTreeMap<String, String>,
    /// The kept token claims; empty for pool members.
    pub claims: Json,
    /// What random functions draw from.
    pub seed: [u8; 32],
    /// What `now` is.
    pub created: Timestamp,
}

/// What the texts render to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rendered {
    /// How the environment is reached.
    pub connection: Connection,
    /// The Helm values; `None` leaves the chart's own.
    pub values: Option<Json>,
}

/// A text that could not be parsed or rendered.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{error}")]
pub struct RenderError {
    /// The constant word that says which text it was.
    pub reason: &'static str,
    /// Where in the text and why.
    pub error: dploy_template::Error,
}

/// The parsed texts of a revision: made once, used for all its instances.
#[derive(Debug)]
pub struct Renderer {
    revision: Arc<Revision>,
    url: Option<Text>,
    message: Option<Text>,
    values: Option<Text>,
}

impl Renderer {
    /// Parses the texts of a revision.
    ///
    /// # Errors
    /// The first text that cannot be parsed.
    pub fn new(revision: Arc<Revision>) -> Result<Self, RenderError> {
        let (template, settings) = (&revision.template, &revision.settings);
        let url = parse("connectionURLTemplate", reason::CONNECTION_URL_TEMPLATE_ERROR, url_text(template, settings))?;
        let message = parse(
            "connectionMessageTemplate",
            reason::CONNECTION_MESSAGE_TEMPLATE_ERROR,
            message_text(template, settings),
        )?;
        let values = parse("valuesTemplate", reason::VALUES_TEMPLATE_ERROR, Some(&template.values_template))?;
        Ok(Self { url, message, values, revision })
    }

    /// Renders the texts for one instance.
    ///
    /// # Errors
    /// The first text that cannot be rendered, or values that are not a YAML mapping.
    pub fn render(&self, subject: &Subject) -> Result<Rendered, RenderError> {
        let (template, settings) = (&self.revision.template, &self.revision.settings);
        let host = naming::host(&template.name, &subject.uuid, &settings.base_domain);
        let fields = data::Fields { template, settings, subject, host: &host };
        let (url, url_value) = self.url(&fields)?;
        let root = fields.root(url_value);
        let kind = template.connection_type.unwrap_or(settings.connection_type);
        let message = match (kind, &self.message) {
            (ConnectionType::Web, _) => String::new(),
            (ConnectionType::Instructions, None) => url.clone(),
            (ConnectionType::Instructions, Some(text)) => text
                .render(&root, &at_most(MESSAGE_MAX, options(subject, text)))
                .map_err(because(reason::CONNECTION_MESSAGE_TEMPLATE_ERROR))?,
        };
        let values = self
            .values
            .as_ref()
            .map(|text| text.render_tree(&root, &options(subject, text)).map_err(values_error))
            .transpose()?;
        let values = values.filter(|values| !values.is_null()).map(Json::from);
        Ok(Rendered { connection: Connection { url, kind: Some(kind), message }, values })
    }

    fn url(&self, fields: &data::Fields<'_>) -> Result<(String, Value), RenderError> {
        let Some(text) = &self.url else {
            let url = format!("https://{}", fields.host);
            return Ok((url.clone(), Value::string(url)));
        };
        let rendered =
            text.render_text(&fields.root(Value::string("")), &at_most(URL_MAX, options(fields.subject, text)));
        let rendered = rendered.map_err(because(reason::CONNECTION_URL_TEMPLATE_ERROR))?;
        let url = rendered.to_string_lossy().trim().to_owned();
        let value = if rendered.is_marked() {
            Value::marked_string(&url, &Source::new("connectionURL"))
        } else {
            Value::string(&url)
        };
        Ok((url, value))
    }
}

/// The names of the token claims that are kept for instances of `template`: those it lists, else those its texts mention.
#[must_use]
pub fn kept_claims(template: &Template, settings: &Settings) -> BTreeSet<String> {
    match &template.claims {
        Some(listed) => listed.iter().cloned().collect(),
        None => mentions(template, settings).into_iter().flat_map(|mention| mention.keys).collect(),
    }
}

/// Whether a text reads claims in a way whose names cannot be told from the text, while the template lists none.
#[must_use]
pub fn reads_claims_dynamically(template: &Template, settings: &Settings) -> bool {
    template.claims.is_none() && mentions(template, settings).iter().any(|mention| mention.dynamic)
}

fn mentions(template: &Template, settings: &Settings) -> Vec<dploy_template::KeyUse> {
    let texts =
        [url_text(template, settings), message_text(template, settings), Some(template.values_template.as_str())];
    let parsed =
        texts.into_iter().flatten().filter_map(|text| Text::parse("text", text, &ParseOptions::default()).ok());
    parsed.map(|text| text.keys_of("Claims")).collect()
}

fn url_text<'a>(template: &'a Template, settings: &'a Settings) -> Option<&'a str> {
    template.url_template.as_deref().or(settings.url_template.as_deref())
}

fn message_text<'a>(template: &'a Template, settings: &'a Settings) -> Option<&'a str> {
    template.message_template.as_deref().or(settings.message_template.as_deref())
}

fn parse(name: &str, why: &'static str, text: Option<&str>) -> Result<Option<Text>, RenderError> {
    let text = text.filter(|text| !text.trim().is_empty());
    text.map(|text| Text::parse(name, text, &ParseOptions::default()).map_err(because(why))).transpose()
}

/// What a text of the subject is rendered with. Each text draws random values of its own: a URL, which others see, must
/// not tell a password of the values.
fn options(subject: &Subject, text: &Text) -> RenderOptions {
    let seed = Sha256::new().chain_update(subject.seed).chain_update(text.name()).finalize();
    RenderOptions::new(subject.created.into(), seed.into()).missing_key(MissingKey::Empty)
}

/// The options with a bound on what is written.
fn at_most(bytes: usize, options: RenderOptions) -> RenderOptions {
    let limits = Limits { output_bytes: bytes, ..options.limits };
    options.limits(limits)
}

fn because(reason: &'static str) -> impl Fn(dploy_template::Error) -> RenderError {
    move |error| RenderError { reason, error }
}

fn values_error(error: dploy_template::Error) -> RenderError {
    let yaml = matches!(error.kind(), ErrorKind::Yaml | ErrorKind::NotMapping | ErrorKind::Structure);
    RenderError { reason: if yaml { reason::VALUES_YAML_ERROR } else { reason::VALUES_TEMPLATE_ERROR }, error }
}

#[cfg(test)]
mod tests;
