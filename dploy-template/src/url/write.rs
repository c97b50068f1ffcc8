//! Writes URLs.

use super::escape::{Part, escape};
use super::{Url, User};

impl User {
    /// The name, and the password behind a colon.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = escape(&self.name, Part::User);
        if let Some(password) = &self.password {
            out.push(b':');
            out.append(&mut escape(password, Part::User));
        }
        out
    }
}

impl Url {
    /// Puts the parts together.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            self.write_hierarchy(&mut out);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.append(&mut escape(&self.fragment, Part::Fragment));
        }
        out
    }

    fn write_hierarchy(&self, out: &mut Vec<u8>) {
        let anyone = !self.host.is_empty() || self.user.is_some();
        if anyone || (!self.scheme.is_empty() && !self.path.is_empty()) {
            out.extend_from_slice(b"//");
        }
        if let Some(user) = &self.user {
            out.append(&mut user.to_bytes());
            out.push(b'@');
        }
        out.append(&mut escape(&self.host, Part::Host));
        // A lone star is not escaped, for the sake of HTTP's OPTIONS.
        let mut path = if self.path == b"*" { b"*".to_vec() } else { escape(&self.path, Part::Path) };
        if !self.host.is_empty() && !path.is_empty() && !path.starts_with(b"/") {
            out.push(b'/');
        }
        let first = path.split(|byte| *byte == b'/').next().unwrap_or_default();
        if out.is_empty() && first.contains(&b':') {
            // It would be read as a scheme.
            out.extend_from_slice(b"./");
        }
        out.append(&mut path);
    }
}
