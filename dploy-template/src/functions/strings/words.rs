//! Names in the styles of programming languages.

use super::{STRING, changed};
use crate::functions::Function;
use crate::unicode::{
    INVALID, first_rune, is_letter, is_number, is_punctuation, is_space, is_upper, to_lower, to_upper,
};

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("snakecase", STRING, |env, args| changed(env, args, |bytes| joined(bytes, '_')))
        .doc("words in lower case with underscores between", r#"snakecase "FirstName""#),
    Function::new("kebabcase", STRING, |env, args| changed(env, args, |bytes| joined(bytes, '-')))
        .doc("words in lower case with hyphens between", r#"kebabcase "FirstName""#),
    Function::new("camelcase", STRING, |env, args| changed(env, args, camel_case))
        .doc("words with a capital each and nothing between", r#"camelcase "http_server""#),
];

fn is_connector(c: char) -> bool {
    matches!(c, '-' | '_') || is_space(c)
}

/// A letter, but not one of the common Chinese characters.
fn is_alphabet(c: char) -> bool {
    let chinese = matches!(c, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}');
    !chinese && is_letter(c)
}

fn is_small(c: char) -> bool {
    is_alphabet(c) && !is_upper(c)
}

fn is_other(c: char) -> bool {
    !(is_connector(c) || is_alphabet(c) || is_number(c) || is_punctuation(c))
}

/// What a word consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// Bytes that are not UTF-8, or nothing at the end
    Invalid,
    Number,
    /// A capital, more capitals or small letters after it
    Capital,
    Small,
    Connector,
    Punctuation,
    Other,
}

/// A word and what follows it.
#[derive(Clone, Copy, Debug)]
struct Word<'t> {
    sort: Sort,
    text: &'t [u8],
    rest: &'t [u8],
}

/// The next character that is UTF-8 and how many bytes it takes with those
/// that are not before it; `before` where there is none.
fn next_valid(bytes: &[u8], before: char) -> (char, usize) {
    let mut size = 0;
    while let Some((c, width)) = first_rune(bytes.get(size..).unwrap_or_default()) {
        size += width;
        if c != INVALID {
            return (c, size);
        }
    }
    (before, size)
}

/// Where a run of characters from `start` on ends, the bytes of its last
/// character, and the character after it, which is the last one at the end of
/// the text.
struct Run {
    end: usize,
    last_size: usize,
    next: char,
}

fn run(bytes: &[u8], start: usize, before: char, belongs: fn(char) -> bool) -> Run {
    let mut run = Run { end: start, last_size: 0, next: before };
    while run.end < bytes.len() {
        let (c, size) = next_valid(bytes.get(run.end..).unwrap_or_default(), run.next);
        run.next = c;
        if !belongs(c) {
            break;
        }
        run.end += size;
        run.last_size = size;
    }
    run
}

fn next_word(bytes: &[u8]) -> Word<'_> {
    let (c, start) = next_valid(bytes, INVALID);
    let (sort, end) = match c {
        INVALID => (Sort::Invalid, start),
        c if is_connector(c) => (Sort::Connector, run(bytes, start, c, is_connector).end),
        c if is_punctuation(c) => (Sort::Punctuation, run(bytes, start, c, is_punctuation).end),
        c if is_upper(c) => (Sort::Capital, capital_end(bytes, start, c)),
        c if is_alphabet(c) => (Sort::Small, run(bytes, start, c, is_small).end),
        c if is_number(c) => (Sort::Number, run(bytes, start, c, is_number).end),
        c => (Sort::Other, run(bytes, start, c, is_other).end),
    };
    let (text, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
    Word { sort, text, rest }
}

/// Where a word that begins with a capital ends: `HTTPStatus` is `HTTP` and `Status`.
fn capital_end(bytes: &[u8], start: usize, first: char) -> usize {
    if start == bytes.len() {
        return start;
    }
    let capitals = run(bytes, start, first, is_upper);
    if capitals.end == start {
        let small = run(bytes, start, first, is_small);
        return small.end;
    }
    let goes_on = capitals.end < bytes.len() && is_alphabet(capitals.next);
    if goes_on { capitals.end - capitals.last_size } else { capitals.end }
}

/// Words in lower case with a connector between.
struct Joined {
    out: Vec<u8>,
    connector: char,
}

impl Joined {
    fn push(&mut self, c: char) {
        self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn connect(&mut self) {
        self.push(self.connector);
    }

    fn word(&mut self, word: Word<'_>) {
        if !matches!(word.sort, Sort::Capital | Sort::Connector) {
            self.out.extend_from_slice(word.text);
            return;
        }
        let mut rest = word.text;
        while let Some((c, size)) = first_rune(rest) {
            rest = rest.get(size..).unwrap_or_default();
            self.push(match c {
                c if is_connector(c) => self.connector,
                c if is_upper(c) => to_lower(c),
                c => c,
            });
        }
    }

    /// Writes small words and numbers as long as they follow.
    fn small_and_numbers<'t>(&mut self, mut word: Word<'t>) -> Word<'t> {
        while matches!(word.sort, Sort::Small | Sort::Number) {
            self.word(word);
            word = next_word(word.rest);
        }
        word
    }

    fn connect_unless(&mut self, word: Word<'_>, sorts: &[Sort]) {
        if !sorts.contains(&word.sort) {
            self.connect();
        }
    }

    /// A number after a word belongs to it unless small letters follow the
    /// number: `Bld4Floor` is `bld4_floor`, `HTTP2xx` is `http_2xx`.
    fn number<'t>(&mut self, number: Word<'t>) -> Word<'t> {
        if number.rest.is_empty() {
            return number;
        }
        let word = next_word(number.rest);
        if word.sort != Sort::Small {
            self.word(number);
            self.connect_unless(word, &[Sort::Connector, Sort::Punctuation]);
            return word;
        }
        self.connect();
        self.word(number);
        let word = self.small_and_numbers(word);
        self.connect_unless(word, &[Sort::Invalid, Sort::Connector, Sort::Punctuation]);
        word
    }
}

fn joined(bytes: &[u8], connector: char) -> Vec<u8> {
    let mut joined = Joined { out: Vec::with_capacity(bytes.len() + bytes.len() / 4), connector };
    let mut word = next_word(bytes);
    while !word.rest.is_empty() {
        let before = word;
        if before.sort != Sort::Connector {
            joined.word(before);
        }
        word = next_word(before.rest);
        match before.sort {
            Sort::Number => {
                word = joined.small_and_numbers(word);
                joined.connect_unless(word, &[Sort::Invalid, Sort::Punctuation, Sort::Connector]);
            }
            Sort::Connector => joined.word(before),
            Sort::Punctuation => {}
            _ if word.sort == Sort::Number => word = joined.number(word),
            _ => joined.connect_unless(word, &[Sort::Connector, Sort::Punctuation]),
        }
    }
    joined.word(word);
    joined.out
}

/// As in xstrings leading connectors stay, and a text of nothing else gets
/// its last one twice.
fn camel_case(bytes: &[u8]) -> Vec<u8> {
    let mut characters = crate::unicode::runes(bytes).map(|(c, _)| c);
    let mut out = String::with_capacity(bytes.len());
    let mut before = INVALID;
    let mut after_capital = false;
    for c in characters.by_ref() {
        before = c;
        if !is_connector(c) {
            after_capital = is_upper(c);
            before = to_upper(c);
            break;
        }
        out.push(c);
    }
    for mut c in characters {
        match (is_connector(before), is_connector(c)) {
            (true, true) => out.push(before),
            (true, false) => {
                after_capital = is_upper(c);
                c = to_upper(c);
            }
            (false, _) => {
                after_capital &= is_upper(c);
                c = if after_capital { to_lower(c) } else { c };
                out.push(before);
            }
        }
        before = c;
    }
    if !bytes.is_empty() {
        out.push(before);
    }
    out.into_bytes()
}
