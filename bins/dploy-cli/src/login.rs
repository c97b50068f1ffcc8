//! `dploy login`: stores the server and a token.

use std::io::{self, Read as _, Write as _};

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::{
    cli::Global,
    client::Client,
    config::{self, Access, Stored},
    error::{Area, Error},
    token::{Credential, Token},
};

/// The longest token read from standard input, in bytes.
const TOKEN_MAX: u64 = 64 * 1024;

/// Store the server and a token for later commands.
///
/// The token is read from --token-file or --token-stdin, checked against the server where it can be reached, and
/// stored in $XDG_CONFIG_HOME/dploy/config.json, readable by you alone.
#[derive(Args, Debug)]
pub(crate) struct Login {
    /// Read the token from standard input
    #[arg(long, conflicts_with = "token_file")]
    token_stdin: bool,
}

/// Who the server takes the caller for.
#[derive(Deserialize, Debug)]
pub(crate) struct Me {
    username: String,
    owner: String,
    #[serde(default)]
    admin: bool,
}

/// What a login has stored; the caller is absent where the server could not be asked.
#[derive(Serialize, Debug)]
struct LoggedIn {
    server: String,
    username: Option<String>,
    owner: Option<String>,
    admin: Option<bool>,
}

impl Login {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Error> {
        let server = global.server.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let server = config::parse_server(server.ok_or_else(|| Error::usage("login needs --server URL"))?)?;
        let token = self.token(global)?;
        let access = Access { server: server.clone(), credential: Some(Credential::Bearer(token.clone())) };
        let client = Client::new(access, global.timeout(), Area::Environments)?;
        let me = check(&client).await?;

        Stored::save(&server, &token)?;
        let (username, owner, admin) = match me {
            Some(me) => (Some(me.username), Some(me.owner), Some(me.admin)),
            None => (None, None, None),
        };
        let stored = LoggedIn { server: config::display(&server), username, owner, admin };
        global.output().one(&stored, &["server", "username", "owner", "admin"])
    }

    fn token(&self, global: &Global) -> Result<Token, Error> {
        match &global.token_file {
            Some(file) => config::read_token(file),
            None if self.token_stdin => {
                let mut text = String::new();
                let failed = |source| Error::File { action: "read", path: "standard input".into(), source };
                io::stdin().lock().take(TOKEN_MAX).read_to_string(&mut text).map_err(failed)?;
                Token::parse(&text)
            }
            None => Err(Error::usage("login needs --token-file FILE or --token-stdin")),
        }
    }
}

/// Asks the server who the token's bearer is; a server that cannot say so now is no reason not to store the token.
///
/// # Errors
/// The server refuses the token.
async fn check(client: &Client) -> Result<Option<Me>, Error> {
    match client.me().await {
        Ok(me) => Ok(Some(me)),
        Err(error) if error.is_transient() => {
            // The warning is all there is to tell; the login itself goes on.
            let _ = writeln!(io::stderr(), "warning: the token is stored unchecked: {}", error.sentence());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
