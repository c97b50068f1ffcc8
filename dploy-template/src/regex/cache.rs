//! The expressions of one render.

use super::program::{CompileError, Regex};
use crate::exec::Budget;

/// Expressions that are kept.
const CAPACITY: usize = 16;

/// Compiled expressions, so that a loop does not compile one again.
#[derive(Debug, Default)]
pub(crate) struct RegexCache(Vec<(Vec<u8>, Regex)>);

impl RegexCache {
    /// The compiled form of an expression.
    pub(crate) fn get(&mut self, pattern: &[u8], budget: &mut Budget) -> Result<&mut Regex, CompileError> {
        let known = self.0.iter().position(|(known, _)| known == pattern);
        let entry = match known {
            Some(at) => self.0.remove(at),
            None => (pattern.to_vec(), Regex::compile(pattern, budget)?),
        };
        if self.0.len() >= CAPACITY {
            self.0.remove(0);
        }
        self.0.push(entry);
        let last = self.0.last_mut().map(|(_, regex)| regex);
        last.ok_or_else(|| CompileError::Syntax("no expression".to_owned()))
    }
}
