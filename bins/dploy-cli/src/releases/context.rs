//! Which server, as whom, and how the outcome is written: the same for every command of the release service.

use std::{env, path::PathBuf, time::Duration};

use clap::Args;

use super::settings::Settings;
use crate::{
    cli::Global,
    client::Client,
    config::{self, Access, Stored},
    error::{Area, Error},
    output::{Format, Output},
    program::Program,
    token::{Credential, Token},
};

/// What every command of the release service understands beside the global options of `dploy`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct KeyArgs {
    /// API key; where not given, DPLOY_API_KEY, SMITHD_API_KEY, DPLOY_TOKEN, then what is stored
    #[arg(long, global = true, value_name = "KEY", hide_short_help = true)]
    api_key: Option<String>,
    /// Configuration file [default: ~/.deploysmith/config.yaml]
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    config: Option<PathBuf>,
}

/// What every command understands where the program is called `forge` or `smithctl`.
#[derive(Args, Debug)]
pub(crate) struct OwnGlobal {
    /// URL of the server; where not given, SMITHD_URL, DPLOY_SERVER, then the stored one
    #[arg(long, global = true, value_name = "URL", visible_alias = "server")]
    url: Option<String>,
    #[command(flatten)]
    key: KeyArgs,
    /// File that holds a token
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    token_file: Option<PathBuf>,
    /// How data is written
    #[arg(long, short, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
    /// Seconds to wait for each answer of the server
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30, hide_short_help = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    request_timeout: u64,
}

/// Which server, as whom, and how the outcome is written.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    url: Option<String>,
    key: KeyArgs,
    token_file: Option<PathBuf>,
    timeout: Duration,
    /// Where data goes.
    pub(crate) output: Output,
    /// How long commands that deploy wait for the outcome where that is not said: as `smithctl`, whose users expect it.
    pub(crate) patience: Option<Duration>,
}

/// How long `smithctl` waits for an outcome.
const PATIENCE: Duration = Duration::from_secs(30);

impl From<OwnGlobal> for Context {
    fn from(global: OwnGlobal) -> Self {
        let OwnGlobal { url, key, token_file, output, request_timeout } = global;
        let timeout = Duration::from_secs(request_timeout);
        let patience = (Program::called() == Program::Smithctl).then_some(PATIENCE);
        Self { url, key, token_file, timeout, output: Output::new(output), patience }
    }
}

impl Context {
    /// What environment and stored configuration tell, each answer within `timeout`.
    pub(crate) fn of_environment(timeout: Duration) -> Self {
        let output = Output::new(Format::default());
        Self { url: None, key: KeyArgs::default(), token_file: None, timeout, output, patience: None }
    }

    /// That of a command of `dploy`.
    pub(crate) fn new(global: &Global, key: KeyArgs) -> Self {
        let (url, token_file) = (global.server.clone(), global.token_file.clone());
        Self { url, key, token_file, timeout: global.timeout(), output: global.output(), patience: None }
    }

    /// A client for the server that options, then the environment, then stored configuration name.
    ///
    /// # Errors
    /// No server is known, its URL, the key or the configuration cannot be read.
    pub(crate) fn client(&self) -> Result<Client, Error> {
        let settings = Settings::load(self.key.config.as_deref())?;
        let login = Stored::load()?;
        let url = given(self.url.as_deref())
            .or_else(|| variable(&["SMITHD_URL", "DPLOY_SERVER"]))
            .or_else(|| given(settings.url.as_deref()))
            .or_else(|| login.as_ref().map(|stored| stored.server().to_owned()))
            .ok_or(Error::NoServer { area: Area::Releases })?;
        let server = config::parse_server(&url)?;
        let credential = match self.given_credential()? {
            Some(credential) => Some(credential),
            None => settings
                .api_key
                .map(Credential::Key)
                .or_else(|| login.and_then(|stored| stored.token_for(&server)).map(Credential::Bearer)),
        };
        Client::new(Access { server, credential }, self.timeout, Area::Releases)
    }

    /// The key or token of options and environment.
    fn given_credential(&self) -> Result<Option<Credential>, Error> {
        if let Some(text) = given(self.key.api_key.as_deref()) {
            return Token::parse(&text).map(|key| Some(Credential::Key(key)));
        }
        if let Some(file) = &self.token_file {
            return config::read_token(file).map(|token| Some(Credential::Bearer(token)));
        }
        if let Some(text) = variable(&["DPLOY_API_KEY", "SMITHD_API_KEY"]) {
            return Token::parse(&text).map(|key| Some(Credential::Key(key)));
        }
        Ok(config::given_token(None)?.map(Credential::Bearer))
    }

    /// The configuration file that options name.
    pub(crate) fn config_file(&self) -> Option<&std::path::Path> {
        self.key.config.as_deref()
    }

    /// The server that options or the environment name, and the key that options name; for storing them.
    pub(crate) fn to_store(&self) -> (Option<String>, Option<String>) {
        (given(self.url.as_deref()), given(self.key.api_key.as_deref()))
    }

    /// How long one request may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }
}

fn given(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn variable(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| given(env::var(name).ok().as_deref()))
}
