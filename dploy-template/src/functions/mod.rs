//! The functions that templates may call, one file or folder per family.

mod args;
mod compare;
#[cfg(feature = "crypto")]
mod crypto;
mod dates;
mod dicts;
mod digests;
mod durations;
mod encoding;
mod equality;
mod escape;
mod flow;
mod helm;
mod hermetic;
mod index;
mod listing;
mod lists;
mod math;
mod methods;
mod paths;
mod print;
mod random;
mod reflection;
mod regexes;
mod registry;
mod signature;
mod strings;
mod times;
mod urls;
mod versions;

pub(crate) use args::Args;
pub use listing::{FunctionInfo, functions};
pub(crate) use methods::method;
pub(crate) use registry::FunctionSet;
pub(crate) use signature::{Function, Param, Run};

/// Whose function it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Built into text/template
    Go,
    /// sprig
    Sprig,
    /// Helm; all but `toYaml` are known with [`ParseOptions::helm`](crate::ParseOptions::helm) only
    Helm,
}

/// Functions that belong together.
struct Family {
    name: &'static str,
    origin: Origin,
    functions: &'static [Function],
    /// Whether a template knows them only when asked to
    on_request: bool,
}

const fn family(name: &'static str, origin: Origin, functions: &'static [Function]) -> Family {
    Family { name, origin, functions, on_request: false }
}

impl Family {
    const fn on_request(mut self) -> Self {
        self.on_request = true;
        self
    }
}

/// All families. A later one replaces functions of the same name.
fn families() -> impl Iterator<Item = &'static Family> {
    use Origin::{Go, Helm, Sprig};
    static FAMILIES: &[Family] = &[
        family("comparison and logic", Go, compare::FUNCTIONS),
        family("access", Go, index::FUNCTIONS),
        family("printing", Go, print::FUNCTIONS),
        family("escaping", Go, escape::FUNCTIONS),
        family("strings", Sprig, strings::case::FUNCTIONS),
        family("strings", Sprig, strings::words::FUNCTIONS),
        family("strings", Sprig, strings::cut::FUNCTIONS),
        family("strings", Sprig, strings::abbreviate::FUNCTIONS),
        family("strings", Sprig, strings::trim::FUNCTIONS),
        family("strings", Sprig, strings::indent::FUNCTIONS),
        family("strings", Sprig, strings::wrap::FUNCTIONS),
        family("strings", Sprig, strings::search::FUNCTIONS),
        family("strings", Sprig, strings::pieces::FUNCTIONS),
        family("strings", Sprig, strings::print::FUNCTIONS),
        family("lists", Sprig, lists::COMBINE),
        family("lists", Sprig, lists::PART),
        family("lists", Sprig, lists::SEARCH),
        family("lists", Sprig, lists::NUMBER),
        family("maps", Sprig, dicts::ENTRIES),
        family("maps", Sprig, dicts::SELECT),
        family("maps", Sprig, dicts::MERGE),
        family("maps", Sprig, dicts::COPY),
        family("reflection", Sprig, reflection::FUNCTIONS),
        family("numbers", Sprig, math::NUMBERS),
        family("numbers", Sprig, math::INTEGERS),
        family("numbers", Sprig, math::FLOATS),
        family("numbers", Sprig, math::DECIMALS),
        family("dates", Sprig, dates::FUNCTIONS),
        family("versions", Sprig, versions::FUNCTIONS),
        family("encoding", Sprig, encoding::BASES),
        family("encoding", Sprig, encoding::JSON),
        family("paths", Sprig, paths::FUNCTIONS),
        family("URLs", Sprig, urls::FUNCTIONS),
        family("regular expressions", Sprig, regexes::FUNCTIONS),
        family("machine", Sprig, hermetic::FUNCTIONS),
        family("digests", Sprig, digests::FUNCTIONS),
        #[cfg(feature = "crypto")]
        family("cryptography", Sprig, crypto::PASSWORDS),
        #[cfg(feature = "crypto")]
        family("cryptography", Sprig, crypto::PRIVATE_KEYS),
        #[cfg(feature = "crypto")]
        family("cryptography", Sprig, crypto::CERTIFICATES),
        #[cfg(feature = "crypto")]
        family("cryptography", Sprig, crypto::CIPHER),
        family("random values", Sprig, random::FUNCTIONS),
        family("choosing", Sprig, flow::FUNCTIONS),
        family("YAML", Helm, helm::YAML),
        family("Helm", Helm, helm::FUNCTIONS).on_request(),
    ];
    FAMILIES.iter()
}
