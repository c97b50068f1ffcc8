use serde_json::Value;

use crate::token::Claims;

/// The claim that tells administrators where `ADMIN_CLAIM` is unset.
pub const DEFAULT_ADMIN_CLAIM: &str = "is_admin";
/// What that claim has to say where `ADMIN_VALUE` is unset.
pub const DEFAULT_ADMIN_VALUE: &str = "true";
/// The words that mean a boolean, those of Go's `strconv.ParseBool`.
pub const BOOLEAN_WORDS: &str = "1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False";

/// Which claim makes its bearer an administrator, and what it has to say.
///
/// A boolean claim matches the boolean word of the same meaning, and nothing else; a string has to be equal; of a list,
/// one string has to be equal. Every other shape, and a missing claim, denies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdminRule {
    claim: String,
    value: String,
    word: Option<bool>,
}

/// `ADMIN_VALUE` cannot match.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("ADMIN_VALUE must be one of {BOOLEAN_WORDS} where ADMIN_CLAIM is unset or is_admin, not `{value}`")]
#[non_exhaustive]
pub struct AdminRuleError {
    /// What was given.
    pub value: String,
}

impl AdminRule {
    /// The rule of `ADMIN_CLAIM` and `ADMIN_VALUE`; `None` or an empty text stands for the default.
    ///
    /// # Errors
    /// The claim is `is_admin`, which is a boolean, and the value is not a boolean word: the rule would never match, or,
    /// read carelessly, match everybody who is not an administrator.
    pub fn parse(claim: Option<&str>, value: Option<&str>) -> Result<Self, AdminRuleError> {
        let given =
            |text: Option<&str>, default: &str| text.filter(|text| !text.is_empty()).unwrap_or(default).to_owned();
        let (claim, value) = (given(claim, DEFAULT_ADMIN_CLAIM), given(value, DEFAULT_ADMIN_VALUE));
        let word = parse_boolean(&value);
        if claim == DEFAULT_ADMIN_CLAIM && word.is_none() {
            return Err(AdminRuleError { value });
        }
        Ok(Self { claim, value, word })
    }

    /// Whether the bearer of `claims` is an administrator.
    #[must_use]
    pub fn admits(&self, claims: &Claims) -> bool {
        match claims.get(&self.claim) {
            Some(Value::Bool(flag)) => self.word == Some(*flag),
            Some(Value::String(text)) => *text == self.value,
            Some(Value::Array(list)) => list.iter().any(|item| item.as_str() == Some(self.value.as_str())),
            _ => false,
        }
    }
}

/// `is_admin` is true.
impl Default for AdminRule {
    fn default() -> Self {
        let (claim, value) = (DEFAULT_ADMIN_CLAIM.to_owned(), DEFAULT_ADMIN_VALUE.to_owned());
        Self { claim, value, word: Some(true) }
    }
}

/// The meaning of one of the [`BOOLEAN_WORDS`]; `None` for any other text.
#[must_use]
pub fn parse_boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}
