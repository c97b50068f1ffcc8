//! Data on standard output, as a table, JSON or YAML; the keys are the same in all three.

use std::io::{self, Write as _};

use clap::ValueEnum;
use comfy_table::{ColumnConstraint, Row, Table, TableStyle, Width};
use serde::Serialize;
use serde_json::Value;

use crate::{error::Error, terminal};

mod detail;
mod yaml;

/// How data is written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// JSON (RFC 8259), indented.
    Json,
    /// YAML.
    Yaml,
}

/// Where data goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    format: Format,
}

/// Writes records one after the other as they come: rows, one JSON value a line, or YAML documents.
#[derive(Debug)]
pub(crate) struct Stream {
    format: Format,
    columns: &'static [&'static str],
    widths: Vec<usize>,
    started: bool,
}

impl Output {
    /// Data in that format.
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// Whether people read it.
    pub(crate) fn is_table(self) -> bool {
        self.format == Format::Table
    }

    /// The same output, written as YAML where a table was left to the default: for data that no table can show.
    pub(crate) fn or_yaml(self) -> Self {
        Self { format: if self.is_table() { Format::Yaml } else { self.format } }
    }

    /// Writes a list; of a table, the `columns` named by key.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn list<T: Serialize>(self, records: &[T], columns: &[&str]) -> Result<(), Error> {
        match self.format {
            Format::Table => write(&table(&values(records)?, columns)),
            _ => self.value(&records),
        }
    }

    /// Writes one record; of a table, the `columns` named by key.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn one<T: Serialize>(self, record: &T, columns: &[&str]) -> Result<(), Error> {
        match self.format {
            Format::Table => self.list(std::slice::from_ref(record), columns),
            _ => self.value(record),
        }
    }

    /// Writes any value; YAML where a table is asked for.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn value<T: Serialize>(self, value: &T) -> Result<(), Error> {
        write(&match self.format {
            Format::Json => json(value)? + "\n",
            _ => yaml(value)?,
        })
    }

    /// Writes what there is to tell of one record: of a table, a line for each of the `keys`, what is nested below it.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn detail<T: Serialize>(self, record: &T, keys: &[&str]) -> Result<(), Error> {
        match self.format {
            Format::Table => write(&detail::lines(&serde_json::to_value(record).map_err(unwritable)?, keys)),
            _ => self.value(record),
        }
    }

    /// Writes text for people where a table is asked for, else the value.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn told<T: Serialize>(self, text: &str, value: &T) -> Result<(), Error> {
        if self.is_table() { write(&terminal::lines(text)) } else { self.value(value) }
    }

    /// The same output, written as JSON where a table was left to the default: for data that scripts read.
    pub(crate) fn or_json(self) -> Self {
        Self { format: if self.is_table() { Format::Json } else { self.format } }
    }

    /// Writes several values as the documents of one stream: YAML with `---` between them, or a JSON array.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn documents<T: Serialize>(self, values: &[T]) -> Result<(), Error> {
        match self.format {
            Format::Json => self.value(&values),
            _ => {
                let documents: Vec<String> = values.iter().map(yaml).collect::<Result<_, _>>()?;
                write(&documents.join("---\n"))
            }
        }
    }

    /// Writes text for people after a table.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn note(self, text: &str) -> Result<(), Error> {
        if self.is_table() { write(&format!("\n{}\n", terminal::lines(text).trim_end())) } else { Ok(()) }
    }

    /// Starts a stream of records; of a table, the `columns` named by key.
    pub(crate) fn stream(self, columns: &'static [&'static str]) -> Stream {
        Stream { format: self.format, columns, widths: vec![0; columns.len()], started: false }
    }
}

impl Stream {
    /// Writes the next record at once.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn next<T: Serialize>(&mut self, record: &T) -> Result<(), Error> {
        let text = match self.format {
            Format::Table => self.row(record)?,
            Format::Json => serde_json::to_string(record).map_err(unwritable)? + "\n",
            Format::Yaml => format!("{}{}", if self.started { "---\n" } else { "" }, yaml(record)?),
        };
        self.started = true;
        write(&text)
    }

    /// The next row under the widths so far, after the header where it is the first.
    fn row<T: Serialize>(&mut self, record: &T) -> Result<String, Error> {
        let record = serde_json::to_value(record).map_err(unwritable)?;
        let row: Vec<String> = self.columns.iter().map(|column| cell(&record, column)).collect();
        let header = self.columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>();
        for ((width, cell), name) in self.widths.iter_mut().zip(&row).zip(&header) {
            *width = (*width).max(cell.chars().count()).max(name.len());
        }
        let rows = if self.started { vec![row] } else { vec![header, row] };
        let mut table = plain_table();
        table.add_rows(rows);
        let constraints = self.widths.iter().map(|width| {
            let padded = u16::try_from(width + 2).unwrap_or(u16::MAX);
            ColumnConstraint::LowerBoundary(Width::Fixed(padded))
        });
        table.set_constraints(constraints);
        Ok(lines_of(&mut table))
    }
}

fn table(records: &[Value], columns: &[&str]) -> String {
    let mut table = plain_table();
    table.add_row(Row::from(columns.to_vec()));
    for record in records {
        table.add_row(columns.iter().map(|column| cell(record, column)).collect::<Vec<_>>());
    }
    lines_of(&mut table)
}

fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    table
}

/// The table's lines, two spaces between columns, nothing behind the last.
fn lines_of(table: &mut Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// The text of one key of a record; `-` where it says nothing.
fn cell(record: &Value, key: &str) -> String {
    let text = match record.get(key) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => terminal::one_line(text),
        Some(Value::Array(items)) => {
            let items: Vec<String> =
                items.iter().map(|item| cell(&serde_json::json!({ "item": item }), "item")).collect();
            items.join(",")
        }
        Some(other) => other.to_string(),
    };
    if text.is_empty() { "-".to_owned() } else { text }
}

fn values<T: Serialize>(records: &[T]) -> Result<Vec<Value>, Error> {
    records.iter().map(|record| serde_json::to_value(record).map_err(unwritable)).collect()
}

fn json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string_pretty(value).map_err(unwritable)
}

fn yaml<T: Serialize>(value: &T) -> Result<String, Error> {
    yaml::to_string(value).map_err(|cause| Error::Output(io::Error::other(cause)))
}

/// The text of a value as JSON or YAML; `None` for a table.
pub(crate) fn text_of<T: Serialize>(value: &T, format: Format) -> Option<String> {
    match format {
        Format::Table => None,
        Format::Json => json(value).ok().map(|text| text + "\n"),
        Format::Yaml => yaml(value).ok(),
    }
}

fn unwritable(cause: serde_json::Error) -> Error {
    Error::Output(io::Error::other(cause))
}

fn write(text: &str) -> Result<(), Error> {
    bytes(text.as_bytes())
}

/// Writes exactly these bytes.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Error::Output)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_is_aligned_and_says_dash_for_nothing() {
        let records = [json!({"name": "a", "url": "https://x\u{1b}[31m"}), json!({"name": "long-name", "url": null})];
        assert_eq!(table(&records, &["name", "url"]), "name       url\na          https://x[31m\nlong-name  -\n");
    }

    #[test]
    fn rows_of_a_stream_keep_the_widths_so_far() {
        let mut stream = Output::new(Format::Table).stream(&["name", "status"]);
        assert_eq!(stream.row(&json!({"name": "webshell", "status": "x"})).unwrap(), "name      status\nwebshell  x\n");
        stream.started = true;
        assert_eq!(stream.row(&json!({"name": "w", "status": "y"})).unwrap(), "w         y\n");
    }
}
