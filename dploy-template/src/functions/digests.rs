//! Digests: sprig's `sha256sum` and its family.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Text, Value};

const STRING: &[Param] = &[Param::String];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("sha1sum", STRING, |env, args| digest(env, args, |bytes| hex(&Sha1::digest(bytes))))
        .doc("the SHA-1 digest in hexadecimal", r#"sha1sum "hello""#),
    Function::new("sha256sum", STRING, |env, args| digest(env, args, |bytes| hex(&Sha256::digest(bytes))))
        .doc("the SHA-256 digest in hexadecimal", r#"sha256sum "hello""#),
    Function::new("sha512sum", STRING, |env, args| digest(env, args, |bytes| hex(&Sha512::digest(bytes))))
        .doc("the SHA-512 digest in hexadecimal", r#"sha512sum "hello""#),
    Function::new("adler32sum", STRING, |env, args| {
        digest(env, args, |bytes| adler2::adler32_slice(bytes).to_string())
    })
    .doc("the Adler-32 checksum as a decimal number", r#"adler32sum "hello""#),
];

fn digest(env: &mut Env<'_>, args: &Args, of: fn(&[u8]) -> String) -> Result<Value, Failure> {
    let text = args.text(0)?;
    env.budget.bytes(text.len())?;
    Ok(Value::String(Text::computed(of(text.as_bytes()).into_bytes(), args.sources())))
}

fn hex(digest: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(digest)
}
