//! A line on standard error that says what is being waited for.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal::one_line;

/// A line that a terminal redraws; elsewhere, one plain line for each change.
#[derive(Debug)]
pub(crate) struct Progress {
    what: String,
    spinner: Option<ProgressBar>,
    started: Instant,
    shown: String,
}

impl Progress {
    /// Starts to wait for `what`.
    pub(crate) fn start(what: impl Into<String>) -> Self {
        let spinner = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { what: what.into(), spinner, started: Instant::now(), shown: String::new() }
    }

    /// Says how it stands; the same again says nothing.
    pub(crate) fn update(&mut self, state: &str) {
        let state = one_line(state);
        if state == self.shown {
            return;
        }
        let line = format!("{}: {state}", self.what);
        match &self.spinner {
            Some(bar) => bar.set_message(line),
            // Progress that cannot be written is not worth failing for.
            None => drop(writeln!(io::stderr(), "{line} ({} s)", self.started.elapsed().as_secs())),
        }
        self.shown = state;
    }
}

/// The line goes away; what comes after stands in its place.
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.spinner {
            bar.finish_and_clear();
        }
    }
}
