//! Patterns of branches and tags.

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};

/// The longest pattern, in bytes.
pub const PATTERN_MAX: usize = 200;

/// A pattern that the whole name of a branch or tag has to match, case and all: `*` and `?` stop at `/`, `**` does not,
/// `[a-z]` and `[^a-z]` are one character of a class, and `\` takes the meaning from the next character.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

/// A pattern cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "the pattern `{pattern}` must be at most {PATTERN_MAX} characters of a name, *, **, ? and [classes], each [ closed"
)]
#[non_exhaustive]
pub struct InvalidPattern {
    /// The pattern.
    pub pattern: String,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// It is empty, too long, or has an unclosed class or a lone `\` at its end.
    pub fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let invalid = || InvalidPattern { pattern: text.chars().take(PATTERN_MAX).collect() };
        if text.is_empty() || text.len() > PATTERN_MAX || text.contains(char::is_control) {
            return Err(invalid());
        }
        let glob = GlobBuilder::new(&translated(text)).literal_separator(true).backslash_escape(true).build();
        Ok(Self { text: text.to_owned(), matcher: glob.map_err(|_| invalid())?.compile_matcher() })
    }

    /// Whether the name matches as a whole.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }

    /// The pattern as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The pattern in globset's words: braces mean nothing here, and `**` alone is everything.
fn translated(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let (mut chars, mut class) = (text.chars().peekable(), false);
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                out.extend(chars.next());
            }
            '[' if !class => {
                class = true;
                out.push(c);
            }
            ']' if class => {
                class = false;
                out.push(c);
            }
            '{' | '}' | ',' if !class => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("main", "main", true)]
    #[case("*", "main", true)]
    #[case("*", "unknown", true)]
    #[case("*", "feature/x", false)]
    #[case("**", "feature/x", true)]
    #[case("**", "main", true)]
    #[case("feature/**", "feature/a/b", true)]
    #[case("**/hot", "release/1/hot", true)]
    #[case("release/*", "release/1.0", true)]
    #[case("release/*", "release/1/hot", false)]
    #[case("release-?", "release-1", true)]
    #[case("release-[0-9]", "release-5", true)]
    #[case("release-[^0-9]", "release-5", false)]
    #[case("release-[^0-9]", "release-x", true)]
    #[case("main", "refs/heads/main", false)]
    #[case("main", "Main", false)]
    #[case("main", " main", false)]
    #[case("v*", "v1.2.3", true)]
    #[case("{a,b}", "a", false)]
    #[case("{a,b}", "{a,b}", true)]
    #[case("a\\*", "a*", true)]
    #[case("a\\*", "ab", false)]
    #[case(".*", "x", false)]
    fn s50_patterns_match_as_documented(#[case] pattern: &str, #[case] name: &str, #[case] matches: bool) {
        assert_eq!(Pattern::parse(pattern).unwrap().matches(name), matches, "{pattern} {name}");
    }

    #[rstest]
    #[case("")]
    #[case("release-[0-9")]
    #[case("a\\")]
    #[case("a\nb")]
    #[case(&"a".repeat(201))]
    fn s51_unreadable_patterns_are_refused(#[case] pattern: &str) {
        assert!(Pattern::parse(pattern).is_err(), "{pattern:?}");
    }
}
