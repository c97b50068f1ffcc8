//! Steps the automata, and pays for each byte and each state that they make.

use regex_automata::hybrid::LazyStateID;
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::{Anchored, Input};

use super::haystack::Haystack;
use super::program::{Regex, Scanner};
use crate::error::Failure;
use crate::exec::Budget;

/// Units of work that cost one step.
const UNITS_PER_STEP: u64 = 32;

/// Where a match begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Work that has not been paid for yet, little at any time.
struct Meter<'b> {
    budget: &'b mut Budget,
    units: u64,
}

impl Meter<'_> {
    fn add(&mut self, units: u64) -> Result<(), Failure> {
        self.units += units;
        if self.units >= 64 * UNITS_PER_STEP {
            self.budget.spend(self.units / UNITS_PER_STEP)?;
            self.units = 0;
        }
        Ok(())
    }

    fn settle(self) -> Result<(), Failure> {
        self.budget.spend(self.units / UNITS_PER_STEP + 1)
    }
}

fn gave_up<E>(_: E) -> Failure {
    Failure::limit("the regular expression takes too much memory on this text")
}

impl Scanner {
    #[inline]
    fn step(&mut self, state: LazyStateID, byte: u8, meter: &mut Meter<'_>) -> Result<LazyStateID, Failure> {
        meter.add(1)?;
        if state.is_tagged() {
            if !self.taken.again(state, byte, self.cache.clear_count()) {
                meter.add(self.state_cost)?;
            }
        } else {
            let next = self.dfa.next_state_untagged(&self.cache, state, byte);
            if !next.is_unknown() {
                return Ok(next);
            }
            meter.add(self.state_cost)?;
        }
        self.dfa.next_state(&mut self.cache, state, byte).map_err(gave_up)
    }

    /// Where the first match ends; with `earliest` where any match is known
    /// to end.
    fn end(&mut self, input: &Input<'_>, earliest: bool, meter: &mut Meter<'_>) -> Result<Option<usize>, Failure> {
        let text = input.haystack();
        let mut state = self.dfa.start_state_forward(&mut self.cache, input).map_err(gave_up)?;
        let mut found = None;
        for (at, byte) in text.iter().enumerate().skip(input.start()) {
            state = self.step(state, *byte, meter)?;
            if state.is_match() {
                // It is known one byte late.
                found = Some(at);
                if earliest {
                    return Ok(found);
                }
            } else if state.is_dead() {
                return Ok(found);
            }
        }
        meter.add(self.state_cost)?;
        let state = self.dfa.next_eoi_state(&mut self.cache, state).map_err(gave_up)?;
        Ok(if state.is_match() { Some(text.len()) } else { found })
    }

    /// Where the longest match begins that ends with the input.
    fn start(&mut self, input: &Input<'_>, meter: &mut Meter<'_>) -> Result<Option<usize>, Failure> {
        let text = input.haystack();
        let mut state = self.dfa.start_state_reverse(&mut self.cache, input).map_err(gave_up)?;
        let mut found = None;
        let range = text.get(input.start()..input.end()).unwrap_or_default();
        for (at, byte) in range.iter().enumerate().rev() {
            state = self.step(state, *byte, meter)?;
            if state.is_match() {
                found = Some(input.start() + at + 1);
            } else if state.is_dead() {
                return Ok(found);
            }
        }
        meter.add(self.state_cost)?;
        let before = input.start().checked_sub(1).and_then(|at| text.get(at));
        let state = match before {
            Some(byte) => self.step(state, *byte, meter)?,
            None => self.dfa.next_eoi_state(&mut self.cache, state).map_err(gave_up)?,
        };
        Ok(if state.is_match() { Some(input.start()) } else { found })
    }
}

impl Regex {
    /// Whether there is a match anywhere.
    pub(crate) fn is_match(&mut self, haystack: &Haystack<'_>, budget: &mut Budget) -> Result<bool, Failure> {
        let text = &haystack.text;
        let mut from = 0;
        while let Some(end) = self.end_from(text, from, true, budget)? {
            if text.is_char_boundary(end) {
                return Ok(true);
            }
            from = next_boundary(text, end);
        }
        Ok(false)
    }

    /// The first match at or behind `from`.
    pub(super) fn find(&mut self, text: &str, from: usize, budget: &mut Budget) -> Result<Option<Span>, Failure> {
        self.prepare_reverse(budget)?;
        let mut from = from;
        while let Some(end) = self.end_from(text, from, false, budget)? {
            // Only empty matches are found inside of characters; what begins
            // behind them is found from the next character on.
            if text.is_char_boundary(end) {
                return self.start_of(text, from, end, budget).map(Some);
            }
            from = next_boundary(text, end);
        }
        Ok(None)
    }

    fn end_from(
        &mut self,
        text: &str,
        from: usize,
        earliest: bool,
        budget: &mut Budget,
    ) -> Result<Option<usize>, Failure> {
        if from > text.len() || (self.anchored && from > 0) {
            return Ok(None);
        }
        let anchored = if self.anchored { Anchored::Yes } else { Anchored::No };
        let input = Input::new(text).range(from..).anchored(anchored);
        let mut meter = Meter { budget, units: 0 };
        let end = self.forward.end(&input, earliest, &mut meter)?;
        meter.settle()?;
        Ok(end)
    }

    fn start_of(&mut self, text: &str, from: usize, end: usize, budget: &mut Budget) -> Result<Span, Failure> {
        if self.anchored || from == end {
            return Ok(Span { start: from, end });
        }
        let input = Input::new(text).range(from..end).anchored(Anchored::Yes);
        let mut meter = Meter { budget, units: 0 };
        let start = match &mut self.reverse {
            Some(reverse) => reverse.start(&input, &mut meter)?,
            None => None,
        };
        meter.settle()?;
        Ok(Span { start: start.unwrap_or(end), end })
    }

    /// Where the groups of a match begin and end.
    pub(super) fn groups(&mut self, text: &str, span: Span, budget: &mut Budget) -> Result<Vec<Option<Span>>, Failure> {
        self.prepare_grouper(budget)?;
        let length = (span.end - span.start) as u64 + 1;
        // Each state remembers where every group begins and ends.
        let per_byte = self.forward.state_cost.saturating_mul(1 + self.names.len() as u64 / 8);
        budget.spend(length.saturating_mul(per_byte) / UNITS_PER_STEP)?;
        // Groups that can never take part have no slots.
        let count = self.nfa.group_info().slot_len().min(self.names.len() * 2);
        let mut slots: Vec<Option<NonMaxUsize>> = vec![None; count];
        if let Some(grouper) = &mut self.grouper {
            let input = Input::new(text).range(span.start..span.end).anchored(Anchored::Yes);
            grouper.vm.search_slots(&mut grouper.cache, &input, &mut slots);
        }
        let group = |pair: &[Option<NonMaxUsize>]| match pair {
            [Some(start), Some(end)] => Some(Span { start: start.get(), end: end.get() }),
            _ => None,
        };
        Ok(slots.chunks(2).map(group).collect())
    }
}

/// The next place behind `at` where a character begins.
pub(super) fn next_boundary(text: &str, at: usize) -> usize {
    let mut next = at + 1;
    while next < text.len() && !text.is_char_boundary(next) {
        next += 1;
    }
    next
}
