//! API keys: secrets that stand for a scope.

use std::fmt;

use crate::{
    id::{digest, hex},
    time::Timestamp,
};

use super::access::Scope;

/// What every key that is made here begins with.
pub const MARK: &str = "dpk_";
/// The characters of a key that are shown: the mark and eight more.
pub const PREFIX_LENGTH: usize = MARK.len() + 8;

/// A key as it is kept: its secret is not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiKey {
    /// A version 4 UUID.
    pub id: String,
    /// What it is for, unique among keys that are not revoked.
    pub name: String,
    /// The first characters of the secret, to find and to recognise it by.
    pub prefix: String,
    /// Salt and salted SHA-256 of the secret.
    pub hash: SecretHash,
    /// What its bearer may do.
    pub scope: Scope,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to a minute.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it can be used at `now`.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// The secret of a key; it is shown once, when it is made.
#[derive(Clone, PartialEq, Eq)]
pub struct KeySecret(String);

impl KeySecret {
    /// The secret of 32 random bytes: the mark and 64 hex digits.
    #[must_use]
    pub fn generate(random: [u8; 32]) -> Self {
        Self(format!("{MARK}{}", hex(&random)))
    }

    /// A secret that a caller presents.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The part that may be shown; `None` where the secret is too short to show any of it.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.0.get(..PREFIX_LENGTH).filter(|_| self.0.len() >= 2 * PREFIX_LENGTH)
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecret(***)")
    }
}

/// Salt and salted SHA-256 of a secret. Secrets have 256 random bits, so that no slow hash is needed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecretHash {
    /// 32 hex digits.
    pub salt: String,
    /// 64 hex digits.
    pub digest: String,
}

impl SecretHash {
    /// The hash of `secret` under 16 random bytes.
    #[must_use]
    pub fn of(secret: &KeySecret, random: [u8; 16]) -> Self {
        let salt = hex(&random);
        let digest = digest(&[salt.as_bytes(), secret.0.as_bytes()], 64);
        Self { salt, digest }
    }

    /// Whether `secret` is the one; the time it takes does not tell how much of it is right.
    #[must_use]
    pub fn matches(&self, secret: &KeySecret) -> bool {
        let other = digest(&[self.salt.as_bytes(), secret.0.as_bytes()], 64);
        let differences = self.digest.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        self.digest.len() == other.len() && differences == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w17_a_secret_is_kept_as_a_salted_hash_and_never_printed() {
        let secret = KeySecret::generate([7; 32]);
        let hash = SecretHash::of(&secret, [1; 16]);
        assert!(hash.matches(&secret));
        assert!(!hash.matches(&KeySecret::generate([8; 32])));
        assert!(!hash.matches(&KeySecret::presented("")));
        assert_ne!(hash, SecretHash::of(&secret, [2; 16]));
        assert!(!format!("{secret:?}{hash:?}").contains(secret.expose()));
    }

    #[test]
    fn s66_short_secrets_show_nothing_of_themselves() {
        assert_eq!(KeySecret::presented("abc").prefix(), None);
        assert_eq!(KeySecret::generate([7; 32]).prefix(), Some("dpk_07070707"));
    }
}
