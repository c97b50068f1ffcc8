//! Names that callers choose, checked once where they come in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::name::is_label;

/// A name was refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what} must be {accepted}")]
#[non_exhaustive]
pub struct InvalidName {
    /// What the name is of.
    pub what: &'static str,
    /// What is accepted.
    pub accepted: &'static str,
}

const LABEL: &str = "a DNS label: 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends";
const VERSION: &str = "1 to 128 of A-Z, a-z, 0-9 and . _ + -, with a letter or digit first";
const BRANCH: &str = "a git branch name of at most 200 characters";
const POLICY: &str = "1 to 128 characters without control characters or blanks at the ends";

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident($what:literal, $accepted:expr, $valid:expr);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads a name.
            ///
            /// # Errors
            /// [`InvalidName`] says what is accepted.
            pub fn parse(text: &str) -> Result<Self, InvalidName> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err(InvalidName { what: $what, accepted: $accepted })
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    )*};
}

names! {
    /// The name of an application, a DNS-1123 label: it becomes a folder of the gitops repository.
    AppName("an application's name", LABEL, is_label);
    /// The name of a target, a DNS-1123 label.
    TargetName("a target's name", LABEL, is_label);
    /// What a caller calls a version, unique within its application.
    VersionId("a version's id", VERSION, is_version);
    /// The name of a policy, unique within its application.
    PolicyName("a policy's name", POLICY, is_policy);
    /// A branch of a gitops repository (`git check-ref-format --branch`, without its exotic part).
    BranchName("a branch", BRANCH, is_branch);
}

fn is_version(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_alphanumeric() || b"._+-".contains(&c);
    text.len() <= 128 && text.bytes().all(inner) && text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
}

fn is_policy(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= 128 && text.trim() == text && !text.contains(char::is_control)
}

fn is_branch(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_alphanumeric() || b"._+-/".contains(&c);
    let part = |part: &str| {
        !part.is_empty() && !part.starts_with(['.', '-']) && !part.ends_with('.') && !part.ends_with(".lock")
    };
    text.len() <= 200 && text.bytes().all(inner) && !text.contains("..") && text.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("web", true)]
    #[case("a", true)]
    #[case("", false)]
    #[case("../x", false)]
    #[case("A", false)]
    #[case("a b", false)]
    #[case("a/b", false)]
    #[case("-a", false)]
    #[case(&"a".repeat(64), false)]
    fn s06_application_names_are_dns_labels(#[case] text: &str, #[case] valid: bool) {
        assert_eq!(AppName::parse(text).is_ok(), valid, "{text}");
    }

    #[rstest]
    #[case("1.0.0+build.5", true)]
    #[case("42540c4-123", true)]
    #[case("", false)]
    #[case("..", false)]
    #[case("a/b", false)]
    #[case("a b", false)]
    #[case("a\n", false)]
    #[case(&"1".repeat(129), false)]
    fn s15_version_ids_have_neither_slashes_nor_controls(#[case] text: &str, #[case] valid: bool) {
        assert_eq!(VersionId::parse(text).is_ok(), valid, "{text:?}");
    }

    #[rstest]
    #[case("main", true)]
    #[case("release/1.0", true)]
    #[case("-x", false)]
    #[case("a..b", false)]
    #[case("a/", false)]
    #[case("x.lock", false)]
    #[case("refs/heads/a b", false)]
    fn branch_names_are_safe_as_refs(#[case] text: &str, #[case] valid: bool) {
        assert_eq!(BranchName::parse(text).is_ok(), valid, "{text}");
    }
}
