//! All matches of an expression, as Go goes through them.

use super::haystack::Haystack;
use super::program::Regex;
use super::search::{Span, next_boundary};
use crate::error::Failure;
use crate::exec::Budget;

impl Regex {
    /// Up to `limit` matches. One that is empty right behind another match
    /// does not count.
    pub(crate) fn find_all(
        &mut self,
        haystack: &Haystack<'_>,
        limit: usize,
        budget: &mut Budget,
    ) -> Result<Vec<Span>, Failure> {
        let text = &haystack.text;
        let mut found = Vec::new();
        let mut from = 0;
        let mut previous_end = None;
        while found.len() < limit && from <= text.len() {
            let Some(span) = self.find(text, from, budget)? else { break };
            let mut counts = true;
            if span.end == from {
                counts = previous_end != Some(span.start);
                from = next_boundary(text, from);
            } else {
                from = span.end;
            }
            previous_end = Some(span.end);
            if counts {
                found.push(span);
            }
        }
        Ok(found)
    }

    /// What stands between matches, in at most `limit` pieces.
    pub(crate) fn split(
        &mut self,
        haystack: &Haystack<'_>,
        limit: usize,
        budget: &mut Budget,
    ) -> Result<Vec<Span>, Failure> {
        let mut pieces = Vec::new();
        let (mut start, mut end) = (0, 0);
        for span in self.find_all(haystack, limit, budget)? {
            if pieces.len() + 1 >= limit {
                break;
            }
            end = span.start;
            if span.end != 0 {
                pieces.push(Span { start, end });
            }
            start = span.end;
        }
        if end != haystack.len() {
            pieces.push(Span { start, end: haystack.len() });
        }
        Ok(pieces)
    }

    /// The matches that a replacement stands for. Go goes through them in
    /// another way here: from behind each match, but at least one character on.
    pub(super) fn replaced(&mut self, haystack: &Haystack<'_>, budget: &mut Budget) -> Result<Vec<Replaced>, Failure> {
        let text = &haystack.text;
        let mut found = Vec::new();
        let mut from = 0;
        let mut last_end = 0;
        while from <= text.len() {
            let Some(span) = self.find(text, from, budget)? else { break };
            let counts = span.end > last_end || span.start == 0;
            found.push(Replaced { span, counts });
            last_end = span.end;
            from = if span.end > from { span.end } else { next_boundary(text, from) };
        }
        Ok(found)
    }
}

/// A match, and whether the replacement is put in its place.
#[derive(Debug)]
pub(super) struct Replaced {
    pub(super) span: Span,
    pub(super) counts: bool,
}
