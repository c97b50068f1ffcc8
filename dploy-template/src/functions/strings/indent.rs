//! Lines moved to the right. Marks keep their places.

use super::INT_STRING;
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::Function;
use crate::value::{Text, TextBuf, Value};

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("indent", INT_STRING, |env, args| indent(env, args.int(0)?, args.text(1)?, ""))
        .doc("so many spaces before every line", r#"indent 4 "a: 1\nb: 2""#),
    Function::new("nindent", INT_STRING, |env, args| indent(env, args.int(0)?, args.text(1)?, "\n"))
        .doc("a line break, then so many spaces before every line", r#"nindent 4 "a: 1\nb: 2""#),
];

/// Puts spaces in front of every line. They are the author's even where the
/// line is a user's: the mark remembers how many stand inside it.
fn indent(env: &mut Env<'_>, spaces: i64, text: &Text, lead: &str) -> Result<Value, Failure> {
    let negative = || Failure::execute("strings: negative Repeat count");
    let spaces = usize::try_from(spaces).map_err(|_| negative())?;
    let bytes = text.as_bytes();
    let breaks: Vec<usize> = memchr::memchr_iter(b'\n', bytes).collect();
    let padding = spaces.saturating_mul(breaks.len() + 1);
    let size = padding.saturating_add(bytes.len() + lead.len());
    env.budget.value(size)?;
    let pad = " ".repeat(spaces);
    let mut out = TextBuf::with_capacity(size);
    out.push_str(lead);
    out.push_str(&pad);
    let base = out.len();
    let mut written = 0;
    for stop in &breaks {
        out.push(bytes.get(written..=*stop).unwrap_or_default());
        out.push_str(&pad);
        written = stop + 1;
    }
    out.push(bytes.get(written..).unwrap_or_default());
    let moved = |at: usize| base + at + spaces * breaks.partition_point(|stop| *stop < at);
    for mark in text.marks() {
        let mut mark = mark.clone();
        (mark.start, mark.end) = (moved(mark.start), moved(mark.end));
        mark.indent += spaces;
        out.push_mark(mark);
    }
    Ok(Value::String(out.finish()))
}
