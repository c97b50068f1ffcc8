//! How an error is written: for people, or as data where the command's data was asked for as JSON or YAML.

use std::io::{self, Write as _};

use serde::Serialize;

use super::Error;
use crate::{
    output::{Format, text_of},
    terminal::colour_errors,
};

/// An error as data; the keys are the same in JSON and YAML.
#[derive(Serialize)]
struct Report<'a> {
    error: Body<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    code: &'a str,
    message: String,
    problems: &'a [String],
    hint: Option<&'a str>,
    exit_code: u8,
}

/// Writes it to standard error.
pub(super) fn write(error: &Error, format: Format, code: u8, hint: Option<&str>) {
    let text = data(error, format, code, hint).unwrap_or_else(|| words(error, hint));
    // Nothing is left to be told to where standard error is closed too; the exit code still says it.
    let _ = io::stderr().write_all(text.as_bytes());
}

fn data(error: &Error, format: Format, code: u8, hint: Option<&str>) -> Option<String> {
    let (message, problems) = match error {
        Error::Files(problems) => ("the files are refused".to_owned(), problems.as_slice()),
        _ => (error.sentence(), [].as_slice()),
    };
    let body = Body { code: error.code(), message, problems, hint, exit_code: code };
    text_of(&Report { error: body }, format)
}

fn words(error: &Error, hint: Option<&str>) -> String {
    let (red, cyan, off) = if colour_errors() { ("\x1b[1;31m", "\x1b[36m", "\x1b[0m") } else { ("", "", "") };
    let mut text = format!("{red}error:{off} {}\n", error.sentence());
    if let Some(hint) = hint {
        text.push_str(&format!("{cyan}hint:{off} {hint}\n"));
    }
    text
}
