//! Which tests show what a domain promises.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use crate::workspace;

/// A domain's page of promises, and where its tests are.
struct Domain {
    page: &'static str,
    sources: &'static [&'static str],
}

const DOMAINS: [Domain; 2] = [ENVIRONMENTS, RELEASES];

const ENVIRONMENTS: Domain = Domain {
    page: "docs/statements/environments.md",
    sources: &[
        "dploy-template/tests",
        "dploy-core/src/environments",
        "dploy-auth/tests",
        "dploy-k8s/src",
        "dploy-k8s/tests",
        "bins/dploy-api/src/environments",
        "bins/dploy-api/tests/cluster",
        "bins/dploy-api/tests/http",
        "bins/dploy-api/tests/program.rs",
        "bins/dploy-operator/src",
        "bins/dploy-operator/tests",
    ],
};

const RELEASES: Domain = Domain {
    page: "docs/statements/releases.md",
    sources: &[
        "dploy-core/src/artifact.rs",
        "dploy-core/src/releases",
        "dploy-core/src/testing",
        "dploy-storage/src",
        "dploy-storage/tests",
        "bins/dploy-api/src/releases",
        "bins/dploy-api/tests/fire",
        "bins/dploy-api/tests/releases",
        "bins/dploy-cli/src",
        "bins/dploy-cli/tests/cli",
        "bins/dploy-cli/tests/whole",
        "bins/xtask/src/test.rs",
    ],
};

/// Why the statements do not hold together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Statements and tests do not fit.
    #[error("{}", .0.join("; "))]
    Unproven(Vec<String>),
    /// A file could not be read.
    #[error("cannot read the sources")]
    Read(#[from] io::Error),
}

/// Statement to the tests whose names begin with its number, as `file::function`.
type Proof = BTreeMap<String, Vec<String>>;

/// Prints every statement with its tests.
///
/// # Errors
/// A statement without a test, or a test for a statement that is not on the page.
pub(crate) fn run(root: &Path) -> Result<(), Error> {
    let mut gaps = Vec::new();
    for domain in &DOMAINS {
        let statements = statements(&fs::read_to_string(root.join(domain.page))?);
        let proof = proof(root, domain)?;
        for statement in &statements {
            let tests = proof.get(statement).map(|tests| tests.join(", "));
            println!("{statement}  {}", tests.as_deref().unwrap_or("NO TEST"));
        }
        gaps.extend(self::gaps(domain.page, &statements, &proof));
    }
    if gaps.is_empty() { Ok(()) } else { Err(Error::Unproven(gaps)) }
}

fn gaps(page: &str, statements: &BTreeSet<String>, proof: &Proof) -> Vec<String> {
    let unproven = statements.iter().filter(|statement| !proof.contains_key(*statement));
    let unknown = proof.iter().filter(|(number, _)| !statements.contains(*number));
    let unproven = unproven.map(|statement| format!("{page}: {statement} has no test"));
    unproven
        .chain(unknown.map(|(number, tests)| format!("{page} has no {number}, which {} shows", tests.join(", "))))
        .collect()
}

/// The numbers in the first column of the page's table.
fn statements(page: &str) -> BTreeSet<String> {
    let cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    cells.filter(|cell| is_number(cell)).map(str::to_owned).collect()
}

fn proof(root: &Path, domain: &Domain) -> Result<Proof, Error> {
    let mut proof = Proof::new();
    for source in domain.sources {
        let path = root.join(source);
        let files = if path.is_dir() { workspace::files(&path)? } else { vec![path] };
        for file in files.iter().filter(|file| file.extension().is_some_and(|ext| ext == "rs") && file.exists()) {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            for test in tests(&fs::read_to_string(file)?) {
                for number in test.split('_').take_while(|part| is_number(part)) {
                    proof.entry(number.to_owned()).or_default().push(format!("{name}::{test}"));
                }
            }
        }
    }
    Ok(proof)
}

/// `s07`, `d12` or `w12`.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['d', 's', 'w']).unwrap_or_default();
    digits.len() == 2 && digits.bytes().all(|c| c.is_ascii_digit())
}

/// The names of the test functions of a source, and of numbered entries of a macro that makes tests of them.
fn tests(source: &str) -> Vec<String> {
    let (mut found, mut marked) = (Vec::new(), false);
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[") {
            marked |= line.contains("test]") || line.contains("test(");
        } else if let Some(name) = line.split_once("fn ").filter(|(before, _)| matches!(*before, "" | "async ")) {
            if marked {
                found.extend(name.1.split(['(', '<']).next().map(str::to_owned));
            }
            marked = false;
        } else if line.split('_').next().is_some_and(is_number) && line.ends_with('{') {
            found.extend(line.split('(').next().map(str::to_owned));
        } else if line.is_empty() {
            marked = false;
        }
    }
    found
}

#[cfg(test)]
mod tests_of_statements {
    use super::*;

    #[test]
    fn tests_are_told_from_other_functions() {
        let source = "#[rstest]\n#[case(\n 1\n)]\n#[tokio::test]\nasync fn s01_s02_a_fact(#[case] n: u8) {}\n\nfn s03_no_test() {}\n    w05_of_a_macro(database) {\n    #[test]\n    fn w04_another() {}\n";
        assert_eq!(tests(source), ["s01_s02_a_fact", "w05_of_a_macro", "w04_another"]);
    }

    #[test]
    fn a_statement_without_a_test_and_a_test_without_a_statement_are_gaps() {
        let proof = Proof::from([("s01".to_owned(), vec!["a".to_owned()]), ("s99".to_owned(), vec!["b".to_owned()])]);
        let statements = statements("| number | promise |\n|---|---|\n| s01 | x |\n| s02 | y |\n");
        assert_eq!(gaps("page", &statements, &proof), ["page: s02 has no test", "page has no s99, which b shows"]);
    }
}
