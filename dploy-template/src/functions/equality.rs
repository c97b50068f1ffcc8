//! Go's `reflect.DeepEqual`.

use std::collections::HashSet;

use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Dict, List, Stringer, Value};

/// Whether two values have one type and the same content.
pub(super) fn deep_equal(env: &mut Env<'_>, a: &Value, b: &Value) -> Result<bool, Failure> {
    Comparison { env, seen: HashSet::new() }.same(a, b, 0)
}

struct Comparison<'e, 'r> {
    env: &'e mut Env<'r>,
    /// Pairs of lists and maps that have been met. As in Go they count as
    /// equal from then on: if they are not, the answer is found elsewhere.
    seen: HashSet<(usize, usize)>,
}

impl Comparison<'_, '_> {
    #[expect(clippy::float_cmp, reason = "Go compares floats exactly")]
    fn same(&mut self, a: &Value, b: &Value, depth: usize) -> Result<bool, Failure> {
        self.env.budget.visit(depth)?;
        Ok(match (a, b) {
            (Value::Nil | Value::NilInterface, Value::Nil | Value::NilInterface) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) | (Value::Int64(a), Value::Int64(b)) => a == b,
            (Value::Uint8(a), Value::Uint8(b)) => a == b,
            (Value::Uint64(a), Value::Uint64(b)) => a == b,
            (Value::Float64(a), Value::Float64(b)) => a == b,
            (Value::Complex128(re_a, im_a), Value::Complex128(re_b, im_b)) => re_a == re_b && im_a == im_b,
            (Value::String(a), Value::String(b)) => {
                self.env.budget.bytes(if a.len() == b.len() { a.len() } else { 0 })?;
                a == b
            }
            (Value::Time(a), Value::Time(b)) => a.instant() == b.instant() && a.location().same_content(b.location()),
            (Value::Stringer(Stringer::Location(a)), Value::Stringer(Stringer::Location(b))) => a.same_content(b),
            (Value::Stringer(a), Value::Stringer(b)) => a == b,
            (Value::List(a), Value::List(b)) => return self.lists(a, b, depth),
            (Value::Map(a), Value::Map(b)) => return self.maps(a, b, depth),
            (Value::Struct(a), Value::Struct(b)) => {
                let mut equal = a.type_name() == b.type_name();
                for ((_, a), (_, b)) in a.fields().zip(b.fields()) {
                    equal = equal && self.same(a, b, depth + 1)?;
                }
                equal
            }
            (Value::Pointer(a), Value::Pointer(b)) => match (a.target(), b.target()) {
                _ if a.type_name() != b.type_name() => false,
                (Some(target_a), Some(target_b)) => a.same(b) || self.same(target_a, target_b, depth + 1)?,
                (target_a, target_b) => target_a.is_none() && target_b.is_none(),
            },
            _ => false,
        })
    }

    fn lists(&mut self, a: &List, b: &List, depth: usize) -> Result<bool, Failure> {
        if a.elem() != b.elem() || a.is_nil() != b.is_nil() || a.len() != b.len() {
            return Ok(false);
        }
        if a.address() == b.address() || self.met(a.address(), b.address()) {
            return Ok(true);
        }
        for (a, b) in a.items().iter().zip(b.items()) {
            if !self.same(a, b, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn maps(&mut self, a: &Dict, b: &Dict, depth: usize) -> Result<bool, Failure> {
        if a.elem() != b.elem() || a.is_nil() != b.is_nil() || a.len() != b.len() {
            return Ok(false);
        }
        if a.address() == b.address() || self.met(a.address(), b.address()) {
            return Ok(true);
        }
        self.env.budget.elements(a.len())?;
        for (key, value) in a.entries() {
            self.env.budget.key(&key)?;
            match b.get(key.as_bytes()) {
                Some(other) if self.same(&value, &other, depth + 1)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    fn met(&mut self, a: usize, b: usize) -> bool {
        !self.seen.insert((a.min(b), a.max(b)))
    }
}
