//! Templates: parsed once, rendered many times.

use std::sync::Arc;

use crate::analysis::{self, KeyUse};
use crate::error::{Error, SourceText};
use crate::exec;
use crate::functions::FunctionSet;
use crate::options::RenderOptions;
use crate::syntax::{self, ast::Definitions};
use crate::tree;
use crate::value::{Text, Value};

/// What a template's text may use.
#[derive(Clone, Debug, Default)]
pub struct ParseOptions {
    helm: bool,
}

impl ParseOptions {
    /// With the functions of Helm, or without, as is the default. Helm's
    /// `fromJson` and `toJson` replace those of sprig.
    #[must_use]
    pub fn helm(mut self, helm: bool) -> Self {
        self.helm = helm;
        self
    }
}

/// A parsed template. Cheap to clone, `Send` and `Sync`.
#[derive(Clone, Debug)]
pub struct Template(Arc<Parsed>);

#[derive(Debug)]
struct Parsed {
    source: Arc<SourceText>,
    definitions: Definitions,
}

impl Template {
    /// Parses the text of a template. `name` is what errors call it, and what
    /// `{{template}}` inside it may call it.
    ///
    /// # Errors
    /// [`ErrorKind::Parse`](crate::ErrorKind::Parse): unknown functions,
    /// unbalanced blocks, undefined variables, misplaced `else`, unterminated
    /// strings and comments, malformed numbers, nesting beyond 100 levels.
    pub fn parse(name: &str, text: &str, options: &ParseOptions) -> Result<Self, Error> {
        let source = Arc::new(SourceText { name: name.to_owned(), text: Arc::from(text) });
        let definitions = syntax::parse(&source, FunctionSet::new(options.helm))?;
        Ok(Self(Arc::new(Parsed { source, definitions })))
    }

    /// The name given to [`Template::parse`].
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.source.name
    }

    /// The text given to [`Template::parse`].
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.source.text
    }

    /// Renders to text; bytes that are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// [`ErrorKind::Execute`](crate::ErrorKind::Execute) where Go reports an
    /// error too, [`ErrorKind::Limit`](crate::ErrorKind::Limit).
    pub fn render(&self, data: &Value, options: &RenderOptions) -> Result<String, Error> {
        let bytes = self.render_bytes(data, options)?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Renders to exactly the bytes that Go writes.
    ///
    /// # Errors
    /// Those of [`Template::render`].
    pub fn render_bytes(&self, data: &Value, options: &RenderOptions) -> Result<Vec<u8>, Error> {
        let Parsed { source, definitions } = &*self.0;
        Ok(exec::render(source, definitions, data, options)?.into_bytes())
    }

    /// Renders to text that knows which of its bytes came from marked data,
    /// so that it can be data of another template.
    ///
    /// # Errors
    /// Those of [`Template::render`].
    pub fn render_text(&self, data: &Value, options: &RenderOptions) -> Result<Text, Error> {
        let Parsed { source, definitions } = &*self.0;
        Ok(exec::render(source, definitions, data, options)?.finish())
    }

    /// Renders a text that is meant to be YAML and reads it as
    /// sigs.k8s.io/yaml does, in a way that marked data cannot change its
    /// structure. Gives an object, or null where the text holds nothing.
    ///
    /// # Errors
    /// Those of [`Template::render`], and those for which
    /// [`Error::is_yaml`] is true.
    pub fn render_tree(&self, data: &Value, options: &RenderOptions) -> Result<serde_json::Value, Error> {
        let Parsed { source, definitions } = &*self.0;
        let rendered = exec::render_traced(source, definitions, data, options)?;
        tree::read(source, &rendered, options)
    }

    /// Which entries of the top-level field `root` the template mentions, for
    /// example `keys_of("Claims")`.
    #[must_use]
    pub fn keys_of(&self, root: &str) -> KeyUse {
        analysis::keys_of(&self.0.definitions, self.name(), root)
    }

    /// Whether the template may read the top-level field `root`.
    #[must_use]
    pub fn mentions(&self, root: &str) -> bool {
        analysis::mentions(&self.0.definitions, self.name(), root)
    }

    /// The field paths from the top of the data that the template mentions,
    /// such as `Claims.email`.
    #[must_use]
    pub fn references(&self) -> std::collections::BTreeSet<String> {
        analysis::references(&self.0.definitions, self.name())
    }
}
