//! Parts of an expression that have been read.

use regex_syntax::hir::{Capture, Class, ClassUnicode, Dot, Hir, Look, Repetition};

use super::parser::Mistake;

/// How deep parts may stand in each other. Go allows 1000; the automata are
/// built recursively.
const MAX_HEIGHT: usize = 100;

/// Bound of the size of an expression, in about the states that it takes.
pub(super) const MAX_SIZE: u64 = 400_000;

/// A part with what bounds are about.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) hir: Hir,
    height: usize,
    /// The largest product of counts such as `{5}` in each other
    pub(super) copies: u64,
    /// About how many states it takes
    pub(super) size: u64,
}

impl Piece {
    fn leaf(hir: Hir, size: usize) -> Self {
        Self { hir, height: 1, copies: 1, size: u64::try_from(size).unwrap_or(u64::MAX).max(1) }
    }

    pub(super) fn empty() -> Self {
        Self::leaf(Hir::empty(), 1)
    }

    /// One character; none for a surrogate, which no text holds.
    pub(super) fn literal(c: Option<char>) -> Self {
        match c {
            Some(c) => Self::leaf(Hir::literal(c.encode_utf8(&mut [0; 4]).as_bytes().to_vec()), c.len_utf8()),
            None => Self::leaf(Hir::fail(), 1),
        }
    }

    pub(super) fn look(look: Look) -> Self {
        Self::leaf(Hir::look(look), 1)
    }

    pub(super) fn dot(dot: Dot) -> Self {
        Self::leaf(Hir::dot(dot), 4)
    }

    pub(super) fn class(class: ClassUnicode) -> Self {
        let size = class.ranges().len() * 4;
        Self::leaf(Hir::class(Class::Unicode(class)), size)
    }

    fn over(self, hir: impl FnOnce(Hir) -> Hir) -> Self {
        Self { hir: hir(self.hir), height: self.height + 1, copies: self.copies, size: self.size + 2 }
    }

    pub(super) fn captured(self, index: u32) -> Self {
        self.over(|sub| Hir::capture(Capture { index, name: None, sub: Box::new(sub) }))
    }

    pub(super) fn repeated(self, min: u32, max: Option<u32>, greedy: bool) -> Self {
        let size = match max {
            None if min == 0 => self.size.saturating_add(2),
            None => u64::from(min).saturating_mul(self.size).saturating_add(1),
            Some(max) => u64::from(max).saturating_mul(self.size.saturating_add(1)),
        };
        let sub = self.over(|sub| Hir::repetition(Repetition { min, max, greedy, sub: Box::new(sub) }));
        Self { size: size.max(1), ..sub }
    }

    /// Several pieces as one.
    pub(super) fn joined(mut pieces: Vec<Self>, join: fn(Vec<Hir>) -> Hir) -> Self {
        if pieces.len() == 1
            && let Some(piece) = pieces.pop()
        {
            return piece;
        }
        let height = pieces.iter().map(|piece| piece.height).max().unwrap_or(0) + 1;
        let copies = pieces.iter().map(|piece| piece.copies).max().unwrap_or(1);
        let size = pieces.iter().fold(1, |size: u64, piece| size.saturating_add(piece.size));
        let hir = join(pieces.into_iter().map(|piece| piece.hir).collect());
        Self { hir, height, copies, size }
    }

    /// Refuses what is too deep or too large.
    pub(super) fn checked(self, whole: &[u8]) -> Result<Self, Mistake> {
        if self.height > MAX_HEIGHT {
            return Err(Mistake::bound("expression nests too deeply", whole));
        }
        if self.size > MAX_SIZE {
            return Err(Mistake::bound("expression too large", whole));
        }
        Ok(self)
    }
}
