//! Container images by their full names, as the reference grammar of distribution/reference has them.

use std::sync::LazyLock;

use regex::Regex;

use super::reader::shown;

/// The longest name without tag and digest.
const NAME_MAX: usize = 255;

static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let label = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
    let host = format!(r"(?:{label}(?:\.{label})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?");
    let part = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*";
    let tag = r"(?::\w[\w.-]{0,127})?";
    let digest = r"(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?";
    Regex::new(&format!(r"^(?-u:(?<name>{host}(?:/{part})+){tag}{digest})$")).ok()
});

/// The error says why the image has no full name.
pub(super) fn check(text: &str) -> Result<(), String> {
    let (registry, rest) = text.split_once('/').unwrap_or_default();
    if rest.is_empty() || !(registry.contains(['.', ':']) || registry == "localhost") {
        return Err(format!("the image `{}` names no registry", shown(text)));
    }
    let found = REFERENCE.as_ref().and_then(|grammar| grammar.captures(text));
    match found.and_then(|found| found.name("name")) {
        None => Err(format!("`{}` is not an image", shown(text))),
        Some(name) if name.len() > NAME_MAX => Err(format!("the image's name has more than {NAME_MAX} characters")),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ghcr.io/acme/web:1.4", true)]
    #[case("localhost/web", true)]
    #[case("registry:5000/web", true)]
    #[case("[fd00::1]:5000/web:1", true)]
    #[case("ghcr.io/a__b/c-d.e:V1_.-", true)]
    #[case("ghcr.io/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", true)]
    #[case("nginx", false)]
    #[case("acme/web:1", false)]
    #[case("ghcr.io/", false)]
    #[case("ghcr.io/Acme/web", false)]
    #[case("ghcr.io/acme/web:", false)]
    #[case("ghcr.io/acme/web:1 2", false)]
    #[case("ghcr.io/acme/web:ä", false)]
    #[case("ghcr.io/acme/web@sha256:12", false)]
    #[case("https://ghcr.io/acme/web", false)]
    fn an_image_is_accepted_with_its_registry_only(#[case] text: &str, #[case] ok: bool) {
        assert_eq!(check(text).is_ok(), ok, "{text:?}");
    }

    #[test]
    fn a_name_of_256_characters_is_refused() {
        let name = |length: usize| format!("ghcr.io/{}:1", "a".repeat(length - 8));
        assert!(check(&name(255)).is_ok());
        assert!(check(&name(256)).is_err());
    }
}
