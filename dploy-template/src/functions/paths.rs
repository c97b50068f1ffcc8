//! Paths with slashes: sprig's `base`, `dir`, `clean` and their family. Those
//! of the operating system follow Linux, wherever the template runs.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Text, Value};

const STRING: &[Param] = &[Param::String];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("base", STRING, |env, args| part(env, args, base))
        .doc("the last element of a path", r#"base "a/b.txt""#),
    Function::new("dir", STRING, |env, args| part(env, args, dir))
        .doc("a path without its last element", r#"dir "a/b.txt""#),
    Function::new("clean", STRING, |env, args| part(env, args, clean))
        .doc("the shortest path to the same place", r#"clean "a/./b/../c""#),
    Function::new("ext", STRING, |env, args| part(env, args, ext))
        .doc("the extension of the last element, with its dot", r#"ext "a/b.txt""#),
    Function::new("isAbs", STRING, is_abs).doc("whether a path begins with a slash", r#"isAbs "/a""#),
    Function::new("osBase", STRING, |env, args| part(env, args, base))
        .doc("the last element of a file path", r#"osBase "/a/b.txt""#),
    Function::new("osDir", STRING, |env, args| part(env, args, dir))
        .doc("a file path without its last element", r#"osDir "/a/b.txt""#),
    Function::new("osClean", STRING, |env, args| part(env, args, clean))
        .doc("the shortest file path to the same place", r#"osClean "/a/../b""#),
    Function::new("osExt", STRING, |env, args| part(env, args, ext))
        .doc("the extension of the last element, with its dot", r#"osExt "/a/b.txt""#),
    Function::new("osIsAbs", STRING, is_abs).doc("whether a file path begins with a slash", r#"osIsAbs "/a""#),
];

fn part(env: &mut Env<'_>, args: &Args, of: fn(&[u8]) -> Vec<u8>) -> Result<Value, Failure> {
    let path = args.text(0)?;
    env.budget.bytes(path.len().saturating_mul(2))?;
    Ok(Value::String(Text::computed(of(path.as_bytes()), args.sources())))
}

fn is_abs(_: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    Ok(Value::Bool(args.text(0)?.as_bytes().starts_with(b"/")))
}

/// Where the last element begins.
fn last_start(path: &[u8]) -> usize {
    path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1)
}

fn base(path: &[u8]) -> Vec<u8> {
    if path.is_empty() {
        return b".".to_vec();
    }
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |at| at + 1);
    let path = path.get(..end).unwrap_or_default();
    match path.get(last_start(path)..) {
        Some(name) if !name.is_empty() => name.to_vec(),
        _ => b"/".to_vec(),
    }
}

fn dir(path: &[u8]) -> Vec<u8> {
    clean(path.get(..last_start(path)).unwrap_or_default())
}

fn ext(path: &[u8]) -> Vec<u8> {
    let name = path.get(last_start(path)..).unwrap_or_default();
    let dot = name.iter().rposition(|byte| *byte == b'.');
    dot.and_then(|at| name.get(at..)).unwrap_or_default().to_vec()
}

fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut kept: Vec<&[u8]> = Vec::new();
    for element in path.split(|byte| *byte == b'/') {
        match element {
            b"" | b"." => {}
            b".." => match kept.last() {
                Some(last) if *last != b".." => {
                    kept.pop();
                }
                _ if rooted => {}
                _ => kept.push(element),
            },
            name => kept.push(name),
        }
    }
    let joined = kept.join(b"/".as_slice());
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}
