//! From tokens to the parse tree: pipelines, commands and operands.

use super::ast::{Command, Operand, Pipeline, Term};
use super::number::Number;
use super::parser::{Parsed, Parser, unexpected};
use super::token::{Token, TokenKind};
use super::unquote::unquote;
use crate::error::Failure;
use crate::value::Text;

impl<'t> Parser<'t> {
    /// Declarations and commands up to and with the `end` token.
    pub(super) fn pipeline(&mut self, context: &str, end: TokenKind) -> Parsed<Pipeline> {
        let pos = self.peek_non_space()?.pos;
        let mut pipe = Pipeline { pos, targets: Vec::new(), assigns: false, commands: Vec::with_capacity(1) };
        self.targets(&mut pipe, context)?;
        loop {
            let token = self.next_non_space()?;
            if token.kind == end {
                break;
            }
            if !starts_operand(token.kind) {
                return Err(unexpected(&token, context, "an operand"));
            }
            self.push_back(token);
            let command = self.command()?;
            pipe.commands.push(command);
        }
        if pipe.commands.is_empty() {
            return Err((pos, Failure::parse(format!("missing value for {context}"))));
        }
        if let Some(stage) = pipe.commands.iter().skip(1).position(|command| command.head.term.is_literal()) {
            let at = pipe.commands.get(stage + 1).map_or(pos, |command| command.head.pos);
            let failure = Failure::parse(format!("non executable command in pipeline stage {}", stage + 2));
            return Err((at, failure.expected("a function")));
        }
        Ok(pipe)
    }

    /// `$x :=`, `$x =` or, in a range, `$i, $x :=`.
    fn targets(&mut self, pipe: &mut Pipeline, context: &str) -> Parsed<()> {
        loop {
            let name = self.peek_non_space()?;
            if name.kind != TokenKind::Variable {
                return Ok(());
            }
            self.next_non_space()?;
            let after = self.next()?;
            let sign = if after.kind == TokenKind::Space { self.peek_non_space()? } else { after };
            let comma = sign.kind == TokenKind::Char && sign.text == ",";
            if !comma && !matches!(sign.kind, TokenKind::Assign | TokenKind::Declare) {
                // An argument; the space after it separates it from the next.
                self.push_back(after);
                self.push_back(name);
                return Ok(());
            }
            if after.kind == TokenKind::Space {
                self.next_non_space()?;
            }
            let variable = self.variable(name.text);
            pipe.targets.push(variable);
            self.declare(variable);
            if !comma {
                pipe.assigns = sign.kind == TokenKind::Assign;
                return Ok(());
            }
            if context != "range" || pipe.targets.len() > 1 {
                return Err((sign.pos, Failure::parse(format!("too many declarations in {context}"))));
            }
            let next = self.peek_non_space()?;
            let goes_on = matches!(next.kind, TokenKind::Variable | TokenKind::RightDelim | TokenKind::RightParen);
            if !goes_on {
                return Err((next.pos, Failure::parse("range can only initialize variables").expected("a variable")));
            }
        }
    }

    /// Operands separated by white space, up to a pipe, which is passed, or
    /// the end of the pipeline, which is not.
    fn command(&mut self) -> Parsed<Command> {
        let mut head = None;
        let mut args = Vec::new();
        let start = self.peek_non_space()?.pos;
        loop {
            self.peek_non_space()?;
            if let Some(operand) = self.operand()? {
                match head {
                    None => head = Some(operand),
                    Some(_) => args.push(operand),
                }
            }
            let token = self.next()?;
            match token.kind {
                TokenKind::Space => {}
                TokenKind::RightDelim | TokenKind::RightParen => {
                    self.push_back(token);
                    break;
                }
                TokenKind::Pipe => break,
                _ => return Err(unexpected(&token, "operand", "white space, `|`, `)` or `}}`")),
            }
        }
        match head {
            Some(head) => Ok(Command { head, args }),
            None => Err((start, Failure::parse("empty command").expected("an operand"))),
        }
    }

    /// A term with the fields asked of it; none where no term starts.
    fn operand(&mut self) -> Parsed<Option<Operand>> {
        let Some(mut operand) = self.term()? else {
            return Ok(None);
        };
        let first = self.peek()?;
        let mut fields = Vec::new();
        while self.peek()?.kind == TokenKind::Field {
            fields.push(field_name(&self.next()?));
        }
        if fields.is_empty() {
            return Ok(Some(operand));
        }
        match &mut operand.term {
            Term::Field(names) | Term::Variable(_, names) => names.append(&mut fields),
            term if term.is_literal() => {
                return Err((first.pos, Failure::parse("unexpected . after a literal").expected("white space")));
            }
            _ => {
                let pos = first.pos;
                operand = Operand { pos, term: Term::Chain(Box::new(operand), fields) };
            }
        }
        Ok(Some(operand))
    }

    fn term(&mut self) -> Parsed<Option<Operand>> {
        let token = self.next_non_space()?;
        let term = match token.kind {
            TokenKind::Identifier => Term::Function(self.function(&token)?),
            TokenKind::Dot => Term::Dot,
            TokenKind::Nil => Term::Nil,
            TokenKind::Variable => self.variable_use(&token)?,
            TokenKind::Field => Term::Field(vec![field_name(&token)]),
            TokenKind::Bool => Term::Bool(token.text == "true"),
            TokenKind::CharConstant | TokenKind::Complex | TokenKind::Number => Term::Number(Box::new(number(&token)?)),
            TokenKind::String | TokenKind::RawString => {
                let bytes = unquote(token.text);
                let bytes = bytes.ok_or_else(|| (token.pos, Failure::parse("invalid string syntax")))?;
                Term::String(Text::from(bytes))
            }
            TokenKind::LeftParen => {
                self.enter(token.pos)?;
                let pipe = self.pipeline("parenthesized pipeline", TokenKind::RightParen)?;
                self.leave();
                Term::Pipeline(Box::new(pipe))
            }
            _ => {
                self.push_back(token);
                return Ok(None);
            }
        };
        Ok(Some(Operand { pos: token.pos, term }))
    }

    fn function(&mut self, token: &Token<'t>) -> Parsed<&'static crate::functions::Function> {
        let found = self.definitions.functions.find(token.text);
        self.definitions.mutates |= found.is_some_and(|function| function.mutates);
        found.ok_or_else(|| (token.pos, self.definitions.functions.unknown(token.text)))
    }

    fn variable_use(&mut self, token: &Token<'t>) -> Parsed<Term> {
        let variable = self.variable(token.text);
        if self.is_declared(variable) {
            return Ok(Term::Variable(variable, Vec::new()));
        }
        let failure = Failure::parse(format!("undefined variable {:?}", token.text));
        Err((token.pos, failure.expected(format!("`{} := …` before it", token.text))))
    }
}

fn starts_operand(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Bool
            | TokenKind::CharConstant
            | TokenKind::Complex
            | TokenKind::Dot
            | TokenKind::Field
            | TokenKind::Identifier
            | TokenKind::Number
            | TokenKind::Nil
            | TokenKind::RawString
            | TokenKind::String
            | TokenKind::Variable
            | TokenKind::LeftParen
    )
}

fn field_name(token: &Token<'_>) -> String {
    token.text.trim_start_matches('.').to_owned()
}

fn number(token: &Token<'_>) -> Parsed<Number> {
    let text = token.text;
    let number = match token.kind {
        TokenKind::CharConstant => {
            Number::character(text).ok_or_else(|| format!("malformed character constant: {text}"))
        }
        TokenKind::Complex => Number::complex(text).ok_or_else(|| format!("illegal number syntax: {text:?}")),
        _ => Number::plain(text),
    };
    number.map_err(|message| (token.pos, Failure::parse(message)))
}
