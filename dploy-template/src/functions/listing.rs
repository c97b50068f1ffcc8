//! The list of functions for people and programs.

use super::registry::FunctionSet;
use super::{Family, Function, Origin, families};

/// What a function is called, takes and gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FunctionInfo {
    /// The name in templates
    pub name: &'static str,
    /// The family it belongs to, such as `strings`
    pub family: &'static str,
    /// Whose function it is
    pub origin: Origin,
    /// The Go types of its parameters; the last one of a variadic function begins with `...`
    pub parameters: Vec<String>,
    /// What it gives, in a few words
    pub summary: &'static str,
    /// A template that shows it
    pub example: String,
    /// Whether templates know it with [`ParseOptions::helm`](crate::ParseOptions::helm) only
    pub on_request: bool,
    /// Whether it exists only to fail with a clear message
    pub fails: bool,
    /// Whether its result depends on [`RenderOptions::seed`](crate::RenderOptions::seed)
    pub random: bool,
}

/// Every function that a template may call, by family; with `helm` also those
/// of Helm, which replace sprig's of the same name.
#[must_use]
pub fn functions(helm: bool) -> Vec<FunctionInfo> {
    let set = FunctionSet::new(helm);
    let families = families().filter(|family| helm || !family.on_request);
    let all = families.flat_map(|family| family.functions.iter().map(move |function| (family, function)));
    let visible =
        all.filter(|(_, function)| set.find(function.name).is_some_and(|known| std::ptr::eq(known, *function)));
    visible.map(|(family, function)| info(family, function)).collect()
}

fn info(family: &Family, function: &Function) -> FunctionInfo {
    let fixed = function.params.iter().map(|param| param.go_type().to_owned());
    let rest = function.rest.map(|param| format!("...{}", param.go_type()));
    FunctionInfo {
        name: function.name,
        family: family.name,
        origin: family.origin,
        parameters: fixed.chain(rest).collect(),
        summary: function.summary,
        example: match function.example {
            template if template.starts_with("{{") => template.to_owned(),
            expression => format!("{{{{ {expression} }}}}"),
        },
        on_request: family.on_request,
        fails: function.fails,
        random: function.random,
    }
}
