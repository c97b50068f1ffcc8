//! Checked arguments.

use smallvec::SmallVec;

use super::Param;
use crate::error::Failure;
use crate::value::{Dict, List, SourceSet, Stringer, Text, Time, Value};

static NIL: Value = Value::Nil;

/// The arguments of one call, which agree with the function's signature.
#[derive(Debug)]
pub(crate) struct Args(pub(crate) SmallVec<[Value; 3]>);

impl Args {
    /// An argument; nil where there is none.
    pub(crate) fn any(&self, index: usize) -> &Value {
        self.0.get(index).unwrap_or(&NIL)
    }

    /// The arguments from `index` on.
    pub(crate) fn rest(&self, index: usize) -> &[Value] {
        self.0.get(index..).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn text(&self, index: usize) -> Result<&Text, Failure> {
        match self.any(index) {
            Value::String(text) => Ok(text),
            other => Err(mismatch(other, Param::String)),
        }
    }

    pub(crate) fn int(&self, index: usize) -> Result<i64, Failure> {
        self.any(index).as_int().ok_or_else(|| mismatch(self.any(index), Param::Int))
    }

    pub(crate) fn bool(&self, index: usize) -> Result<bool, Failure> {
        match self.any(index) {
            Value::Bool(b) => Ok(*b),
            other => Err(mismatch(other, Param::Bool)),
        }
    }

    pub(crate) fn float(&self, index: usize) -> Result<f64, Failure> {
        match self.any(index) {
            Value::Float64(float) => Ok(*float),
            other => Err(mismatch(other, Param::Float64)),
        }
    }

    #[cfg_attr(not(feature = "crypto"), expect(dead_code, reason = "only cryptographic functions take one"))]
    pub(crate) fn list(&self, index: usize) -> Result<&List, Failure> {
        match self.any(index) {
            Value::List(list) => Ok(list),
            other => Err(mismatch(other, Param::List)),
        }
    }

    pub(crate) fn dict(&self, index: usize) -> Result<&Dict, Failure> {
        match self.any(index) {
            Value::Map(dict) => Ok(dict),
            other => Err(mismatch(other, Param::Dict)),
        }
    }

    pub(crate) fn time(&self, index: usize) -> Result<&Time, Failure> {
        match self.any(index) {
            Value::Time(time) => Ok(time),
            other => Err(mismatch(other, Param::Time)),
        }
    }

    /// Nanoseconds of a duration.
    pub(crate) fn duration(&self, index: usize) -> Result<i64, Failure> {
        match self.any(index) {
            Value::Stringer(Stringer::Duration(nanoseconds)) => Ok(*nanoseconds),
            other => Err(mismatch(other, Param::Duration)),
        }
    }

    /// Everything that the arguments say a user supplied.
    pub(crate) fn sources(&self) -> SourceSet {
        let mut set = SourceSet::default();
        for value in &self.0 {
            value.add_sources(&mut set);
        }
        set
    }
}

fn mismatch(value: &Value, wanted: Param) -> Failure {
    let (wanted, got) = (wanted.go_type(), value.type_name());
    Failure::execute(format!("wrong type for value; expected {wanted}; got {got}"))
}
