//! Ends cut off. Marks keep their places.

use std::collections::HashSet;

use super::{STRING, TWO_STRINGS};
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function};
use crate::unicode::{first_rune, is_space, last_rune, runes};
use crate::value::{SourceSet, Text, Value};

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("trim", STRING, trim).doc("without white space at both ends", r#"trim "   hello    ""#),
    Function::new("trimAll", TWO_STRINGS, trim_all)
        .doc("the second text without characters of the first at both ends", r#"trimAll "$" "$5.00""#),
    Function::new("trimall", TWO_STRINGS, trim_all).doc("an old name of trimAll", r#"trimall "$" "$5.00""#),
    Function::new("trimSuffix", TWO_STRINGS, trim_suffix)
        .doc("the second text without the first at its end", r#"trimSuffix "-" "hello-""#),
    Function::new("trimPrefix", TWO_STRINGS, trim_prefix)
        .doc("the second text without the first at its beginning", r#"trimPrefix "-" "-hello""#),
];

fn trim(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let text = args.text(0)?;
    env.budget.bytes(text.len())?;
    let (start, end) = without(text.as_bytes(), is_space);
    Ok(Value::String(text.trimmed(start, end)))
}

fn trim_all(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (cutset, text) = (args.text(0)?, args.text(1)?);
    env.budget.bytes(cutset.len() + text.len())?;
    let (start, end) = match cutset.as_bytes() {
        [byte] if byte.is_ascii() => without(text.as_bytes(), |c| c == char::from(*byte)),
        cutset => {
            let cutset: HashSet<char> = runes(cutset).map(|(c, _)| c).collect();
            without(text.as_bytes(), |c| cutset.contains(&c))
        }
    };
    Ok(Value::String(cut(cutset, text, start, end)))
}

fn trim_suffix(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (suffix, text) = (args.text(0)?, args.text(1)?);
    env.budget.bytes(text.len())?;
    let end = text.as_bytes().strip_suffix(suffix.as_bytes()).map_or(text.len(), <[u8]>::len);
    Ok(Value::String(cut(suffix, text, 0, end)))
}

fn trim_prefix(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (prefix, text) = (args.text(0)?, args.text(1)?);
    env.budget.bytes(text.len())?;
    let rest = text.as_bytes().strip_prefix(prefix.as_bytes()).map_or(text.len(), <[u8]>::len);
    Ok(Value::String(cut(prefix, text, text.len() - rest, text.len())))
}

/// Where the text without certain characters at its ends begins and ends.
fn without(bytes: &[u8], cuts: impl Fn(char) -> bool) -> (usize, usize) {
    let mut rest = bytes;
    while let Some((_, size)) = first_rune(rest).filter(|(c, _)| cuts(*c)) {
        rest = rest.get(size..).unwrap_or_default();
    }
    let start = bytes.len() - rest.len();
    while let Some((_, size)) = last_rune(rest).filter(|(c, _)| cuts(*c)) {
        rest = rest.get(..rest.len() - size).unwrap_or_default();
    }
    (start, start + rest.len())
}

/// A part of a text with its marks. Who supplied what was cut off has a say
/// in all that is left.
fn cut(what: &Text, text: &Text, start: usize, end: usize) -> Text {
    if !what.is_marked() {
        return text.trimmed(start, end);
    }
    let mut sources = SourceSet::default();
    what.add_sources(&mut sources);
    text.add_sources(&mut sources);
    Text::computed(text.as_bytes().get(start..end).unwrap_or_default(), sources)
}
