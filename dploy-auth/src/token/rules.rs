use dploy_core::{json::Json, time::Timestamp};
use serde_json::{Map, Value};

use super::{Claims, Error};

/// How far in the future `nbf` and `iat` may lie, in seconds: what the clocks of two machines may differ by.
pub const MAX_SKEW_SECONDS: i64 = 300;

/// Whom a token has to come from and to be meant for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenRules {
    /// The only accepted `iss`, compared exactly.
    pub issuer: String,
    /// What `aud` has to be, or to contain where it is a list.
    pub audience: String,
}

impl TokenRules {
    /// The claims of a token whose signature was verified, if they pass at `now`.
    ///
    /// `iss`, `aud` and `exp` are required (RFC 7519 §4.1); `exp` has no leeway, `nbf` and `iat` are optional.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub(super) fn check(&self, payload: Map<String, Value>, now: Timestamp) -> Result<Claims, Error> {
        self.check_dates(&payload, now.unix_seconds())?;
        let issuer = payload.get("iss").and_then(Value::as_str).ok_or(Error::Claim("iss"))?;
        if issuer != self.issuer {
            return Err(Error::Issuer);
        }
        if !contains(payload.get("aud").ok_or(Error::Claim("aud"))?, &self.audience) {
            return Err(Error::Audience);
        }
        let issuer = issuer.to_owned();
        Ok(Claims::new(issuer, payload.into_iter().map(|(name, value)| (name, Json::from(value))).collect()))
    }

    fn check_dates(&self, payload: &Map<String, Value>, now: i64) -> Result<(), Error> {
        let expires = date(payload, "exp")?.ok_or(Error::Claim("exp"))?;
        if expires.floor() <= now as f64 {
            return Err(Error::Expired);
        }
        for name in ["nbf", "iat"] {
            if date(payload, name)?.is_some_and(|date| date > (now + MAX_SKEW_SECONDS) as f64) {
                return Err(Error::NotYetValid);
            }
        }
        Ok(())
    }
}

/// A NumericDate (RFC 7519 §2): seconds since 1970, possibly with a fraction.
fn date(payload: &Map<String, Value>, name: &'static str) -> Result<Option<f64>, Error> {
    match payload.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(Error::Claim(name)),
    }
}

/// Whether `aud` is `audience` or a list that contains it.
fn contains(aud: &Value, audience: &str) -> bool {
    match aud {
        Value::String(one) => one == audience,
        Value::Array(list) => list.iter().any(|one| one.as_str() == Some(audience)),
        _ => false,
    }
}
