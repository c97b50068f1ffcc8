//! `configure`: stores the server and a key for later commands.

use clap::Args;
use serde::Serialize;

use super::{context::Context, question, settings::Settings};
use crate::{config, error::Error, token::Token};

/// Store the server and an API key for later commands.
///
/// What --url and --api-key do not say is asked for. The file is readable by you alone.
#[derive(Args, Debug)]
pub(crate) struct Configure {}

#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Configured {
    url: String,
    api_key: String,
    file: String,
}

impl Configure {
    pub(crate) fn run(self, context: &Context) -> Result<(), Error> {
        let file = context.config_file();
        // A named file that is not there yet is the one to write.
        let existing = file.is_none_or(std::path::Path::exists);
        let mut settings = if existing { Settings::load(file)? } else { Settings::default() };
        let (url, key) = context.to_store();
        let url = match url {
            Some(url) => url,
            None => question::text("URL of the server", settings.url.as_deref())?,
        };
        let url = config::display(&config::parse_server(&url)?);
        let key = match key {
            Some(key) => Token::parse(&key)?,
            None => Token::parse(&question::secret("API key")?)?,
        };
        let shown = key.shown();
        settings.url = Some(url.clone());
        settings.api_key = Some(key);
        let file = settings.save(file)?.display().to_string();
        context.output.one(&Configured { url, api_key: shown, file }, &["url", "apiKey", "file"])
    }
}
