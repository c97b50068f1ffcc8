//! Which functions there are.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Function, families};
use crate::error::Failure;

/// Which functions a template may call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FunctionSet(&'static HashMap<&'static str, &'static Function>);

/// The functions that the feature `crypto` adds, for messages without it.
const CRYPTOGRAPHIC: [&str; 13] = [
    "bcrypt",
    "buildCustomCert",
    "decryptAES",
    "derivePassword",
    "encryptAES",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htpasswd",
];

/// Functions by name; a later family replaces functions of the same name.
fn collect(helm: bool) -> HashMap<&'static str, &'static Function> {
    let families = families().filter(|family| helm || !family.on_request);
    families.flat_map(|family| family.functions).map(|function| (function.name, function)).collect()
}

static STANDARD: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| collect(false));
static HELM: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| collect(true));

impl FunctionSet {
    /// The functions of Go and sprig, and on request those of Helm.
    pub(crate) fn new(helm: bool) -> Self {
        Self(if helm { &HELM } else { &STANDARD })
    }

    pub(crate) fn find(self, name: &str) -> Option<&'static Function> {
        self.0.get(name).copied()
    }

    /// Why a name is no function of the set.
    pub(crate) fn unknown(self, name: &str) -> Failure {
        if CRYPTOGRAPHIC.contains(&name) {
            return Failure::parse(format!("function {name:?} needs the feature crypto"));
        }
        let failure = Failure::parse(format!("function {name:?} not defined"));
        match self.nearest(name) {
            Some(near) => failure.expected(format!("a known function such as {near:?}")),
            None => failure,
        }
    }

    /// The known name that is most likely meant.
    fn nearest(self, name: &str) -> Option<&'static str> {
        let candidates = self.0.keys().map(|known| (distance(name, known), *known));
        candidates.min().filter(|(distance, _)| distance.saturating_mul(3) <= name.len()).map(|(_, known)| known)
    }
}

/// Edits between two names; names far longer than any function count as far.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 40 {
        return usize::MAX;
    }
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let replaced = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(all(test, feature = "crypto"))]
mod tests {
    use super::*;

    #[test]
    fn cryptographic_functions_are_those_of_the_feature() {
        let family = families().filter(|family| family.name == "cryptography");
        let mut names: Vec<&str> = family.flat_map(|family| family.functions).map(|function| function.name).collect();
        names.sort_unstable();
        assert_eq!(names, CRYPTOGRAPHIC);
    }
}
