//! The rules that texts of a service file keep.

use super::{cron, image, quantity, reader::shown};
use crate::name::{LABEL_MAX, is_label, is_subdomain};

/// What a text must be.
pub(super) struct Rule {
    /// What is accepted, as problems word it.
    pub(super) accepted: &'static str,
    /// Checks a text; the error says what is wrong with it.
    pub(super) check: fn(&str) -> Result<(), String>,
}

/// Any text.
pub(super) const TEXT: Rule = Rule { accepted: "a text", check: |_| Ok(()) };

/// A DNS-1123 label: names of applications, components and namespaces.
pub(super) const NAME: Rule = Rule {
    accepted: "1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends",
    check: |text| named(is_label(text), text, "a name"),
};

/// A DNS-1123 subdomain: names of secrets, config maps and service accounts.
pub(super) const OBJECT_NAME: Rule = Rule {
    accepted: "1 to 253 of a-z, 0-9, - and ., each part between dots at most 63 with a letter or digit at both ends",
    check: |text| named(is_subdomain(text), text, "an object's name"),
};

/// The host of an Ingress rule.
pub(super) const HOSTNAME: Rule = Rule {
    accepted: "a DNS name in lower case, such as shop.example.org or *.example.org",
    check: |text| named(is_subdomain(text.strip_prefix("*.").unwrap_or(text)), text, "a hostname"),
};

/// A container image with its registry.
pub(super) const IMAGE: Rule =
    Rule { accepted: "registry/path, then :tag or @digest, such as ghcr.io/acme/web:1.4", check: image::check };

/// A cron schedule as Kubernetes reads it.
pub(super) const SCHEDULE: Rule = Rule {
    accepted: "five fields (minute hour day month weekday), @hourly, @daily, @weekly, @monthly, @yearly or @every 1h30m",
    check: cron::check,
};

/// An amount of CPU or memory.
pub(super) const QUANTITY: Rule = Rule {
    accepted: "a Kubernetes quantity that is not negative, such as 250m, 0.5, 64Mi or 1G",
    check: |text| quantity::parse(text).map(drop),
};

/// The path of an HTTP probe.
pub(super) const PROBE_PATH: Rule = Rule {
    accepted: "a path that begins with /",
    check: |text| named(text.starts_with('/') && !text.contains(char::is_whitespace), text, "a path"),
};

/// The path of an Ingress rule, as Kubernetes checks it.
pub(super) const INGRESS_PATH: Rule = Rule {
    accepted: "a path that begins with / and has no //, /./, /../ or %2f",
    check: |text| named(is_ingress_path(text), text, "a path"),
};

/// The name of an environment variable.
pub(super) const VARIABLE: Rule = Rule {
    accepted: "letters, digits, _, - and ., not beginning with a digit",
    check: |text| named(is_variable(text), text, "a variable's name"),
};

/// A key of a Secret or ConfigMap.
pub(super) const DATA_KEY: Rule = Rule {
    accepted: "1 to 253 letters, digits, -, _ and .",
    check: |text| {
        let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let ok = !text.is_empty() && text.len() <= 253 && text.chars().all(inner) && text != "." && text != "..";
        named(ok, text, "a key")
    },
};

/// The key of a label that users may set.
pub(super) const LABEL_KEY: Rule = Rule {
    accepted: "[prefix/]name, not app.kubernetes.io/name, component, version or managed-by",
    check: |text| {
        if RESERVED.contains(&text) {
            return Err(format!("the label {text} is set by the build"));
        }
        named(is_qualified(text), text, "a label's key")
    },
};

/// The key of an annotation that users may set.
pub(super) const ANNOTATION_KEY: Rule = Rule {
    accepted: "[prefix/]name, not dploy.dev/version",
    check: |text| {
        if text == super::build::VERSION_ANNOTATION {
            return Err(format!("the annotation {text} is set by the build"));
        }
        named(is_qualified(&text.to_lowercase()), text, "an annotation's key")
    },
};

/// The value of a label.
pub(super) const LABEL_VALUE: Rule = Rule {
    accepted: "at most 63 letters, digits, -, _ and ., with a letter or digit at both ends, or nothing",
    check: |text| named(text.is_empty() || is_label_name(text), text, "a label's value"),
};

const RESERVED: &[&str] = &[
    "app.kubernetes.io/name",
    "app.kubernetes.io/component",
    "app.kubernetes.io/version",
    "app.kubernetes.io/managed-by",
];

fn named(ok: bool, text: &str, what: &str) -> Result<(), String> {
    if ok { Ok(()) } else { Err(format!("`{}` is not {what}", shown(text))) }
}

/// `[prefix/]name`, as keys of labels are.
fn is_qualified(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_label_name(name),
        None => is_label_name(text),
    }
}

fn is_label_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let ends = [text.chars().next(), text.chars().next_back()];
    text.len() <= LABEL_MAX
        && text.chars().all(inner)
        && ends.into_iter().all(|end| end.is_some_and(|c| c.is_ascii_alphanumeric()))
}

fn is_variable(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !text.is_empty()
        && text.chars().all(inner)
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text != "."
        && !text.starts_with("..")
}

fn is_ingress_path(text: &str) -> bool {
    let lower = text.to_lowercase();
    let inside = ["//", "/./", "/../", "%2f"].iter().any(|part| lower.contains(part));
    let end = ["/..", "/."].iter().any(|part| lower.ends_with(part));
    text.starts_with('/') && !inside && !end && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(NAME, "shop-2", true)]
    #[case(NAME, "Shop", false)]
    #[case(OBJECT_NAME, "tls.shop", true)]
    #[case(OBJECT_NAME, "tls..shop", false)]
    #[case(HOSTNAME, "*.example.org", true)]
    #[case(HOSTNAME, "*", false)]
    #[case(HOSTNAME, "shop.example.org.", false)]
    #[case(HOSTNAME, "shop_1.example.org", false)]
    #[case(INGRESS_PATH, "/a/b", true)]
    #[case(INGRESS_PATH, "/a/../b", false)]
    #[case(INGRESS_PATH, "/a%2Fb", false)]
    #[case(INGRESS_PATH, "/a/..", false)]
    #[case(INGRESS_PATH, "a", false)]
    #[case(VARIABLE, "LOG_LEVEL", true)]
    #[case(VARIABLE, "1ST", false)]
    #[case(VARIABLE, "A=B", false)]
    #[case(LABEL_KEY, "example.org/team", true)]
    #[case(LABEL_KEY, "/team", false)]
    #[case(LABEL_KEY, "app.kubernetes.io/part-of", true)]
    #[case(LABEL_KEY, "app.kubernetes.io/component", false)]
    #[case(LABEL_VALUE, "", true)]
    #[case(LABEL_VALUE, "a b", false)]
    #[case(ANNOTATION_KEY, "Example.org/Note", true)]
    #[case(DATA_KEY, "..", false)]
    fn texts_keep_the_rules_of_kubernetes(#[case] rule: Rule, #[case] text: &str, #[case] ok: bool) {
        assert_eq!((rule.check)(text).is_ok(), ok, "{text:?}");
    }
}
