//! What stands between `//` and the path.

use core::net::Ipv6Addr;

use super::User;
use super::escape::{Part, quoted, unescape};

/// The user, if any, and the host.
pub(super) fn authority(scheme: &[u8], text: &[u8]) -> Result<(Option<User>, Vec<u8>), String> {
    let Some(at) = text.iter().rposition(|byte| *byte == b'@') else {
        return Ok((None, host(scheme, text)?));
    };
    let host = host(scheme, text.get(at + 1..).unwrap_or_default())?;
    Ok((Some(user(text.get(..at).unwrap_or_default())?), host))
}

fn user(text: &[u8]) -> Result<User, String> {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !text.iter().all(allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) = match text.iter().position(|byte| *byte == b':') {
        Some(colon) => (text.get(..colon), text.get(colon + 1..)),
        None => (Some(text), None),
    };
    let name = unescape(name.unwrap_or_default(), Part::User)?;
    let password = password.map(|password| unescape(password, Part::User)).transpose()?;
    Ok(User { name, password })
}

fn check_port(port: &[u8]) -> Result<(), String> {
    match port.split_first() {
        None => Ok(()),
        Some((b':', digits)) if digits.iter().all(u8::is_ascii_digit) => Ok(()),
        Some(_) => Err(format!("invalid port {} after host", quoted(port))),
    }
}

fn host(scheme: &[u8], text: &[u8]) -> Result<Vec<u8>, String> {
    match text.iter().rposition(|byte| *byte == b'[') {
        Some(0) => return bracketed(text),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    // Databases list hosts with ports; web servers do not.
    let colon = |byte: &u8| *byte == b':';
    let at = match scheme {
        b"http" | b"https" => text.iter().position(colon),
        _ => text.iter().rposition(colon),
    };
    if let Some(port) = at.and_then(|at| text.get(at..)) {
        check_port(port)?;
    }
    unescape(text, Part::Host)
}

/// An IPv6 address in brackets, with or without a port.
fn bracketed(text: &[u8]) -> Result<Vec<u8>, String> {
    let Some(end) = text.iter().rposition(|byte| *byte == b']') else {
        return Err("missing ']' in host".to_owned());
    };
    let port = text.get(end + 1..).unwrap_or_default();
    check_port(port)?;
    let inner = text.get(1..end).unwrap_or_default();
    let zone_at = inner.windows(3).position(|three| three == b"%25").unwrap_or(inner.len());
    let (address, zone) = inner.split_at(zone_at);
    let mut name = unescape(address, Part::Host)?;
    name.append(&mut unescape(zone, Part::Zone)?);
    check_address(&name)?;
    Ok([b"[", name.as_slice(), b"]", port].concat())
}

fn check_address(name: &[u8]) -> Result<(), String> {
    let (address, zone) = match name.iter().position(|byte| *byte == b'%') {
        Some(at) => (name.get(..at).unwrap_or_default(), name.get(at + 1..)),
        None => (name, None),
    };
    let parsed = std::str::from_utf8(address).ok().and_then(|text| text.parse::<Ipv6Addr>().ok());
    if parsed.is_none() || zone.is_some_and(<[u8]>::is_empty) {
        return Err(format!("invalid host: {} is no IPv6 address", quoted(name)));
    }
    Ok(())
}
