//! `dploy template eval`.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};
use dploy_template::{MissingKey, ParseOptions, RenderOptions, Template, Value};
use jiff::Timestamp;

use crate::{
    error::Error,
    output,
    template::data::{self, STANDARD_INPUT},
    terminal,
};

/// Render any text with Go's text/template and sprig's functions.
///
/// Standard output is exactly what the text renders to: no line break is added. An error goes to standard error with
/// the line, the column and a caret below the place; the exit code is then 1.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("source").required(true).args(["text", "file"])))]
pub(crate) struct Eval {
    /// File with the text to render; `-` is standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The text to render
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    text: Option<String>,
    /// File with the data, JSON or YAML; `-` is standard input [default: an empty map]
    ///
    /// Whole numbers are integers, all others floating-point numbers.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// What a missing entry of a map is
    #[arg(long, value_enum, default_value_t, value_name = "MODE")]
    missing_key: Missing,
    /// With the functions of Helm
    #[arg(long)]
    helm: bool,
    /// The time that `now` gives, such as 2026-07-01T12:30:00Z; the local zone is UTC [default: the current time]
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    now: Option<Timestamp>,
    /// Where random functions start, 0 to 18446744073709551615 [default: another one each time]
    ///
    /// Its eight bytes, the lowest first, and 24 bytes of zero make the 32 bytes of the seed.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,
}

/// What a missing entry of a map is.
#[derive(ValueEnum, Clone, Copy, Debug, Default)]
enum Missing {
    /// `<no value>`
    #[default]
    Default,
    /// The zero value of the map's elements
    Zero,
    /// An error
    Error,
    /// Nothing
    Empty,
}

impl From<Missing> for MissingKey {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Default => Self::Default,
            Missing::Zero => Self::Zero,
            Missing::Error => Self::Error,
            Missing::Empty => Self::Empty,
        }
    }
}

impl Eval {
    pub(super) fn run(self) -> Result<(), Error> {
        let data = self.data()?;
        let (name, text) = self.source()?;
        let rendered = Template::parse(&name, &text, &ParseOptions::default().helm(self.helm))
            .and_then(|template| template.render_bytes(&data, &self.options()));
        output::bytes(&rendered.map_err(|error| Error::Render(terminal::lines(&error.report())))?)
    }

    fn data(&self) -> Result<Value, Error> {
        let Some(path) = &self.data else { return Ok(Value::map::<&str>([])) };
        if path == Path::new(STANDARD_INPUT) && self.file.as_ref() == Some(path) {
            return Err(Error::usage("standard input can hold the text or the data: name a file for one of them"));
        }
        data::read(path)
    }

    /// The text, and what errors call it.
    fn source(&self) -> Result<(String, String), Error> {
        match (&self.text, &self.file) {
            (Some(text), None) => Ok(("text".to_owned(), text.clone())),
            (None, Some(path)) => Ok((path.display().to_string(), data::text(path)?)),
            // The parser of the command line has said so already.
            _ => Err(Error::usage("give either --text or a file")),
        }
    }

    fn options(&self) -> RenderOptions {
        let seed = self.seed.map_or_else(rand::random, expanded);
        RenderOptions::new(self.now.unwrap_or_else(Timestamp::now), seed).missing_key(self.missing_key.into())
    }
}

fn expanded(number: u64) -> [u8; 32] {
    let mut seed = [0; 32];
    for (byte, given) in seed.iter_mut().zip(number.to_le_bytes()) {
        *byte = given;
    }
    seed
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|cause| format!("expected a time of RFC 3339 such as 2026-07-01T12:30:00Z: {cause}"))
}
