//! The page of the functions that templates may call.

use std::fmt::Write as _;

use dploy_template::{FunctionInfo, Origin, ParseOptions, RenderOptions, Template, Value, functions};

use super::Error;

const INTRODUCTION: &str = "\
# Functions

What the columns mean: a call with the Go types of its arguments, the last of which may be piped in; what it gives; \
an example; and what the example renders to, with line breaks as `\\n`. `...` stands for any number of arguments. \
Examples are rendered at 2026-01-02 03:04:05 UTC, and random ones from a seed of zeros. \
A wrong number or type of arguments is an error with its place in the template.

";

/// The page as Markdown, one table a family.
pub(super) fn page() -> Result<String, Error> {
    let all = functions(true);
    let mut page = INTRODUCTION.to_owned();
    let mut family = "";
    for function in &all {
        if function.family != family {
            family = function.family;
            page.push_str(&heading(function));
        }
        page.push_str(&row(function)?);
    }
    Ok(page)
}

fn heading(function: &FunctionInfo) -> String {
    let origin = match function.origin {
        Origin::Go => "Built into Go's text/template.",
        Origin::Sprig => "From sprig.",
        _ if function.on_request => "From Helm, known with `ParseOptions::helm` only.",
        _ => "From Helm, always known.",
    };
    let name = capitalized(function.family);
    format!("\n## {name}\n\n{origin}\n\n| call | gives | example | result |\n|---|---|---|---|\n")
}

fn row(function: &FunctionInfo) -> Result<String, Error> {
    let call =
        [&[function.name.to_owned()], function.parameters.as_slice()].concat().join(" ").replace("interface {}", "any");
    let result = result(function)?;
    let mut row = String::new();
    let (summary, example) = (function.summary, &function.example);
    let _ = writeln!(row, "| {} | {} | {} | {result} |", code(&call), summary.replace('|', "\\|"), code(example));
    Ok(row)
}

/// What the example renders to; what it fails with, if it is there to show that.
fn result(function: &FunctionInfo) -> Result<String, Error> {
    let failed = |cause| Error::Example { name: function.name, cause: Box::new(cause) };
    let template = Template::parse("example", &function.example, &ParseOptions::default().helm(function.on_request));
    let template = template.map_err(failed)?;
    let now = "2026-01-02T03:04:05Z".parse().unwrap_or_default();
    let options = RenderOptions::new(now, [0; 32]);
    match template.render(&Value::Nil, &options) {
        Ok(text) => Ok(code(&shortened(&text))),
        Err(error) if function.fails => Ok(format!("error: {}", error.message())),
        Err(error) => Err(failed(error)),
    }
}

/// Text as it stands between backquotes in a table.
fn code(text: &str) -> String {
    if text.is_empty() {
        return "(nothing)".to_owned();
    }
    let fence = if text.contains('`') { "``" } else { "`" };
    let text = text.replace('\n', "\\n").replace('\t', "\\t").replace('|', "\\|");
    format!("{fence}{text}{fence}")
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 100;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain("…".chars()).collect()
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
