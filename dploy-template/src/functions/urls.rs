//! URLs: sprig's `urlParse` and `urlJoin`.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::url::{Url, User};
use crate::value::{Dict, Kind, Text, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("urlParse", &[Param::String], url_parse).doc(
        "the parts of a URL: scheme, userinfo, host, hostname, path, opaque, query, fragment",
        r#"(urlParse "https://user@example.com:8080/a?b=c#d").hostname"#,
    ),
    Function::new("urlJoin", &[Param::Dict], url_join).doc(
        "the URL of such parts",
        r#"urlJoin (dict "scheme" "https" "host" "example.com" "path" "/a b" "query" "c=d")"#,
    ),
];

fn url_parse(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let text = args.text(0)?;
    env.budget.bytes(text.len().saturating_mul(4))?;
    let url = Url::parse(text.as_bytes()).map_err(|mistake| {
        let shown = text.to_string_lossy();
        Failure::execute(format!("unable to parse url: parse {shown:?}: {mistake}"))
    })?;
    let hostname = hostname(&url.host).to_vec();
    let user = url.user.as_ref().map(User::to_bytes).unwrap_or_default();
    let parts = [
        ("scheme", url.scheme),
        ("host", url.host),
        ("hostname", hostname),
        ("path", url.path),
        ("query", url.query),
        ("opaque", url.opaque),
        ("fragment", url.fragment),
        ("userinfo", user),
    ];
    Ok(Value::map(parts.map(|(name, part)| (name, Value::String(Text::computed(part, args.sources()))))))
}

/// The host without port and brackets.
fn hostname(host: &[u8]) -> &[u8] {
    let colon = host.iter().rposition(|byte| *byte == b':');
    let port = colon.and_then(|at| host.get(at + 1..)).filter(|port| port.iter().all(u8::is_ascii_digit));
    let host = match (colon, port) {
        (Some(at), Some(_)) => host.get(..at).unwrap_or_default(),
        _ => host,
    };
    host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]")).unwrap_or(host)
}

fn url_join(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let dict = args.dict(0)?;
    let mut part = |name| part(env, dict, name);
    let mut url = Url {
        scheme: part("scheme")?,
        host: part("host")?,
        path: part("path")?,
        query: part("query")?,
        opaque: part("opaque")?,
        fragment: part("fragment")?,
        user: None,
    };
    let user = part("userinfo")?;
    if !user.is_empty() {
        let whole = [b"proto://", user.as_slice(), b"@host"].concat();
        let parsed = Url::parse(&whole)
            .map_err(|mistake| Failure::execute(format!("unable to parse userinfo in dict: {mistake}")))?;
        url.user = parsed.user;
    }
    let bytes = url.to_bytes();
    env.budget.value(bytes.len())?;
    Ok(Value::String(Text::computed(bytes, args.sources())))
}

/// A part that must be a string where it is given.
fn part(env: &mut Env<'_>, dict: &Dict, name: &str) -> Result<Vec<u8>, Failure> {
    match dict.get(name) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => {
            // An escape makes three bytes of one.
            env.budget.value(text.len().saturating_mul(3))?;
            Ok(text.as_bytes().to_vec())
        }
        Some(other) => {
            let found = if other.kind() == Kind::Invalid { "nil".into() } else { other.type_name() };
            Err(Failure::execute(format!("unable to parse {name} key, must be of type string, but {found} found")))
        }
    }
}
