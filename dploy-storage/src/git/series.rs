//! Objects that differ little from one another: each as what makes it of the first, in the instructions of
//! gitformat-pack(5).

use std::ops::Range;

/// The most that one instruction copies.
const COPY_MAX: usize = 0xffff;
/// The most that one instruction inserts.
const INSERT_MAX: usize = 127;
/// How many bytes are compared at a time.
const BLOCK: usize = 4_096;

/// Objects of which each was made of the one before.
#[derive(Debug)]
pub(super) struct Series {
    /// Where the first one begins.
    pub(super) first: u64,
    /// How long the first one is.
    length: usize,
    /// What makes the last one of the first.
    parts: Vec<Part>,
}

/// A part of an object.
#[derive(Clone, Debug)]
enum Part {
    /// Bytes of the first one of its series.
    Copy(Range<usize>),
    /// Bytes of its own.
    Insert(Vec<u8>),
}

impl Series {
    /// One of a single object, which begins there and is so long.
    pub(super) fn new(first: u64, length: usize) -> Self {
        Self { first, length, parts: vec![Part::Copy(0..length)] }
    }

    /// Goes on with `new`, which was made of the last one; what makes it of the first.
    pub(super) fn follow(&mut self, last: &[u8], new: &[u8]) -> Vec<u8> {
        let begin = alike(last.chunks(BLOCK).zip(new.chunks(BLOCK)), |part| part.iter());
        let (last_rest, new_rest) = (last.get(begin..).unwrap_or_default(), new.get(begin..).unwrap_or_default());
        let end = alike(last_rest.rchunks(BLOCK).zip(new_rest.rchunks(BLOCK)), |part| part.iter().rev());
        let inserted = new_rest.get(..new_rest.len() - end).unwrap_or_default().to_vec();
        let kept_at_end = cut(&self.parts, last.len() - end..last.len());
        self.parts = cut(&self.parts, 0..begin);
        self.parts.push(Part::Insert(inserted));
        self.parts.extend(kept_at_end);
        self.delta(new.len())
    }

    /// What makes the last one, which is so long, of the first.
    fn delta(&self, length: usize) -> Vec<u8> {
        let mut delta = Vec::new();
        for mut size in [self.length, length] {
            delta.push(seven(&mut size));
            while size > 0 {
                delta.push(seven(&mut size));
            }
        }
        for part in &self.parts {
            match part {
                Part::Copy(range) => copy(&mut delta, range.clone()),
                Part::Insert(bytes) => {
                    for bytes in bytes.chunks(INSERT_MAX) {
                        delta.push(u8::try_from(bytes.len()).unwrap_or_default());
                        delta.extend_from_slice(bytes);
                    }
                }
            }
        }
        delta
    }
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Self::Copy(range) => range.len(),
            Self::Insert(bytes) => bytes.len(),
        }
    }
}

/// Those bytes of an object that consists of these parts.
fn cut(parts: &[Part], wanted: Range<usize>) -> Vec<Part> {
    let mut at = 0;
    let mut found = Vec::new();
    for part in parts {
        let from = wanted.start.saturating_sub(at).min(part.len());
        let to = wanted.end.saturating_sub(at).min(part.len());
        at += part.len();
        if from < to {
            found.push(match part {
                Part::Copy(range) => Part::Copy(range.start + from..range.start + to),
                Part::Insert(bytes) => Part::Insert(bytes.get(from..to).unwrap_or_default().to_vec()),
            });
        }
    }
    found
}

/// How many bytes two texts have in common from where their `blocks` begin: whole blocks at a time, the rest in `order`.
fn alike<'a, I: Iterator<Item = &'a u8>>(
    blocks: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    order: impl Fn(&'a [u8]) -> I,
) -> usize {
    let mut length = 0;
    for (old, new) in blocks {
        if old != new {
            return length + order(old).zip(order(new)).take_while(|(a, b)| a == b).count();
        }
        length += old.len();
    }
    length
}

/// Copies a part of the first object.
fn copy(delta: &mut Vec<u8>, Range { start, end }: Range<usize>) {
    for from in (start..end).step_by(COPY_MAX) {
        let length = (end - from).min(COPY_MAX);
        let [a, b, c, d, ..] = from.to_le_bytes();
        let [low, high, ..] = length.to_le_bytes();
        delta.extend_from_slice(&[0xbf, a, b, c, d, low, high]);
    }
}

/// The lowest seven bits of a number, as a byte that says whether more come.
pub(super) fn seven(rest: &mut usize) -> u8 {
    let bits = u8::try_from(*rest & 0x7f).unwrap_or_default();
    *rest >>= 7;
    if *rest > 0 { bits | 0x80 } else { bits }
}
