//! AES-256 in CBC mode: sprig's `encryptAES` and `decryptAES`.

use aes::Aes256;
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use rand_chacha::rand_core::Rng as _;

use super::pem;
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::value::{Text, Value};

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("encryptAES", &[Param::String, Param::String], encrypt_aes)
        .random()
        .doc("a text encrypted with AES-256-CBC, in base64: password, then text", r#"encryptAES "password" "text""#),
    Function::new("decryptAES", &[Param::String, Param::String], decrypt_aes).doc(
        "the text that encryptAES encrypted: password, then its result",
        r#"decryptAES "secretkey" "30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ=""#,
    ),
];

const BLOCK: usize = 16;
/// Bytes that cost one step.
const BYTES_PER_STEP: usize = 16;

/// The password itself, cut or filled with zeros.
fn key(password: &Text) -> [u8; 32] {
    let mut key = [0; 32];
    for (slot, byte) in key.iter_mut().zip(password.as_bytes()) {
        *slot = *byte;
    }
    key
}

fn encrypt_aes(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (password, text) = (args.text(0)?, args.text(1)?);
    if text.is_empty() {
        return Ok(Value::String(Text::computed(Vec::new(), args.sources())));
    }
    let encrypted = text.len() - text.len() % BLOCK + 2 * BLOCK;
    env.budget.value(encrypted.div_ceil(3) * 4)?;
    env.budget.spend((encrypted / BYTES_PER_STEP) as u64)?;
    let mut iv = [0; BLOCK];
    env.random().fill_bytes(&mut iv);
    let cipher = cbc::Encryptor::<Aes256>::new(&key(password).into(), &iv.into());
    let mut bytes = iv.to_vec();
    bytes.extend(cipher.encrypt_padded_vec::<Pkcs7>(text.as_bytes()));
    Ok(Value::String(Text::computed(pem::to_base64(&bytes).into_bytes(), args.sources())))
}

fn decrypt_aes(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (password, base64) = (args.text(0)?, args.text(1)?);
    if base64.is_empty() {
        return Ok(Value::String(Text::computed(Vec::new(), args.sources())));
    }
    env.budget.spend((base64.len() / BYTES_PER_STEP) as u64)?;
    let bytes = pem::from_base64(base64.as_bytes());
    let bytes = bytes.map_err(|error| Failure::execute(format!("illegal base64 data: {error}")))?;
    let Some((iv, encrypted)) = bytes.split_first_chunk::<BLOCK>() else {
        return Err(Failure::execute(format!("encrypted text of {} bytes is shorter than a block", bytes.len())));
    };
    let cipher = cbc::Decryptor::<Aes256>::new(&key(password).into(), &(*iv).into());
    let text = cipher.decrypt_padded_vec::<NoPadding>(encrypted);
    let text = text.map_err(|_| Failure::execute("encrypted text is no multiple of a block of 16 bytes"))?;
    Ok(Value::String(Text::computed(without_padding(text)?, args.sources())))
}

/// As in sprig, the last byte alone says how much to cut off.
fn without_padding(mut text: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let padding = text.last().map(|byte| usize::from(*byte));
    match padding.and_then(|padding| text.len().checked_sub(padding)) {
        Some(length) => {
            text.truncate(length);
            Ok(text)
        }
        None => Err(Failure::execute("encrypted text has no valid padding; is it the right password?")),
    }
}
