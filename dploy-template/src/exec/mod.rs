//! Carries templates out.

mod argument;
mod budget;
mod call;
mod eval;
mod field;
mod include;
mod walk;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub(crate) use budget::{Budget, too_large};

use crate::error::{Error, Failure, SourceText};
use crate::options::RenderOptions;
use crate::regex::RegexCache;
use crate::syntax::ast::{Definitions, ROOT, Variable};
use crate::value::{Dict, Text, TextBuf, Value};

/// What functions see of a render.
#[derive(Debug)]
pub(crate) struct Env<'r> {
    pub(crate) options: &'r RenderOptions,
    pub(crate) budget: Budget,
    pub(crate) regexes: RegexCache,
    random: Option<ChaCha20Rng>,
    /// Maps into which the template put something that may hold them
    changed: Vec<Dict>,
}

impl Env<'_> {
    /// Puts an entry into a map.
    pub(crate) fn set(&mut self, dict: &Dict, key: Text, value: Value) -> Result<(), Failure> {
        if dict.is_nil() {
            return Err(Failure::execute("assignment to entry in nil map").expected("a map, such as dict makes"));
        }
        self.budget.fits(dict.len() + 1)?;
        self.budget.key(&key)?;
        let holds = matches!(value, Value::List(_) | Value::Map(_) | Value::Struct(_) | Value::Pointer(_));
        if holds && self.changed.last().is_none_or(|last| last.address() != dict.address()) {
            self.changed.push(dict.clone());
        }
        dict.insert(key, value);
        Ok(())
    }

    /// Takes an entry out of a map.
    pub(crate) fn unset(&mut self, dict: &Dict, key: &[u8]) {
        dict.remove(key);
    }

    /// The source of random bytes, the same for the same seed.
    pub(crate) fn random(&mut self) -> &mut ChaCha20Rng {
        let seed = self.options.seed;
        self.random.get_or_insert_with(|| ChaCha20Rng::from_seed(seed))
    }
}

impl Drop for Env<'_> {
    /// Empties the maps that the template changed: they may hold themselves,
    /// and would never be freed.
    fn drop(&mut self) {
        self.changed.drain(..).for_each(|dict| dict.clear());
    }
}

/// For each piece of a rendered text the place in the template that made it:
/// (offset in the text, offset in the template), ascending.
type Origins = Vec<(usize, usize)>;

/// Rendered text and where it comes from.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) text: Text,
    pub(crate) origins: Origins,
}

/// Renders the definition called like the template itself.
pub(crate) fn render(
    source: &SourceText,
    definitions: &Definitions,
    data: &Value,
    options: &RenderOptions,
) -> Result<TextBuf, Error> {
    Ok(run(source, definitions, data, options, false)?.0)
}

/// Renders like [`render`], and tells where each piece of the text comes from.
pub(crate) fn render_traced(
    source: &SourceText,
    definitions: &Definitions,
    data: &Value,
    options: &RenderOptions,
) -> Result<Rendered, Error> {
    let (out, origins) = run(source, definitions, data, options, true)?;
    Ok(Rendered { text: out.finish(), origins })
}

fn run(
    source: &SourceText,
    definitions: &Definitions,
    data: &Value,
    options: &RenderOptions,
    traced: bool,
) -> Result<(TextBuf, Origins), Error> {
    // What a template changes is its own copy.
    let copy = definitions.mutates.then(|| data.detached());
    let data = copy.as_ref().unwrap_or(data);
    let mut env = Env {
        options,
        budget: Budget::new(options.limits),
        regexes: RegexCache::default(),
        random: None,
        changed: Vec::new(),
    };
    let mut exec = Exec { traced, ..Exec::new(source, definitions, &mut env, data.clone(), 0) };
    // Most texts come out about as long as their template.
    exec.out = TextBuf::with_capacity(source.text.len().min(options.limits.output_bytes));
    if let Some(main) = definitions.get(&source.name) {
        exec.nodes(data, &main.nodes)?;
    }
    Ok((exec.out, exec.origins))
}

/// State of one render.
struct Exec<'n, 'e, 'o> {
    /// The text of the running template
    source: &'n SourceText,
    definitions: &'n Definitions,
    env: &'e mut Env<'o>,
    /// Variables of all running templates, innermost last
    variables: Vec<(Variable, Value)>,
    /// Where the variables of the running template begin
    frame: usize,
    depth: usize,
    out: TextBuf,
    traced: bool,
    origins: Origins,
}

impl<'n, 'e, 'o> Exec<'n, 'e, 'o> {
    fn new(
        source: &'n SourceText,
        definitions: &'n Definitions,
        env: &'e mut Env<'o>,
        data: Value,
        depth: usize,
    ) -> Self {
        let variables = vec![(ROOT, data)];
        let (out, origins) = (TextBuf::default(), Vec::new());
        Self { source, definitions, env, variables, frame: 0, depth, out, traced: false, origins }
    }

    /// Notes that what is written next comes from this place.
    fn trace(&mut self, pos: usize) {
        if self.traced {
            self.origins.push((self.out.len(), pos));
        }
    }

    fn error(&self, pos: usize, failure: Failure) -> Error {
        self.source.error(pos, failure)
    }

    fn fail<T>(&self, pos: usize, message: impl Into<String>) -> Result<T, Error> {
        Err(self.error(pos, Failure::execute(message)))
    }

    fn step(&mut self, pos: usize) -> Result<(), Error> {
        self.env.budget.spend(1).map_err(|failure| self.error(pos, failure))
    }

    /// One level of nesting deeper, to be undone by decrementing `depth`.
    fn descend(&mut self, pos: usize) -> Result<(), Error> {
        self.depth += 1;
        let limit = self.env.budget.limits().depth;
        if self.depth > limit {
            return Err(self.error(pos, Failure::limit(format!("nesting of more than {limit} levels"))));
        }
        Ok(())
    }

    /// The value of a variable. Looking far down the stack costs steps.
    fn variable(&mut self, pos: usize, variable: Variable) -> Result<Value, Error> {
        let visible = self.variables.get(self.frame..).unwrap_or_default();
        let found = visible.iter().rev().position(|(name, _)| *name == variable);
        let Some((distance, value)) = found.and_then(|at| Some((at, &visible.iter().rev().nth(at)?.1))) else {
            return Ok(Value::Nil);
        };
        let value = value.clone();
        self.env.budget.spend(distance as u64 / 64).map_err(|failure| self.error(pos, failure))?;
        Ok(value)
    }

    fn assign(&mut self, pos: usize, variable: Variable, value: Value) -> Result<(), Error> {
        let visible = self.variables.get_mut(self.frame..).unwrap_or_default();
        match visible.iter_mut().rev().find(|(name, _)| *name == variable) {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => {
                let failure = Failure::execute("assignment to an undefined variable").expected("`:=` to declare it");
                Err(self.error(pos, failure))
            }
        }
    }

    /// Checks the size of what has been written.
    fn check_output(&self, pos: usize) -> Result<(), Error> {
        self.env.budget.output(self.out.len()).map_err(|failure| self.error(pos, failure))
    }
}
