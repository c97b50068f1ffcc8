//! Templates as functions: Helm's `include` and `tpl`.

use std::sync::Arc;

use super::Exec;
use crate::error::{Error, ErrorKind, Failure, SourceText};
use crate::functions::Args;
use crate::syntax;
use crate::value::{SourceSet, Text, TextBuf, Value};

/// Bytes of a template's text that cost one step to parse.
const PARSED_PER_STEP: usize = 4;

impl Exec<'_, '_, '_> {
    /// What the template of this name writes for this data.
    pub(super) fn include(&mut self, args: &Args) -> Result<Value, Failure> {
        let name = args.text(0)?.to_string_lossy();
        let definitions = self.definitions;
        let definition = definitions.get(&name);
        let definition = definition.ok_or_else(|| Failure::execute(format!("no template {name:?} is defined")))?;
        self.deeper(|exec| {
            let out = std::mem::take(&mut exec.out);
            let traced = std::mem::take(&mut exec.traced);
            let called = exec.definition(definition, args.any(1).clone());
            exec.traced = traced;
            let written = std::mem::replace(&mut exec.out, out);
            called.map_err(inner)?;
            Ok(Value::String(written.finish()))
        })
    }

    /// What a text, read as a template, writes for this data. It may call the
    /// templates defined around it, and what it defines is its own.
    pub(super) fn tpl(&mut self, args: &Args) -> Result<Value, Failure> {
        let text = args.text(0)?;
        authored(text)?;
        self.env.budget.spend((text.len() / PARSED_PER_STEP + self.definitions.len()) as u64)?;
        let source = SourceText { name: self.source.name.clone(), text: Arc::from(&*text.to_string_lossy()) };
        let source = Arc::new(source);
        let parsed = syntax::parse(&source, self.definitions.functions).map_err(inner)?;
        let definitions = self.definitions.with(&parsed);
        let data = args.any(1);
        self.deeper(|exec| {
            let mut nested = Exec::new(&source, &definitions, exec.env, data.clone(), exec.depth);
            if let Some(main) = parsed.get(&source.name) {
                nested.nodes(data, &main.nodes).map_err(inner)?;
            }
            Ok(Value::String(without_no_value(&nested.out.finish())))
        })
    }

    fn deeper(&mut self, call: impl FnOnce(&mut Self) -> Result<Value, Failure>) -> Result<Value, Failure> {
        let limit = self.env.budget.limits().depth;
        if self.depth >= limit {
            return Err(Failure::limit(format!("nesting of more than {limit} levels")));
        }
        self.depth += 1;
        let result = call(self);
        self.depth -= 1;
        result
    }
}

/// An error of a template that was called, as the caller's. Its place goes
/// into the message, but not for bounds, which templates exceed together.
fn inner(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::Limit => Failure::limit(error.message()),
        _ => Failure::execute(error.to_string()),
    }
}

/// Refuses template text that a user supplied any part of.
fn authored(text: &Text) -> Result<(), Failure> {
    let mut set = SourceSet::default();
    text.add_sources(&mut set);
    match set.into_source() {
        None => Ok(()),
        Some(source) => {
            let message = format!("the text contains {}, which would be carried out as a template", source.label());
            Err(Failure::execute(message).expected("text of the template's author"))
        }
    }
}

/// The text without what Go prints for missing values, as Helm gives it.
fn without_no_value(text: &Text) -> Text {
    const NO_VALUE: &[u8] = b"<no value>";
    let bytes = text.as_bytes();
    let mut out = TextBuf::default();
    let mut kept = 0;
    let mut cut = 0;
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() >= NO_VALUE.len()) {
        let Some(found) = rest.windows(NO_VALUE.len()).position(|window| window == NO_VALUE) else { break };
        out.push_range(text, kept..at + found, cut..at + found);
        cut = at + found;
        kept = at + found + NO_VALUE.len();
        at = kept;
    }
    if kept == 0 {
        return text.clone();
    }
    out.push_range(text, kept..bytes.len(), cut..bytes.len());
    out.finish()
}
