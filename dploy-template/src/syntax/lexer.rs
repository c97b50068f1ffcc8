//! Cuts a template's text into tokens.

use super::token::{Keyword, Token, TokenKind};
use crate::error::Failure;

const LEFT: &str = "{{";
const RIGHT: &str = "}}";

/// White space that trim markers eat and that separates operands.
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// A failure and where it is.
pub(crate) type Misplaced = (usize, Failure);

/// The lexer: an action is cut lazily, so that the parser's own findings about
/// what stands before a bad character come first.
#[derive(Debug)]
pub(crate) struct Lexer<'t> {
    input: &'t str,
    pos: usize,
    inside: bool,
    /// Offset of the delimiter that opened the current action
    action: usize,
    parens: Vec<usize>,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(input: &'t str) -> Self {
        Self { input, pos: 0, inside: false, action: 0, parens: Vec::new() }
    }

    fn rest(&self) -> &'t str {
        self.input.get(self.pos..).unwrap_or_default()
    }

    fn bytes(&self) -> &'t [u8] {
        self.input.as_bytes().get(self.pos..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        match self.bytes().first() {
            Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
            _ => self.rest().chars().next(),
        }
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    fn accept(&mut self, valid: impl Fn(char) -> bool) -> bool {
        let hit = self.peek().is_some_and(valid);
        if hit {
            self.bump();
        }
        hit
    }

    fn accept_run(&mut self, valid: impl Fn(char) -> bool) {
        while self.accept(&valid) {}
    }

    fn token(&self, kind: TokenKind, start: usize) -> Token<'t> {
        Token { kind, pos: start, text: self.input.get(start..self.pos).unwrap_or_default() }
    }

    /// The next token; `End` for ever at the end of the text.
    pub(crate) fn next_token(&mut self) -> Result<Token<'t>, Misplaced> {
        if self.inside { self.inside_action() } else { self.text() }
    }

    fn text(&mut self) -> Result<Token<'t>, Misplaced> {
        loop {
            let start = self.pos;
            let Some(offset) = memchr::memmem::find(self.bytes(), LEFT.as_bytes()) else {
                self.pos = self.input.len();
                let kind = if start < self.pos { TokenKind::Text } else { TokenKind::End };
                return Ok(self.token(kind, start));
            };
            let delim = start + offset;
            let after = self.input.get(delim + LEFT.len()..).unwrap_or_default();
            let trim = has_left_trim_marker(after);
            let raw = self.input.get(start..delim).unwrap_or_default();
            let text = if trim { raw.trim_end_matches(SPACES) } else { raw };
            self.pos = delim;
            if !text.is_empty() {
                return Ok(Token { kind: TokenKind::Text, pos: start, text });
            }
            if let Some(token) = self.left_delim(trim)? {
                return Ok(token);
            }
        }
    }

    /// The opening delimiter, or nothing where it opens a comment.
    fn left_delim(&mut self, trim: bool) -> Result<Option<Token<'t>>, Misplaced> {
        let start = self.pos;
        self.pos += LEFT.len();
        let marker = usize::from(trim) * 2;
        if self.input.get(self.pos + marker..).is_some_and(|rest| rest.starts_with("/*")) {
            self.pos += marker;
            self.comment(start)?;
            return Ok(None);
        }
        let token = self.token(TokenKind::LeftDelim, start);
        self.pos += marker;
        self.inside = true;
        self.action = start;
        self.parens.clear();
        Ok(Some(token))
    }

    fn comment(&mut self, start: usize) -> Result<(), Misplaced> {
        let Some(length) = self.rest().get(2..).and_then(|rest| rest.find("*/")) else {
            return Err((start, Failure::parse("unclosed comment").expected("`*/`")));
        };
        self.pos += 2 + length + 2;
        let Some(trim) = self.at_right_delim() else {
            let failure = Failure::parse("comment ends before closing delimiter");
            return Err((self.pos, failure.expected("`}}` or ` -}}` right after `*/`")));
        };
        self.pass_right_delim(trim);
        Ok(())
    }

    /// Whether a closing delimiter is next, and whether it trims.
    fn at_right_delim(&self) -> Option<bool> {
        match self.bytes() {
            [b'}', b'}', ..] => Some(false),
            [b' ' | b'\t' | b'\r' | b'\n', b'-', b'}', b'}', ..] => Some(true),
            _ => None,
        }
    }

    fn pass_right_delim(&mut self, trim: bool) {
        self.pos += RIGHT.len() + usize::from(trim) * 2;
        if trim {
            self.accept_run(is_space);
        }
    }

    fn inside_action(&mut self) -> Result<Token<'t>, Misplaced> {
        let start = self.pos;
        if let Some(trim) = self.at_right_delim() {
            if let Some(paren) = self.parens.last() {
                return Err((*paren, Failure::parse("unclosed left paren").expected("`)`")));
            }
            self.pass_right_delim(trim);
            self.inside = false;
            let text = self.input.get(start..self.pos).unwrap_or_default();
            return Ok(Token { kind: TokenKind::RightDelim, pos: start, text: text.trim_matches(SPACES) });
        }
        let Some(c) = self.bump() else {
            return Err((self.action, Failure::parse("unclosed action").expected("`}}`")));
        };
        let kind = match c {
            c if is_space(c) => self.space(),
            '=' => TokenKind::Assign,
            ':' if self.accept(|c| c == '=') => TokenKind::Declare,
            ':' => return Err((start, Failure::parse("unexpected `:`").expected("`:=`"))),
            '|' => TokenKind::Pipe,
            '"' => self.quoted(start, '"', "unterminated quoted string")?,
            '\'' => self.quoted(start, '\'', "unterminated character constant")?,
            '`' => self.raw_quoted(start)?,
            '$' => self.field_or_variable(TokenKind::Variable)?,
            '.' if !self.peek().is_some_and(|c| c.is_ascii_digit()) => self.field_or_variable(TokenKind::Field)?,
            '.' | '+' | '-' | '0'..='9' => self.number(start)?,
            c if is_alphanumeric(c) => self.identifier(start)?,
            '(' => self.open_paren(start),
            ')' if self.parens.pop().is_none() => {
                return Err((start, Failure::parse("unexpected right paren")));
            }
            ')' => TokenKind::RightParen,
            c if c.is_ascii_graphic() => TokenKind::Char,
            c => return Err((start, Failure::parse(format!("unrecognized character in action: {c:?}")))),
        };
        Ok(self.token(kind, start))
    }

    fn open_paren(&mut self, start: usize) -> TokenKind {
        self.parens.push(start);
        TokenKind::LeftParen
    }

    /// A run of white space, short of the one that belongs to ` -}}`.
    fn space(&mut self) -> TokenKind {
        while self.at_right_delim() != Some(true) && self.accept(is_space) {}
        TokenKind::Space
    }

    fn quoted(&mut self, start: usize, quote: char, problem: &str) -> Result<TokenKind, Misplaced> {
        loop {
            let c = match self.bump() {
                Some('\\') => self.bump().filter(|c| *c != '\n').map(|_| '\\'),
                c => c.filter(|c| *c != '\n'),
            };
            match c {
                None => return Err((start, Failure::parse(problem).expected(format!("`{quote}` on the same line")))),
                Some(c) if c == quote => break,
                Some(_) => {}
            }
        }
        Ok(if quote == '"' { TokenKind::String } else { TokenKind::CharConstant })
    }

    fn raw_quoted(&mut self, start: usize) -> Result<TokenKind, Misplaced> {
        let Some(length) = self.rest().find('`') else {
            return Err((start, Failure::parse("unterminated raw quoted string").expected("a closing backquote")));
        };
        self.pos += length + 1;
        Ok(TokenKind::RawString)
    }

    fn field_or_variable(&mut self, kind: TokenKind) -> Result<TokenKind, Misplaced> {
        if self.at_terminator() {
            return Ok(if kind == TokenKind::Variable { kind } else { TokenKind::Dot });
        }
        self.accept_run(is_alphanumeric);
        self.terminated(kind)
    }

    fn identifier(&mut self, start: usize) -> Result<TokenKind, Misplaced> {
        self.accept_run(is_alphanumeric);
        self.terminated(TokenKind::Identifier)?;
        let word = self.input.get(start..self.pos).unwrap_or_default();
        Ok(match word {
            "true" | "false" => TokenKind::Bool,
            "nil" => TokenKind::Nil,
            _ => Keyword::from_word(word).map_or(TokenKind::Identifier, TokenKind::Keyword),
        })
    }

    fn terminated(&self, kind: TokenKind) -> Result<TokenKind, Misplaced> {
        if self.at_terminator() {
            return Ok(kind);
        }
        let c = self.peek().unwrap_or_default();
        Err((self.pos, Failure::parse(format!("bad character {c:?}")).expected("white space, `|`, `)` or `}}`")))
    }

    /// Whether what follows may end a word; keeps arithmetic such as `$x+2` out.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(c) => is_space(c) || self.bytes().starts_with(RIGHT.as_bytes()),
        }
    }

    fn number(&mut self, start: usize) -> Result<TokenKind, Misplaced> {
        self.pos = start;
        let mut good = self.scan_number();
        let mut kind = TokenKind::Number;
        if good && matches!(self.peek(), Some('+' | '-')) {
            kind = TokenKind::Complex;
            good = self.scan_number() && self.input.get(..self.pos).is_some_and(|read| read.ends_with('i'));
        }
        if good {
            return Ok(kind);
        }
        let text = self.input.get(start..self.pos).unwrap_or_default();
        Err((start, Failure::parse(format!("bad number syntax: {text:?}"))))
    }

    fn scan_number(&mut self) -> bool {
        self.accept(|c| c == '+' || c == '-');
        let mut base = 10;
        if self.accept(|c| c == '0') {
            for (letters, other) in [(['x', 'X'], 16), (['o', 'O'], 8), (['b', 'B'], 2)] {
                if base == 10 && self.accept(|c| letters.contains(&c)) {
                    base = other;
                }
            }
        }
        let digit = move |c: char| c == '_' || c.is_digit(base);
        self.accept_run(digit);
        if self.accept(|c| c == '.') {
            self.accept_run(digit);
        }
        let exponent = match base {
            10 => self.accept(|c| c == 'e' || c == 'E'),
            16 => self.accept(|c| c == 'p' || c == 'P'),
            _ => false,
        };
        if exponent {
            self.accept(|c| c == '+' || c == '-');
            self.accept_run(|c| c == '_' || c.is_ascii_digit());
        }
        self.accept(|c| c == 'i');
        !self.accept(is_alphanumeric)
    }
}

fn has_left_trim_marker(after: &str) -> bool {
    after.strip_prefix('-').and_then(|rest| rest.chars().next()).is_some_and(is_space)
}
