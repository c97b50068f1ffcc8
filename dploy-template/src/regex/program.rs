//! Expressions that are ready to search.

use regex_automata::MatchKind;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{self, DFA};
use regex_automata::nfa::thompson::pikevm::{self, PikeVM};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_syntax::hir::{Hir, Look};

use super::parser::parse;
use crate::error::Failure;
use crate::exec::Budget;

/// Bound of the memory of one automaton.
const NFA_BYTES: usize = 8 << 20;
const CACHE_BYTES: usize = 2 << 20;

/// Bound of places that are remembered while groups are looked for: two for
/// each group in each state.
const MAX_SLOTS: u64 = 1 << 21;

/// Why an expression cannot be used.
#[derive(Debug)]
pub(crate) enum CompileError {
    /// Go does not accept it either.
    Syntax(String),
    /// A bound that is ours.
    Bound(Failure),
}

impl From<CompileError> for Failure {
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::Syntax(message) => Self::execute(message),
            CompileError::Bound(failure) => failure,
        }
    }
}

/// Automata that run in one direction.
#[derive(Debug)]
pub(super) struct Scanner {
    pub(super) dfa: DFA,
    pub(super) cache: dfa::Cache,
    /// Work of making one state
    pub(super) state_cost: u64,
    pub(super) taken: Taken,
}

/// Which ways out of the state that ended the last match were taken before.
/// The automaton does not tell for such states.
#[derive(Debug, Default)]
pub(super) struct Taken {
    state: LazyStateID,
    bytes: [u64; 4],
    clears: usize,
}

impl Taken {
    /// Whether a way was taken before; from now on it was.
    pub(super) fn again(&mut self, state: LazyStateID, byte: u8, clears: usize) -> bool {
        if self.state != state || self.clears != clears {
            *self = Self { state, bytes: [0; 4], clears };
        }
        let bit = 1_u64 << (byte & 63);
        let Some(word) = self.bytes.get_mut(usize::from(byte >> 6)) else { return false };
        let again = *word & bit != 0;
        *word |= bit;
        again
    }
}

/// What finds the groups of a match.
#[derive(Debug)]
pub(super) struct Grouper {
    pub(super) vm: PikeVM,
    pub(super) cache: pikevm::Cache,
}

/// A compiled expression. Searching changes its caches.
#[derive(Debug)]
pub(crate) struct Regex {
    hir: Hir,
    pub(super) nfa: NFA,
    /// Whether it matches at the beginning of a text only
    pub(super) anchored: bool,
    pub(super) forward: Scanner,
    pub(super) reverse: Option<Scanner>,
    pub(super) grouper: Option<Grouper>,
    /// Names of the groups; the first one is the whole match
    pub(super) names: Vec<Vec<u8>>,
}

fn too_large() -> Failure {
    Failure::limit("the compiled expression is too large").expected("a smaller regular expression")
}

impl Regex {
    /// Compiles an expression; its work is paid for before it is done.
    pub(super) fn compile(pattern: &[u8], budget: &mut Budget) -> Result<Self, CompileError> {
        let bound = CompileError::Bound;
        budget.spend(16 + pattern.len() as u64).map_err(bound)?;
        let parsed = parse(pattern).map_err(|mistake| match mistake.is_bound {
            true => bound(Failure::limit(mistake.message())),
            false => CompileError::Syntax(mistake.message()),
        })?;
        budget.spend(parsed.size / 2).map_err(bound)?;
        let nfa = nfa(&parsed.hir, false).map_err(bound)?;
        let forward = Scanner::new(&nfa, MatchKind::LeftmostFirst).map_err(bound)?;
        let anchored = parsed.hir.properties().look_set_prefix().contains(Look::Start);
        let names = parsed.names;
        Ok(Self { hir: parsed.hir, nfa, anchored, forward, reverse: None, grouper: None, names })
    }

    /// Makes what finds where a match begins.
    pub(super) fn prepare_reverse(&mut self, budget: &mut Budget) -> Result<(), Failure> {
        if self.reverse.is_none() {
            budget.spend(self.forward.state_cost / 4)?;
            self.reverse = Some(Scanner::new(&nfa(&self.hir, true)?, MatchKind::All)?);
        }
        Ok(())
    }

    /// Makes what finds the groups.
    pub(super) fn prepare_grouper(&mut self, budget: &mut Budget) -> Result<(), Failure> {
        if self.grouper.is_none() {
            let slots = self.names.len() as u64 * 2;
            if slots.saturating_mul(self.forward.state_cost) > MAX_SLOTS {
                return Err(too_large());
            }
            budget.spend(self.forward.state_cost / 4)?;
            let vm = PikeVM::builder().build_from_nfa(self.nfa.clone()).map_err(|_| too_large())?;
            let cache = vm.create_cache();
            self.grouper = Some(Grouper { vm, cache });
        }
        Ok(())
    }
}

fn nfa(hir: &Hir, reverse: bool) -> Result<NFA, Failure> {
    let captures = if reverse { WhichCaptures::None } else { WhichCaptures::All };
    let config =
        thompson::Config::new().utf8(true).reverse(reverse).nfa_size_limit(Some(NFA_BYTES)).which_captures(captures);
    thompson::Compiler::new().configure(config).build_from_hir(hir).map_err(|_| too_large())
}

impl Scanner {
    fn new(nfa: &NFA, kind: MatchKind) -> Result<Self, Failure> {
        let config = dfa::Config::new().match_kind(kind).cache_capacity(CACHE_BYTES).skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa.clone()).map_err(|_| too_large())?;
        let cache = dfa.create_cache();
        Ok(Self { dfa, cache, state_cost: nfa.states().len() as u64, taken: Taken::default() })
    }
}
