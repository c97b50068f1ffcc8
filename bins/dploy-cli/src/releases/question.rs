//! Questions to the user: asked on standard error, answered on standard input.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::{error::Error, terminal::one_line};

/// Asks whether to do `what`; returns only if the answer is yes.
///
/// # Errors
/// Any other answer, and none at all.
pub(crate) fn confirm(what: &str) -> Result<(), Error> {
    let answer = ask(&format!("{} [y/N] ", one_line(what)))?.unwrap_or_default();
    if matches!(answer.to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Error::Unconfirmed(one_line(what.trim_end_matches('?'))))
}

/// Asks for a text; an empty answer is `default`.
///
/// # Errors
/// There is neither an answer nor a default.
pub(crate) fn text(what: &str, default: Option<&str>) -> Result<String, Error> {
    let shown = default.map(|text| format!(" [{}]", one_line(text))).unwrap_or_default();
    let answer = ask(&format!("{what}{shown}: "))?.filter(|text| !text.is_empty());
    answer.or_else(|| default.map(str::to_owned)).ok_or_else(|| Error::usage(format!("no answer: {what}")))
}

/// Asks for a text that is not shown while it is typed.
///
/// # Errors
/// There is no answer.
pub(crate) fn secret(what: &str) -> Result<String, Error> {
    let terminal = console::Term::stderr();
    let answer = if io::stdin().is_terminal() && terminal.is_term() {
        terminal.write_str(&format!("{what}: ")).and_then(|()| terminal.read_secure_line()).map_err(unreadable)?
    } else {
        ask(&format!("{what}: "))?.unwrap_or_default()
    };
    if answer.trim().is_empty() { Err(Error::usage(format!("no answer: {what}"))) } else { Ok(answer) }
}

/// Asks which of `count` things is meant, from 1.
///
/// # Errors
/// The answer is not one of them.
pub(crate) fn choice(what: &str, count: usize) -> Result<usize, Error> {
    let answer = ask(&format!("{what} [1-{count}]: "))?.unwrap_or_default();
    let chosen = answer.parse::<usize>().ok().filter(|chosen| (1..=count).contains(chosen));
    chosen.ok_or_else(|| Error::Unconfirmed(what.to_owned()))
}

/// The line that answers; `None` at the end of the input.
fn ask(question: &str) -> Result<Option<String>, Error> {
    let mut err = io::stderr().lock();
    // A question that cannot be shown may still be answered.
    let _ = err.write_all(question.as_bytes()).and_then(|()| err.flush());
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line).map_err(unreadable)?;
    if read == 0 || !io::stdin().is_terminal() {
        let _ = err.write_all(b"\n");
    }
    Ok((read > 0).then(|| line.trim().to_owned()))
}

fn unreadable(source: io::Error) -> Error {
    Error::File { action: "read", path: "standard input".into(), source }
}
