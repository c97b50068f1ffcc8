//! Long texts with `...` in place of a part.

use super::{INT_STRING, computed};
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::value::Value;

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("abbrev", INT_STRING, abbrev)
        .doc("at most so many bytes, three of them dots where the text is longer", r#"abbrev 8 "hello world""#),
    Function::new("abbrevboth", &[Param::Int, Param::Int, Param::String], abbrev_both).doc(
        "a part from an offset on, of at most so many bytes, with dots on both sides",
        r#"abbrevboth 5 10 "1234 5678 9123""#,
    ),
];

fn abbrev(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (width, bytes) = (args.int(0)?, args.text(1)?.as_bytes());
    let short = if width < 4 { bytes.to_vec() } else { abbreviated(bytes, 0, width) };
    computed(env, args, &short)
}

fn abbrev_both(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (offset, width, bytes) = (args.int(0)?, args.int(1)?, args.text(2)?.as_bytes());
    let too_narrow = width < 4 || (offset > 0 && width < 7);
    let short = if too_narrow { bytes.to_vec() } else { abbreviated(bytes, offset, width) };
    computed(env, args, &short)
}

const DOTS: &[u8] = b"...";

/// What goutils' `AbbreviateFull` makes of a text for a width of at least 4.
fn abbreviated(bytes: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let part = |start: i64, end: i64| {
        let (start, end) = (usize::try_from(start).unwrap_or_default(), usize::try_from(end).unwrap_or_default());
        bytes.get(start..end).unwrap_or_default()
    };
    if length <= width {
        return bytes.to_vec();
    }
    let shown = width - 3;
    let mut offset = offset.min(length);
    // Far negative offsets wrap around, as Go's integers do.
    if length.wrapping_sub(offset) < shown {
        offset = length - shown;
    }
    if offset <= 4 {
        return [part(0, shown), DOTS].concat();
    }
    if width < 7 {
        return Vec::new();
    }
    if offset + shown < length {
        let rest = abbreviated(part(offset, length), 0, shown);
        return [DOTS, &rest].concat();
    }
    [DOTS, part(length - shown, length)].concat()
}
