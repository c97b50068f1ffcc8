//! `key`: makes and revokes API keys.

use clap::{Subcommand, builder::PossibleValuesParser};
use dploy_core::releases::access::Action;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{api::KeyRequest, application, context::Context, question, record::columns};
use crate::error::Error;

/// Make and revoke API keys.
#[derive(Subcommand, Debug)]
pub(crate) enum Key {
    /// List keys; secrets are not shown
    #[command(visible_alias = "ls")]
    List,
    /// Make a key; its secret is shown this once
    Create {
        /// What it is for, e.g. `ci-web`
        name: String,
        /// An application that it is for, all where not given; may be given several times
        #[arg(long, value_name = "APP", value_parser = application::app)]
        app: Vec<String>,
        /// What its bearer may do; may be given several times
        #[arg(long, required = true, value_delimiter = ',')]
        #[arg(value_parser = PossibleValuesParser::new(Action::ALL.map(Action::as_str)))]
        action: Vec<String>,
        /// When it ends by itself: a time (RFC 3339), or from now on, e.g. `90d` or `12h`
        #[arg(long, value_name = "WHEN", value_parser = end)]
        expires: Option<String>,
    },
    /// Revoke a key
    #[command(visible_alias = "delete")]
    Revoke {
        /// Its id
        #[arg(value_name = "ID", value_parser = application::id)]
        id: String,
        /// Do not ask
        #[arg(long, visible_alias = "yes", short = 'y')]
        confirm: bool,
    },
}

#[derive(Serialize)]
struct Revoked {
    id: String,
    revoked: bool,
}

impl Key {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List => output.list(&client.keys().await?, columns::KEY),
            Self::Create { name, app, action, expires } => {
                let applications = (!app.is_empty()).then_some(app);
                let request = KeyRequest { name, applications, actions: action, expires_at: expires };
                let made = client.create_key(&request).await?;
                output.detail(&made, &["apiKey", "id", "name", "applications", "actions", "expiresAt"])
            }
            Self::Revoke { id, confirm } => {
                if !confirm {
                    question::confirm(&format!("Revoke key {id}?"))?;
                }
                client.revoke_key(&id).await?;
                output.one(&Revoked { id, revoked: true }, &["id", "revoked"])
            }
        }
    }
}

/// Reads a time, or how long from now.
fn end(text: &str) -> Result<String, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.to_string());
    }
    let accepted = || "expected a time such as 2027-01-31T00:00:00Z, or a number with d or h".to_owned();
    let (number, hours) = match (text.strip_suffix('d'), text.strip_suffix('h')) {
        (Some(days), _) => (days, 24),
        (None, Some(hours)) => (hours, 1),
        _ => return Err(accepted()),
    };
    let number = number.parse::<u32>().map_err(|_| accepted())?;
    let duration = SignedDuration::from_hours(i64::from(number) * hours);
    Timestamp::now().checked_add(duration).map(|time| time.to_string()).map_err(|_| accepted())
}
