//! Identifiers derived by hashing: injective over their inputs, the same on every machine.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes as lower-case hex digits, two each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `length` lower-case hex digits of SHA-256 over the length-prefixed `parts` (at most 64).
///
/// Each part is preceded by its length as eight big-endian bytes, so no two lists of parts hash the same bytes.
#[must_use]
pub fn digest(parts: &[&[u8]], length: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut text = hex(&hash.finalize());
    text.truncate(length);
    text
}

/// Who owns an environment: 16 hex digits of SHA-256 over (issuer, claim name, raw value).
///
/// Two owners have the same id only if all three are equal, so `john.doe` and `john-doe`, a user and a group of one
/// name, and two issuers never meet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnerId(String);

impl OwnerId {
    /// Number of hex digits in an id.
    pub const LENGTH: usize = 16;

    /// The id of the owner that `issuer` names by `value` of claim `claim`.
    #[must_use]
    pub fn derive(issuer: &str, claim: &str, value: &str) -> Self {
        Self(digest(&[issuer.as_bytes(), claim.as_bytes(), value.as_bytes()], Self::LENGTH))
    }

    /// The id of an owner that is known only by its readable text, as on objects written by hand.
    #[must_use]
    pub fn of_text(owner: &str) -> Self {
        Self::derive("", "", owner)
    }

    /// Reads an id that was stored; `None` unless it is 16 lower-case hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        (text.len() == Self::LENGTH && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// The 16 hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_length_prefixed() {
        assert_ne!(digest(&[b"ab", b"c"], 16), digest(&[b"a", b"bc"], 16));
        assert_ne!(OwnerId::derive("i", "sub", "x"), OwnerId::derive("i", "sux", "b"));
        assert_eq!(OwnerId::of_text("bob"), OwnerId::derive("", "", "bob"));
    }

    #[test]
    fn only_sixteen_lower_case_hex_digits_parse() {
        let id = OwnerId::of_text("bob");
        assert_eq!(OwnerId::parse(id.as_str()), Some(id));
        for bad in ["", "abc", "ABCDEF0123456789", "g123456789abcdef", "0123456789abcdef0"] {
            assert_eq!(OwnerId::parse(bad), None, "{bad}");
        }
    }
}
