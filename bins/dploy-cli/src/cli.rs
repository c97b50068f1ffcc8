//! The command line: global options and the verb groups.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};

use crate::{
    admin,
    client::Client,
    completion, config, dev, env,
    error::{Area, Error},
    forge, login,
    output::{Format, Output},
    releases::{self, context::Context},
    run::CommandLine,
    template,
};

/// Environments on demand, and releases by commits to a gitops repository.
#[derive(Parser, Debug)]
#[command(name = "dploy", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 ok, 1 remote error, 2 usage, 3 conflict, 4 not found, 5 auth, 6 timeout")]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// URL of the dploy server; where not given, the one that `dploy login` stored
    #[arg(long, global = true, value_name = "URL", env = "DPLOY_SERVER", hide_env_values = true)]
    #[arg(visible_alias = "url")]
    pub(crate) server: Option<String>,
    /// File that holds the token; where not given, DPLOY_TOKEN, then the one that `dploy login` stored
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// How data is written
    #[arg(long, short, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
    /// Seconds to wait for each answer of the server
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) request_timeout: u64,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Store the server and a token for later commands
    Login(login::Login),
    /// Create, look at, extend and release environments
    #[command(subcommand, visible_alias = "environment")]
    Env(env::Env),
    /// Look after everybody's environments and after templates; needs an administrator's token
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Look at what can be asked for; check and render templates offline
    #[command(subcommand)]
    Template(template::Template),
    /// Build versions: draft, upload, publish
    Forge(forge::Group),
    /// Deploy versions, go back, look at what runs
    #[command(visible_alias = "release")]
    Releases(releases::Group),
    /// Run the release service on this machine, in one folder
    Dev(dev::Dev),
    /// Print a completion script for a shell
    Completion(completion::Completion),
}

impl CommandLine for Cli {
    fn format(&self) -> Format {
        self.global.output
    }

    async fn run(self) -> Result<(), Error> {
        match self.command {
            Command::Login(login) => login.run(&self.global).await,
            Command::Env(env) => env.run(&self.global).await,
            Command::Admin(admin) => admin.run(&self.global).await,
            Command::Template(template) => template.run(&self.global).await,
            Command::Forge(group) => group.command.run(&Context::new(&self.global, group.key)).await,
            Command::Releases(group) => group.command.run(&Context::new(&self.global, group.key)).await,
            Command::Dev(dev) => dev.run(self.global.output(), self.global.timeout()).await,
            Command::Completion(completion) => completion.run(),
        }
    }
}

impl Global {
    /// A client for the server that options, environment and stored configuration name.
    ///
    /// # Errors
    /// Usage errors where no server is known, or its URL or the token cannot be read.
    pub(crate) fn client(&self) -> Result<Client, Error> {
        let access = config::Access::resolve(self.server.as_deref(), self.token_file.as_deref())?;
        Client::new(access, self.timeout(), Area::Environments)
    }

    /// How long one request may take.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout)
    }

    /// Where data goes, in the format asked for.
    pub(crate) fn output(&self) -> Output {
        Output::new(self.output)
    }
}
