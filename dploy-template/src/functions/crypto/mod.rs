//! Keys, certificates, password hashes and encryption, behind the feature `crypto`.

mod alternative_names;
mod certificates;
mod cipher;
mod dsa;
mod issue;
mod key;
mod key_file;
mod passwords;
mod pem;
mod private_keys;

pub(super) use {
    certificates::FUNCTIONS as CERTIFICATES, cipher::FUNCTIONS as CIPHER, passwords::FUNCTIONS as PASSWORDS,
    private_keys::FUNCTIONS as PRIVATE_KEYS,
};
