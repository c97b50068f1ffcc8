//! From tokens to the parse tree: text and control structures.

use std::collections::HashMap;
use std::sync::Arc;

use super::ast::{Branches, Definition, Definitions, Node, Pipeline, Range, Variable, is_blank};
use super::lexer::{Lexer, Misplaced};
use super::token::{Keyword, Token, TokenKind};
use super::unquote::unquote;
use crate::error::{Error, Failure, SourceText};
use crate::functions::FunctionSet;
use crate::value::Text;

/// Blocks and parentheses may nest this deep. Go allows 10,000 parentheses
/// and any number of blocks, on a stack that grows.
const MAX_DEPTH: usize = 100;

/// Parses a template's text.
pub(crate) fn parse(source: &Arc<SourceText>, functions: FunctionSet) -> Result<Definitions, Error> {
    let mut parser = Parser::new(source, functions);
    let parsed = parser.template(&source.name);
    parsed.map_err(|(pos, failure)| source.error(pos, failure))?;
    Ok(parser.definitions)
}

/// What ended a list of nodes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    End,
    /// `else`, complete
    Else,
    /// `else if` or `else with`, up to where its pipeline starts
    ElseChain(Keyword),
}

enum Piece {
    Node(Node),
    Stop(usize, Stop),
}

pub(super) type Parsed<T> = Result<T, Misplaced>;

/// State of the parser. The grammar below actions is in `pipeline.rs`.
pub(super) struct Parser<'t> {
    source: &'t Arc<SourceText>,
    lexer: Lexer<'t>,
    /// Tokens read ahead, the next one last
    ahead: Vec<Token<'t>>,
    numbers: HashMap<&'t str, Variable>,
    /// Variables visible here
    scope: Vec<Variable>,
    /// Enclosing `range` actions
    ranges: usize,
    depth: usize,
    pub(super) definitions: Definitions,
}

impl<'t> Parser<'t> {
    fn new(source: &'t Arc<SourceText>, functions: FunctionSet) -> Self {
        let mut parser = Self {
            source,
            lexer: Lexer::new(&source.text),
            ahead: Vec::new(),
            numbers: HashMap::new(),
            scope: Vec::new(),
            ranges: 0,
            depth: 0,
            definitions: Definitions::new(functions),
        };
        let root = parser.variable("$");
        parser.scope.push(root);
        parser
    }

    /// The number of a variable's name.
    pub(super) fn variable(&mut self, name: &'t str) -> Variable {
        let next = Variable(self.numbers.len());
        *self.numbers.entry(name).or_insert(next)
    }

    pub(super) fn declare(&mut self, variable: Variable) {
        self.scope.push(variable);
    }

    pub(super) fn is_declared(&self, variable: Variable) -> bool {
        self.scope.contains(&variable)
    }

    pub(super) fn next(&mut self) -> Parsed<Token<'t>> {
        match self.ahead.pop() {
            Some(token) => Ok(token),
            None => self.lexer.next_token(),
        }
    }

    pub(super) fn push_back(&mut self, token: Token<'t>) {
        self.ahead.push(token);
    }

    pub(super) fn peek(&mut self) -> Parsed<Token<'t>> {
        let token = self.next()?;
        self.push_back(token);
        Ok(token)
    }

    pub(super) fn next_non_space(&mut self) -> Parsed<Token<'t>> {
        loop {
            let token = self.next()?;
            if token.kind != TokenKind::Space {
                return Ok(token);
            }
        }
    }

    pub(super) fn peek_non_space(&mut self) -> Parsed<Token<'t>> {
        let token = self.next_non_space()?;
        self.push_back(token);
        Ok(token)
    }

    pub(super) fn enter(&mut self, pos: usize) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let failure = Failure::parse("blocks and parentheses nest too deep");
            return Err((pos, failure.expected(format!("at most {MAX_DEPTH} levels"))));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    fn expect(&mut self, kind: TokenKind, context: &str, expected: &str) -> Parsed<Token<'t>> {
        let token = self.next_non_space()?;
        if token.kind == kind { Ok(token) } else { Err(unexpected(&token, context, expected)) }
    }

    /// The whole text: nodes and, only here, definitions.
    fn template(&mut self, name: &str) -> Parsed<()> {
        let mut nodes = Vec::new();
        loop {
            let token = self.next()?;
            match token.kind {
                TokenKind::End => break,
                TokenKind::LeftDelim => {
                    if self.peek_non_space()?.kind == TokenKind::Keyword(Keyword::Define) {
                        self.next_non_space()?;
                        self.definition()?;
                        continue;
                    }
                    match self.action(token)? {
                        Piece::Node(node) => nodes.push(node),
                        Piece::Stop(pos, stop) => return Err(misplaced_stop(pos, stop, None)),
                    }
                }
                _ => nodes.push(text_node(token)),
            }
        }
        self.define(name.to_owned(), nodes, 0)
    }

    /// Keeps a definition; a second one that is not blank is an error.
    fn define(&mut self, name: String, nodes: Vec<Node>, pos: usize) -> Parsed<()> {
        let known = self.definitions.get(&name);
        if known.is_some_and(|known| !is_blank(&known.nodes)) && !is_blank(&nodes) {
            return Err((pos, Failure::parse(format!("multiple definition of template {name:?}"))));
        }
        self.definitions.add(name, Definition { source: Arc::clone(self.source), nodes });
        Ok(())
    }

    fn definition(&mut self) -> Parsed<()> {
        let token = self.next_non_space()?;
        let name = self.template_name(&token, "define clause")?;
        self.expect(TokenKind::RightDelim, "define clause", "`}}`")?;
        let nodes = self.own_scope(|parser| parser.until_end(token.pos, "define clause"))?;
        self.define(name, nodes, token.pos)
    }

    /// Parses a body that sees no variables but its own `$`.
    fn own_scope<T>(&mut self, body: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let scope = std::mem::replace(&mut self.scope, vec![super::ast::ROOT]);
        let ranges = std::mem::take(&mut self.ranges);
        let parsed = body(self);
        self.scope = scope;
        self.ranges = ranges;
        parsed
    }

    fn template_name(&self, token: &Token<'t>, context: &str) -> Parsed<String> {
        if !matches!(token.kind, TokenKind::String | TokenKind::RawString) {
            return Err(unexpected(token, context, "a quoted template name"));
        }
        let bytes = unquote(token.text).ok_or_else(|| (token.pos, Failure::parse("invalid string syntax")))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn until_end(&mut self, pos: usize, context: &str) -> Parsed<Vec<Node>> {
        match self.nodes(pos)? {
            (nodes, _, Stop::End) => Ok(nodes),
            (_, pos, stop) => Err(misplaced_stop(pos, stop, Some(context))),
        }
    }

    /// Nodes up to `end` or `else`, whose place is returned. `opened` is where
    /// the block started, which an unclosed block is reported at.
    fn nodes(&mut self, opened: usize) -> Parsed<(Vec<Node>, usize, Stop)> {
        self.enter(opened)?;
        let mut nodes = Vec::new();
        loop {
            let token = self.next()?;
            match token.kind {
                TokenKind::End => {
                    return Err((opened, Failure::parse("unclosed block").expected("`{{end}}`")));
                }
                TokenKind::LeftDelim => match self.action(token)? {
                    Piece::Node(node) => nodes.push(node),
                    Piece::Stop(pos, stop) => {
                        self.leave();
                        return Ok((nodes, pos, stop));
                    }
                },
                _ => nodes.push(text_node(token)),
            }
        }
    }

    /// An action whose left delimiter is past.
    fn action(&mut self, delim: Token<'t>) -> Parsed<Piece> {
        let token = self.next_non_space()?;
        let TokenKind::Keyword(keyword) = token.kind else {
            self.push_back(token);
            return Ok(Piece::Node(Node::Action(self.pipeline("command", TokenKind::RightDelim)?)));
        };
        let node = match keyword {
            Keyword::Block => self.block()?,
            Keyword::Break => self.loop_control(&token, Node::Break)?,
            Keyword::Continue => self.loop_control(&token, Node::Continue)?,
            Keyword::Else => return self.else_clause(token.pos),
            Keyword::End => {
                self.expect(TokenKind::RightDelim, "end", "`}}`")?;
                return Ok(Piece::Stop(token.pos, Stop::End));
            }
            Keyword::If => Node::If(self.branches(delim.pos, Keyword::If)?),
            Keyword::With => Node::With(self.branches(delim.pos, Keyword::With)?),
            Keyword::Range => self.range(delim.pos)?,
            Keyword::Template => self.template_call()?,
            Keyword::Define => {
                let failure = Failure::parse("unexpected <define> in command");
                return Err((token.pos, failure.expected("definitions at the top level only")));
            }
        };
        Ok(Piece::Node(node))
    }

    fn loop_control(&mut self, token: &Token<'t>, node: Node) -> Parsed<Node> {
        self.expect(TokenKind::RightDelim, token.text, "`}}`")?;
        if self.ranges == 0 {
            return Err((token.pos, Failure::parse(format!("{{{{{}}}}} outside {{{{range}}}}", token.text))));
        }
        Ok(node)
    }

    fn else_clause(&mut self, pos: usize) -> Parsed<Piece> {
        let token = self.next_non_space()?;
        let stop = match token.kind {
            TokenKind::Keyword(keyword @ (Keyword::If | Keyword::With)) => Stop::ElseChain(keyword),
            TokenKind::RightDelim => Stop::Else,
            _ => return Err(unexpected(&token, "else", "`}}`, `if` or `with`")),
        };
        Ok(Piece::Stop(pos, stop))
    }

    /// `if` or `with`, whose keyword is past, to its `end`.
    fn branches(&mut self, opened: usize, keyword: Keyword) -> Parsed<Branches> {
        let visible = self.scope.len();
        let context = if keyword == Keyword::If { "if" } else { "with" };
        let mut branches = Branches { arms: Vec::new(), otherwise: None };
        loop {
            let pipe = self.pipeline(context, TokenKind::RightDelim)?;
            let (nodes, pos, stop) = self.nodes(opened)?;
            branches.arms.push((pipe, nodes));
            match stop {
                Stop::End => break,
                Stop::ElseChain(next) if next == keyword => {}
                Stop::ElseChain(_) => return Err(misplaced_stop(pos, stop, Some(context))),
                Stop::Else => {
                    branches.otherwise = Some(self.until_end(opened, context)?);
                    break;
                }
            }
        }
        self.scope.truncate(visible);
        Ok(branches)
    }

    fn range(&mut self, opened: usize) -> Parsed<Node> {
        let visible = self.scope.len();
        let pipe = self.pipeline("range", TokenKind::RightDelim)?;
        self.ranges += 1;
        let (body, pos, stop) = self.nodes(opened)?;
        self.ranges -= 1;
        let otherwise = match stop {
            Stop::End => None,
            Stop::Else => Some(self.until_end(opened, "range")?),
            Stop::ElseChain(_) => return Err(misplaced_stop(pos, stop, Some("range"))),
        };
        self.scope.truncate(visible);
        Ok(Node::Range(Box::new(Range { pipe, body, otherwise })))
    }

    fn block(&mut self) -> Parsed<Node> {
        let token = self.next_non_space()?;
        let name = self.template_name(&token, "block clause")?;
        let pipe = self.pipeline("block clause", TokenKind::RightDelim)?;
        let nodes = self.own_scope(|parser| parser.until_end(token.pos, "block clause"))?;
        self.define(name.clone(), nodes, token.pos)?;
        Ok(Node::Template { pos: token.pos, name, pipe: Some(pipe) })
    }

    fn template_call(&mut self) -> Parsed<Node> {
        let token = self.next_non_space()?;
        let name = self.template_name(&token, "template clause")?;
        let mut pipe: Option<Pipeline> = None;
        if self.peek_non_space()?.kind == TokenKind::RightDelim {
            self.next_non_space()?;
        } else {
            pipe = Some(self.pipeline("template clause", TokenKind::RightDelim)?);
        }
        Ok(Node::Template { pos: token.pos, name, pipe })
    }
}

fn text_node(token: Token<'_>) -> Node {
    Node::Text { pos: token.pos, text: Text::from(token.text) }
}

pub(super) fn unexpected(token: &Token<'_>, context: &str, expected: &str) -> Misplaced {
    (token.pos, Failure::parse(format!("unexpected {token} in {context}")).expected(expected))
}

fn misplaced_stop(pos: usize, stop: Stop, context: Option<&str>) -> Misplaced {
    let what = match stop {
        Stop::End => "{{end}}",
        Stop::Else => "{{else}}",
        Stop::ElseChain(Keyword::With) => "{{else with}}",
        Stop::ElseChain(_) => "{{else if}}",
    };
    let failure = match context {
        None => Failure::parse(format!("unexpected {what}")).expected("an open block before it"),
        Some(context) => Failure::parse(format!("unexpected {what} in {context}")).expected("`{{end}}`"),
    };
    (pos, failure)
}
