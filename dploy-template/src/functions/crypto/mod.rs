//! Keys, certificates, password hashes and encryption, behind the feature `crypto`.

#[cfg(feature = "crypto")]
mod alternative_names;
#[cfg(feature = "crypto")]
mod certificates;
#[cfg(feature = "crypto")]
mod cipher;
#[cfg(feature = "crypto")]
mod dsa;
#[cfg(feature = "crypto")]
mod issue;
#[cfg(feature = "crypto")]
mod key;
#[cfg(feature = "crypto")]
mod key_file;
#[cfg(feature = "crypto")]
mod passwords;
#[cfg(feature = "crypto")]
mod pem;
#[cfg(feature = "crypto")]
mod private_keys;

#[cfg(feature = "crypto")]
pub(super) use {
    certificates::FUNCTIONS as CERTIFICATES, cipher::FUNCTIONS as CIPHER, passwords::FUNCTIONS as PASSWORDS,
    private_keys::FUNCTIONS as PRIVATE_KEYS,
};

/// The names of all functions that the feature adds.
pub(super) const NAMES: [&str; 13] = [
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

#[cfg(all(test, feature = "crypto"))]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_functions() {
        let tables = [PASSWORDS, PRIVATE_KEYS, CERTIFICATES, CIPHER];
        let mut names: Vec<&str> = tables.iter().flat_map(|table| table.iter()).map(|function| function.name).collect();
        names.sort_unstable();
        assert_eq!(names, NAMES);
    }
}
