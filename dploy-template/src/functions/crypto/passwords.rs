//! Hashed and derived passwords: sprig's `bcrypt`, `htpasswd`, `derivePassword`.

use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_chacha::rand_core::Rng as _;
use sha2::Sha256;

use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::value::{Text, Value};

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("bcrypt", &[Param::String], bcrypt)
        .random()
        .doc("the bcrypt hash of a password, with a new salt", r#"bcrypt "secret""#),
    Function::new("htpasswd", &[Param::String, Param::String], htpasswd)
        .random()
        .doc("a line of an htpasswd file: user, then password", r#"htpasswd "user" "secret""#),
    Function::new(
        "derivePassword",
        &[Param::Uint32, Param::String, Param::String, Param::String, Param::String],
        derive_password,
    )
    .doc(
        "a password for a site by the Master Password algorithm: counter, type (maximum, long, medium, short, basic, pin), password, user, site",
        r#"derivePassword 1 "long" "password" "user" "example.com""#,
    ),
];

/// Go's default work factor.
const BCRYPT_COST: u32 = 10;
const BCRYPT_STEPS: u64 = 50_000;
/// bcrypt reads no more of a password.
const BCRYPT_LONGEST: usize = 72;
const SCRYPT_STEPS: u64 = 100_000;

fn bcrypt(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let hash = bcrypt_hash(env, args.text(0)?)?;
    Ok(Value::String(Text::computed(hash.into_bytes(), args.sources())))
}

fn htpasswd(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let user = args.text(0)?;
    env.budget.value(user.len() + BCRYPT_LONGEST)?;
    let line = if user.as_bytes().contains(&b':') {
        [b"invalid username: ", user.as_bytes()].concat()
    } else {
        let hash = bcrypt_hash(env, args.text(1)?)?;
        [user.as_bytes(), b":", hash.as_bytes()].concat()
    };
    Ok(Value::String(Text::computed(line, args.sources())))
}

/// The hash, or sprig's text in its place where there is none.
fn bcrypt_hash(env: &mut Env<'_>, password: &Text) -> Result<String, Failure> {
    if password.len() > BCRYPT_LONGEST {
        return Ok("failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".to_owned());
    }
    env.budget.spend(BCRYPT_STEPS)?;
    let mut salt = [0; 16];
    env.random().fill_bytes(&mut salt);
    let parts = bcrypt::hash_with_salt(password.as_bytes(), BCRYPT_COST, salt);
    let parts = parts.map_err(|error| Failure::execute(error.to_string()))?;
    Ok(parts.format_for_version(bcrypt::Version::TwoA))
}

const MASTER_PASSWORD: &[u8] = b"com.lyndir.masterpassword";

/// The forms of passwords of a type; each letter is a class of characters.
fn forms(kind: &[u8]) -> Option<&'static [&'static str]> {
    Some(match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => return None,
    })
}

/// The characters of a class.
fn class(letter: u8) -> &'static [u8] {
    match letter {
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// <https://masterpassword.app/masterpassword-algorithm.pdf>
fn derive_password(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let counter = args.any(0).as_uint().and_then(|counter| u32::try_from(counter).ok()).unwrap_or_default();
    let (kind, password, user, site) = (args.text(1)?, args.text(2)?, args.text(3)?, args.text(4)?);
    let Some(forms) = forms(kind.as_bytes()) else {
        env.budget.value(kind.len())?;
        let message = [b"cannot find password template ", kind.as_bytes()].concat();
        return Ok(Value::String(Text::computed(message, args.sources())));
    };
    env.budget.spend(SCRYPT_STEPS)?;
    env.budget.bytes(password.len() + user.len() + site.len())?;
    let salt = [MASTER_PASSWORD, &length(user), user.as_bytes()].concat();
    let key = scrypt(password.as_bytes(), &salt)?;
    let message = [MASTER_PASSWORD, &length(site), site.as_bytes(), &counter.to_be_bytes()].concat();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| Failure::execute(error.to_string()))?;
    mac.update(&message);
    let seed = mac.finalize().into_bytes();
    Ok(Value::String(Text::computed(spell(forms, &seed), args.sources())))
}

fn length(text: &Text) -> [u8; 4] {
    u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes()
}

fn scrypt(password: &[u8], salt: &[u8]) -> Result<[u8; 64], Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::execute(format!("failed to derive password: {error}"));
    let params = scrypt::Params::new(15, 8, 2).map_err(|error| failed(&error))?;
    let mut key = [0; 64];
    scrypt::scrypt(password, salt, &params, &mut key).map_err(|error| failed(&error))?;
    Ok(key)
}

/// The first byte of the seed chooses the form, each next one a character.
fn spell(forms: &[&str], seed: &[u8]) -> Vec<u8> {
    let mut seed = seed.iter().map(|byte| usize::from(*byte));
    let form = forms.get(seed.next().unwrap_or_default() % forms.len()).copied().unwrap_or_default();
    let characters = form.bytes().zip(seed).filter_map(|(letter, number)| {
        let class = class(letter);
        class.get(number % class.len()).copied()
    });
    characters.collect()
}
