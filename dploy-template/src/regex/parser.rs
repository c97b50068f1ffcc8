//! Reads expressions as Go's `regexp/syntax` does with its Perl flags.

use regex_syntax::hir::{Dot, Hir, Look};

use super::escape::perl_class;
use super::fold::folded;
use super::piece::{MAX_SIZE, Piece};
use super::unicode::Tables;

/// What is wrong with an expression, and the part that is.
#[derive(Debug)]
pub(super) struct Mistake {
    code: &'static str,
    part: Vec<u8>,
    /// Whether Go may well accept it
    pub(super) is_bound: bool,
}

/// Longer parts are cut in messages.
const MAX_SHOWN: usize = 200;

impl Mistake {
    pub(super) fn new(code: &'static str, part: &[u8]) -> Self {
        Self { code, part: part.get(..MAX_SHOWN).unwrap_or(part).to_vec(), is_bound: false }
    }

    pub(super) fn bound(code: &'static str, part: &[u8]) -> Self {
        Self { is_bound: true, ..Self::new(code, part) }
    }

    pub(super) fn message(&self) -> String {
        format!("error parsing regexp: {}: `{}`", self.code, String::from_utf8_lossy(&self.part))
    }
}

/// What `(?imsU)` switches.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) fold: bool,
    pub(super) multi_line: bool,
    pub(super) dot_all: bool,
    pub(super) lazy: bool,
}

/// An expression that was read.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) hir: Hir,
    pub(super) size: u64,
    /// Names of the groups; the first one is the whole match
    pub(super) names: Vec<Vec<u8>>,
}

#[derive(Debug)]
enum Entry {
    Piece(Piece),
    Bar,
    /// An open group: its number if it captures, and the flags outside of it
    Group(Option<u32>, Flags),
}

pub(super) struct Parser<'p> {
    whole: &'p [u8],
    pub(super) rest: &'p [u8],
    pub(super) flags: Flags,
    pub(super) tables: Tables,
    stack: Vec<Entry>,
    names: Vec<Vec<u8>>,
    /// The sizes of all pieces so far
    work: u64,
}

/// The character that begins a text, and what follows it; U+FFFD at the end.
pub(super) fn next_char(text: &[u8]) -> Result<(char, &[u8]), Mistake> {
    if text.is_empty() {
        return Ok((char::REPLACEMENT_CHARACTER, text));
    }
    let invalid = || Mistake::new("invalid UTF-8", text);
    let head = text.get(..text.len().min(4)).unwrap_or_default();
    let c = head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()).ok_or_else(invalid)?;
    Ok((c, text.get(c.len_utf8()..).unwrap_or_default()))
}

/// Refuses what is not UTF-8.
pub(super) fn check_utf8(text: &[u8]) -> Result<(), Mistake> {
    match std::str::from_utf8(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(Mistake::new("invalid UTF-8", text.get(error.valid_up_to()..).unwrap_or_default())),
    }
}

pub(super) fn parse(pattern: &[u8]) -> Result<Parsed, Mistake> {
    let mut parser = Parser {
        whole: pattern,
        rest: pattern,
        flags: Flags::default(),
        tables: Tables::default(),
        stack: Vec::new(),
        names: vec![Vec::new()],
        work: 0,
    };
    parser.run()?;
    let piece = parser.alternation()?;
    match parser.stack.is_empty() {
        true => Ok(Parsed { hir: piece.hir, size: piece.size, names: parser.names }),
        false => Err(Mistake::new("missing closing )", pattern)),
    }
}

impl<'p> Parser<'p> {
    fn run(&mut self) -> Result<(), Mistake> {
        // Where the repetition began that has just been read.
        let mut last_repeat = None;
        while let Some(first) = self.rest.first() {
            let before = self.rest;
            let repeats = match first {
                b'*' | b'+' | b'?' | b'{' => self.repetition(last_repeat)?,
                _ => {
                    self.element(*first)?;
                    false
                }
            };
            last_repeat = repeats.then_some(before);
        }
        Ok(())
    }

    fn element(&mut self, first: u8) -> Result<(), Mistake> {
        match first {
            b'(' => return self.open(),
            b'[' => return self.bracket(),
            b'\\' => return self.escape(),
            b'|' => {
                let piece = self.concatenation()?;
                self.stack.push(Entry::Piece(piece));
                self.stack.push(Entry::Bar);
            }
            b')' => self.close()?,
            b'^' => self.push(Piece::look(if self.flags.multi_line { Look::StartLF } else { Look::Start }))?,
            b'$' => self.push(Piece::look(if self.flags.multi_line { Look::EndLF } else { Look::End }))?,
            b'.' => {
                let dot = if self.flags.dot_all { Dot::AnyChar } else { Dot::AnyCharExceptLF };
                self.push(Piece::dot(dot))?;
            }
            _ => {
                let (c, rest) = next_char(self.rest)?;
                self.rest = rest;
                return self.literal(Some(c));
            }
        }
        self.skip(1);
        Ok(())
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// Counts work that is done before it shows in a piece.
    pub(super) fn spend(&mut self, work: u64) -> Result<(), Mistake> {
        self.work = self.work.saturating_add(work);
        if self.work > MAX_SIZE { Err(Mistake::bound("expression too large", self.whole)) } else { Ok(()) }
    }

    pub(super) fn push(&mut self, piece: Piece) -> Result<(), Mistake> {
        self.spend(piece.size)?;
        self.stack.push(Entry::Piece(piece));
        Ok(())
    }

    pub(super) fn literal(&mut self, c: Option<char>) -> Result<(), Mistake> {
        let Some(c) = c.filter(|c| self.flags.fold && (c.is_ascii_alphabetic() || !c.is_ascii())) else {
            return self.push(Piece::literal(c));
        };
        self.spend(32)?;
        let class = folded(&self.tables, std::iter::once((c, c)));
        let single = class.ranges().iter().all(|range| range.start() == c && range.end() == c);
        self.push(if single { Piece::literal(Some(c)) } else { Piece::class(class) })
    }

    /// The piece that a repetition is about.
    pub(super) fn pop_piece(&mut self) -> Option<Piece> {
        match self.stack.pop() {
            Some(Entry::Piece(piece)) => Some(piece),
            Some(other) => {
                self.stack.push(other);
                None
            }
            None => None,
        }
    }

    pub(super) fn push_repeated(&mut self, piece: Piece) -> Result<(), Mistake> {
        self.stack.push(Entry::Piece(piece.checked(self.whole)?));
        Ok(())
    }

    /// Opens a group; a name makes it a named one.
    pub(super) fn push_group(&mut self, captures: bool, name: &[u8], outside: Flags) {
        let index = captures.then(|| u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        if captures {
            self.names.push(name.to_vec());
        }
        self.stack.push(Entry::Group(index, outside));
    }

    /// Everything behind the last bar or open group, as one piece.
    fn concatenation(&mut self) -> Result<Piece, Mistake> {
        let mut pieces = Vec::new();
        while let Some(piece) = self.pop_piece() {
            pieces.push(piece);
        }
        pieces.reverse();
        match pieces.is_empty() {
            true => Ok(Piece::empty()),
            false => Piece::joined(pieces, Hir::concat).checked(self.whole),
        }
    }

    /// Everything behind the last open group, as one piece.
    fn alternation(&mut self) -> Result<Piece, Mistake> {
        let mut pieces = vec![self.concatenation()?];
        while let Some(Entry::Bar) = self.stack.last() {
            self.stack.pop();
            pieces.extend(self.pop_piece());
        }
        pieces.reverse();
        Piece::joined(pieces, Hir::alternation).checked(self.whole)
    }

    fn close(&mut self) -> Result<(), Mistake> {
        let piece = self.alternation()?;
        let Some(Entry::Group(index, flags)) = self.stack.pop() else {
            return Err(Mistake::new("unexpected )", self.whole));
        };
        self.flags = flags;
        let piece = match index {
            Some(index) => piece.captured(index),
            None => piece,
        };
        self.stack.push(Entry::Piece(piece.checked(self.whole)?));
        Ok(())
    }

    /// `\d`, `\W` and the like, if the text begins with one.
    pub(super) fn push_perl_class(&mut self) -> Result<bool, Mistake> {
        let Some(class) = perl_class(self.rest).map(|class| class.ranges(self)) else { return Ok(false) };
        self.push(Piece::class(class?))?;
        self.skip(2);
        Ok(true)
    }
}
