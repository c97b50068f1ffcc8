//! Names that Kubernetes accepts: DNS-1123 labels and subdomains, cut to length without colliding by accident.

/// The longest DNS-1123 label (RFC 1123), which is also the longest Kubernetes label value.
pub const LABEL_MAX: usize = 63;
/// The longest DNS-1123 subdomain, which is the longest name of most Kubernetes objects.
pub const SUBDOMAIN_MAX: usize = 253;
/// The longest Helm release name.
pub const HELM_RELEASE_MAX: usize = 53;

/// Turns a user name into its readable form: lower case, `.` and `@` become `-`, all else outside `[a-z0-9-]` goes.
///
/// `John.Doe@Example.com` gives `john-doe-example-com`. The result may be empty and may start or end with `-`.
#[must_use]
pub fn sanitize(text: &str) -> String {
    let readable = |c: char| match c {
        '.' | '@' => Some('-'),
        'a'..='z' | '0'..='9' | '-' => Some(c),
        _ => None,
    };
    text.to_lowercase().chars().filter_map(readable).collect()
}

/// The first `max` bytes of an ASCII `text`, without leading `-` or `.` and without those that the cut left at its end.
#[must_use]
pub fn cut(text: &str, max: usize) -> &str {
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= max).last();
    text.get(..end.unwrap_or(0)).unwrap_or_default().trim_matches(['-', '.'])
}

/// `text` if it fits into `max`, else its beginning and `-` with `hash`, together at most `max`.
///
/// Two long texts with different hashes never give one name; a `hash` longer than `max` is cut itself.
#[must_use]
pub fn fit(text: &str, hash: &str, max: usize) -> String {
    if text.len() <= max { cut(text, max).to_owned() } else { suffixed(text, hash, max) }
}

/// The beginning of `text` and `-` with `suffix`, together at most `max`; the suffix is never cut unless it alone is longer.
#[must_use]
pub fn suffixed(text: &str, suffix: &str, max: usize) -> String {
    let head = cut(text, max.saturating_sub(suffix.len() + 1));
    if head.is_empty() { cut(suffix, max).to_owned() } else { format!("{head}-{suffix}") }
}

/// Whether `text` is a DNS-1123 label: 1–63 of `[a-z0-9-]`, alphanumeric at both ends.
#[must_use]
pub fn is_label(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    !text.is_empty()
        && text.len() <= LABEL_MAX
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Whether `text` is a DNS-1123 subdomain: labels joined by `.`, 253 in all.
#[must_use]
pub fn is_subdomain(text: &str) -> bool {
    text.len() <= SUBDOMAIN_MAX && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("John.Doe@Example.com", "john-doe-example-com")]
    #[case("José Ñ", "jos ".trim())]
    #[case("--a--", "--a--")]
    #[case("", "")]
    fn user_names_are_sanitised_as_documented(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(sanitize(text), expected);
    }

    #[rstest]
    #[case("abc-", 4, "abc")]
    #[case("abc-def", 4, "abc")]
    #[case("a.b.", 3, "a.b")]
    #[case("---", 3, "")]
    fn a_cut_leaves_no_separator_at_the_end(#[case] text: &str, #[case] max: usize, #[case] expected: &str) {
        assert_eq!(cut(text, max), expected);
    }

    proptest! {
        #[test]
        fn derived_names_are_labels(text in "[a-z0-9][a-z0-9.-]{0,300}", hash in "[0-9a-f]{10}", max in 12usize..=63) {
            let name = fit(&text.replace('.', "-"), &hash, max);
            prop_assert!(is_label(&name), "{name}");
            prop_assert!(name.len() <= max);
        }

        #[test]
        fn long_texts_with_different_hashes_never_collide(a in "[a-z]{70,80}", x in "[0-9a-f]{8}", y in "[0-9a-f]{8}") {
            prop_assert_eq!(fit(&a, &x, 63) == fit(&a, &y, 63), x == y);
        }
    }
}
