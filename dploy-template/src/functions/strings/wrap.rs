//! Texts broken into lines.

use std::ops::Range;

use memchr::{memchr, memrchr};

use super::{INT_STRING, computed};
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::value::Value;

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("wrap", INT_STRING, |env, args| wrap(env, args, b"\n", args.text(1)?.as_bytes(), false))
        .doc("lines of at most so many bytes, longer ones for long words", r#"wrap 12 "a text of several words""#),
    Function::new("wrapWith", &[Param::Int, Param::String, Param::String], |env, args| {
        let separator = args.text(1)?.as_bytes();
        let separator = if separator.is_empty() { b"\n" } else { separator };
        wrap(env, args, separator, args.text(2)?.as_bytes(), true)
    })
    .doc(
        "pieces of at most so many bytes with a text of your own between; long words are cut",
        r#"wrapWith 5 "|" "hello wonderful world""#,
    ),
];

fn wrap(env: &mut Env<'_>, args: &Args, separator: &[u8], text: &[u8], cut_words: bool) -> Result<Value, Failure> {
    let width = usize::try_from(args.int(0)?).unwrap_or(0).max(1);
    env.budget.bytes(text.len())?;
    let lines = lines(text, width, cut_words);
    env.budget.spend(lines.len() as u64 / 8)?;
    env.budget.value(text.len().saturating_add(lines.len().saturating_mul(separator.len())))?;
    let lines: Vec<&[u8]> = lines.into_iter().filter_map(|line| text.get(line)).collect();
    computed(env, args, &lines.join(separator))
}

/// The parts of the text that become lines. Spaces at the start of a line and
/// the one at its end belong to none.
fn lines(text: &[u8], width: usize, cut_words: bool) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut at = 0;
    while text.len() - at > width {
        let rest = text.get(at..).unwrap_or_default();
        if rest.first() == Some(&b' ') {
            at += 1;
            continue;
        }
        let fitting = rest.get(..=width).and_then(|part| memrchr(b' ', part));
        let (end, next) = match fitting {
            Some(space) => (at + space, at + space + 1),
            None if cut_words => (at + width, at + width),
            None => match rest.get(width..).and_then(|tail| memchr(b' ', tail)) {
                Some(space) => (at + width + space, at + width + space + 1),
                None => break,
            },
        };
        lines.push(at..end);
        at = next;
    }
    lines.push(at..text.len());
    lines
}
