//! What a file's text tells: its size, and whom it names.

use std::path::Path;

/// Lines a file may have apart from tests, comments and blank lines.
const LIMIT: usize = 400;

/// The domains of `dploy-core`; none knows another, and the kernel knows none.
const DOMAINS: [&str; 4] = ["environments", "releases", "tenancy", "hosting"];

/// What the pure crates never touch outside tests: the clock, the environment, the outside.
const IMPURE: [&str; 9] = [
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
];

/// Every rule the file breaks; `path` is relative to the repository.
pub(super) fn breaches(path: &Path, text: &str) -> Vec<String> {
    if is_test(path) {
        return Vec::new();
    }
    let code = production(text);
    let shown = path.display();
    let mut breaches = Vec::new();
    if code.len() > LIMIT {
        breaches.push(format!("{shown} has {} production lines, more than {LIMIT}", code.len()));
    }
    let tokens = tokens(&code);
    if path.starts_with("dploy-core/src") && !is_root(path) {
        let own = domain(path);
        let others = DOMAINS.iter().filter(|name| Some(**name) != own && names(&tokens, name));
        breaches.extend(others.map(|other| format!("{shown} must not name the domain {other}")));
    }
    let pure = ["dploy-core/src", "dploy-template/src"].iter().any(|folder| path.starts_with(folder));
    if pure && !path.starts_with("dploy-core/src/testing") {
        let joined = tokens.concat();
        let impure = IMPURE.iter().filter(|item| joined.contains(*item));
        breaches.extend(impure.map(|item| format!("{shown} must not use {item}")));
    }
    breaches
}

fn is_test(path: &Path) -> bool {
    let folder = path.components().any(|part| part.as_os_str() == "tests");
    folder || path.file_name().is_some_and(|name| name == "tests.rs")
}

/// The files that may name every domain: the crate's front page, and the test doubles of all.
fn is_root(path: &Path) -> bool {
    path == Path::new("dploy-core/src/lib.rs") || path.starts_with("dploy-core/src/testing")
}

fn domain(path: &Path) -> Option<&'static str> {
    let module = path.components().nth(2)?.as_os_str().to_str()?;
    let module = module.strip_suffix(".rs").unwrap_or(module);
    DOMAINS.into_iter().find(|name| *name == module)
}

/// The lines before an inline test module, without comments and blank ones.
fn production(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text.lines().map(str::trim).peekable();
    while let Some(line) = rest.next() {
        let next = rest.peek().copied().unwrap_or_default();
        if line == "#[cfg(test)]" && next.starts_with("mod ") {
            if next.ends_with('{') {
                break;
            }
            rest.next();
        } else if !line.is_empty() && !line.starts_with("//") {
            lines.push(line);
        }
    }
    lines
}

/// Words and the signs that matter for paths and imports, comments at the ends of lines left out.
fn tokens<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut tokens = Vec::new();
    for line in lines {
        let mut rest = line.split(" // ").next().unwrap_or_default();
        while let Some(first) = rest.chars().next() {
            let word = |sign: char| sign.is_alphanumeric() || sign == '_';
            let length = if word(first) {
                rest.find(|sign| !word(sign)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            let (token, more) = rest.split_at(length);
            if !token.trim().is_empty() {
                tokens.push(token);
            }
            rest = more;
        }
    }
    tokens
}

/// Whether a word is a segment of a path (next to `::`) or stands in a `use` declaration.
fn names(tokens: &[&str], word: &str) -> bool {
    let mut importing = false;
    let before = std::iter::once("").chain(tokens.iter().copied());
    let after = tokens.iter().copied().skip(1).chain(std::iter::once(""));
    for ((token, before), after) in tokens.iter().copied().zip(before).zip(after) {
        match token {
            "use" => importing = true,
            ";" => importing = false,
            _ if token == word && (importing || before == "::" || after == "::") => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str) -> Vec<String> {
        breaches(Path::new(path), text)
    }

    #[test]
    fn a_domain_never_names_a_sibling_and_the_kernel_names_none() {
        let file = "dploy-core/src/environments/plan.rs";
        assert_eq!(check(file, "use crate::{environments::Claim, name::Label};\nlet releases = 1;"), [""; 0]);
        let refused = ["dploy-core/src/environments/plan.rs must not name the domain releases"];
        assert_eq!(check(file, "use crate::{\n    name,\n    releases,\n};"), refused);
        assert_eq!(check(file, "let x = crate::releases::Version::new();"), refused);
        assert_eq!(check("dploy-core/src/name.rs", "use crate::hosting::App;").len(), 1);
        assert_eq!(check("dploy-core/src/lib.rs", "pub use hosting::App;"), [""; 0]);
        assert_eq!(check("dploy-k8s/src/releases/mod.rs", "use dploy_core::hosting::App;"), [""; 0]);
    }

    #[test]
    fn the_domain_reads_no_clock_outside_tests() {
        let text = "let now = jiff::Timestamp::now();";
        assert_eq!(check("dploy-core/src/time.rs", text), ["dploy-core/src/time.rs must not use Timestamp::now"]);
        assert_eq!(check("dploy-core/src/time.rs", &format!("#[cfg(test)]\nmod tests {{\n{text}\n}}")), [""; 0]);
        assert_eq!(check("dploy-core/src/time/tests.rs", text), [""; 0]);
    }

    #[test]
    fn only_production_lines_count() {
        let line = "let a = 1;\n";
        let comments = "// why\n\n".repeat(500);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", line.repeat(500));
        let allowed = format!("#[cfg(test)]\nmod tests;\n{comments}{}{tests}", line.repeat(400));
        assert_eq!(check("a/src/b.rs", &allowed), [""; 0]);
        let refused = format!("#[cfg(test)]\nmod tests;\n{}", line.repeat(401));
        assert_eq!(check("a/src/b.rs", &refused), ["a/src/b.rs has 401 production lines, more than 400"]);
        assert_eq!(check("a/tests/b.rs", &refused), [""; 0]);
    }
}
