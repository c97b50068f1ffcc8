//! Digests: sprig's `sha256sum`.

use sha2::{Digest, Sha256};

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Text, Value};

pub(super) const FUNCTIONS: &[Function] = &[Function::new("sha256sum", &[Param::String], sha256sum)];

fn sha256sum(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let text = args.text(0)?;
    env.budget.bytes(text.len())?;
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Value::String(Text::computed(hex.into_bytes(), args.sources())))
}
