//! `dploy env watch`.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use clap::Args;
use tokio::{signal, time::sleep};

use crate::{
    cli::Global,
    client::{Client, EnvironmentRef},
    env::{
        Target,
        record::{COLUMNS, Environment},
    },
    error::Error,
    output::Stream,
    terminal::one_line,
};

/// Time between two looks.
const INTERVAL: Duration = Duration::from_secs(1);

/// Print each change of an environment until it fails for good, is gone, or Ctrl-C.
#[derive(Args, Debug)]
pub(crate) struct Watch {
    #[command(flatten)]
    target: Target,
}

impl Watch {
    pub(super) async fn run(self, global: &Global) -> Result<(), Error> {
        let (client, reference) = (global.client()?, self.target.into_ref());
        let lines = global.output().stream(COLUMNS);
        tokio::select! {
            ended = follow(&client, &reference, lines) => ended,
            // Without a handler for the signal it ends the process, which is as good.
            Ok(()) = signal::ctrl_c() => Ok(()),
        }
    }
}

async fn follow(client: &Client, reference: &EnvironmentRef, mut lines: Stream) -> Result<(), Error> {
    let mut last: Option<Environment> = None;
    let mut troubled = false;
    loop {
        match client.status(reference).await {
            Ok(now) => {
                troubled = false;
                if last.as_ref() != Some(&now) {
                    lines.next(&now)?;
                }
                if now.is_degraded() {
                    let reason = now.reason.as_deref().map(one_line).unwrap_or_default();
                    return Err(Error::Degraded { name: now.name, reason });
                }
                last = Some(now);
            }
            Err(error) if error.is_not_found() => return ended(error, last, &mut lines),
            Err(error) if error.is_transient() && last.is_some() => {
                if !std::mem::replace(&mut troubled, true) {
                    // The next look may succeed; that the warning cannot be shown changes nothing.
                    let _ = writeln!(io::stderr(), "warning: {}; still trying", error.sentence());
                }
            }
            Err(error) => return Err(error),
        }
        sleep(INTERVAL).await;
    }
}

/// An environment that was there has come to its end; one that never was is an error.
fn ended(error: Error, last: Option<Environment>, lines: &mut Stream) -> Result<(), Error> {
    let last = last.ok_or(error)?;
    lines.next(&Environment { status: "Deleted".to_owned(), url: String::new(), ..last })
}
