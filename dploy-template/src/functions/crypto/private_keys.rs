//! sprig's `genPrivateKey`.

use super::key::Key;
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::value::{Text, Value};

pub(in crate::functions) const FUNCTIONS: &[Function] =
    &[Function::new("genPrivateKey", &[Param::String], gen_private_key).random().doc(
        "a new private key in PEM: rsa (4096 bits), dsa, ecdsa (P-256) or ed25519",
        r#"genPrivateKey "ed25519" | trunc 27"#,
    )];

fn gen_private_key(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let kind = args.text(0)?;
    let key = match kind.as_bytes() {
        b"" | b"rsa" => Key::rsa(env, 4096)?,
        b"dsa" => Key::dsa(env)?,
        b"ecdsa" => Key::ecdsa(env)?,
        b"ed25519" => Key::ed25519(env)?,
        other => {
            env.budget.value(other.len())?;
            let message = [b"Unknown type ", other].concat();
            return Ok(Value::String(Text::computed(message, args.sources())));
        }
    };
    // Nothing of the argument is in it.
    Ok(Value::String(Text::from(key.to_pem()?)))
}
