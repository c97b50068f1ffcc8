//! The bounds of one render.

use crate::error::Failure;
use crate::options::Limits;
use crate::value::{MAX_NESTING, Text};

/// Bytes that cost one step.
const BYTES_PER_STEP: usize = 32;

/// Elements whose copying costs one step.
const ELEMENTS_PER_STEP: u64 = 8;

/// What is left of the bounds.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    steps: u64,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, steps: limits.steps }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Spends units of work.
    pub(crate) fn spend(&mut self, steps: u64) -> Result<(), Failure> {
        match self.steps.checked_sub(steps) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => {
                self.steps = 0;
                Err(Failure::limit(format!("more than {} steps", self.limits.steps)))
            }
        }
    }

    /// Spends the work of reading or making bytes.
    pub(crate) fn bytes(&mut self, bytes: usize) -> Result<(), Failure> {
        self.spend(u64::try_from(bytes / BYTES_PER_STEP).unwrap_or(u64::MAX))
    }

    /// Spends the work of making a value of this size, and refuses sizes
    /// beyond the bound. To be asked before the value is made.
    pub(crate) fn value(&mut self, size: usize) -> Result<(), Failure> {
        self.fits(size)?;
        self.bytes(size)
    }

    /// Spends the work of making a list or map of this many elements that are
    /// there already.
    pub(crate) fn elements(&mut self, count: usize) -> Result<(), Failure> {
        self.value(count)?;
        self.spend(count as u64 / ELEMENTS_PER_STEP)
    }

    /// Spends the work of a look at one value inside of values, and refuses
    /// those that nest too deep.
    pub(crate) fn visit(&mut self, depth: usize) -> Result<(), Failure> {
        if depth > MAX_NESTING {
            return Err(Failure::limit(format!("values nest deeper than {MAX_NESTING} levels")));
        }
        self.spend(1)
    }

    /// Refuses sizes beyond the bound of a value; for values that grow piece
    /// by piece, whose work is spent with the pieces.
    pub(crate) fn fits(&self, size: usize) -> Result<(), Failure> {
        if size > self.limits.value_bytes { Err(too_large(self.limits.value_bytes)) } else { Ok(()) }
    }

    /// Spends the work of looking a key up, which long keys make long.
    pub(crate) fn key(&mut self, key: &Text) -> Result<(), Failure> {
        self.spend(1)?;
        self.bytes(key.len())
    }

    /// Refuses a rendered text beyond the bound.
    pub(crate) fn output(&self, size: usize) -> Result<(), Failure> {
        if size > self.limits.output_bytes {
            return Err(Failure::limit(format!("more than {} bytes of output", self.limits.output_bytes)));
        }
        Ok(())
    }
}

pub(crate) fn too_large(limit: usize) -> Failure {
    Failure::limit(format!("a value of more than {limit} bytes or elements"))
}
