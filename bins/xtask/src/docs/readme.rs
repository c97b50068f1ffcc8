//! The tables of the README that are made from the code.

use std::fmt::Write as _;

use clap::CommandFactory as _;
use dploy_core::environments::{isolation::IsolationLevel, settings::Settings};

use super::Error;

/// The README with its tables as the code has them.
pub(super) fn with_tables(readme: &str) -> Result<String, Error> {
    let readme = replaced(readme, "dploy-api", &dploy_api::config::table())?;
    replaced(&readme, "dploy-operator", &operator())
}

fn replaced(text: &str, name: &'static str, table: &str) -> Result<String, Error> {
    let open = format!("<!-- generated: {name} -->\n");
    let (before, rest) = text.split_once(&open).ok_or(Error::NoPlace(name))?;
    let (_, after) = rest.split_once("<!-- end -->").ok_or(Error::NoPlace(name))?;
    Ok(format!("{before}{open}{table}<!-- end -->{after}"))
}

fn operator() -> String {
    let mut table = "| flag | variable | default | meaning |\n|---|---|---|---|\n".to_owned();
    for flag in dploy_operator::Config::command().get_arguments().filter(|flag| flag.get_env().is_some()) {
        let name = flag.get_long().unwrap_or_default();
        let variable = flag.get_env().unwrap_or_default().to_string_lossy();
        let defaults: Vec<_> = flag.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let default = code(&defaults.join(" "));
        let meaning = flag.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(table, "| `--{name}` | `{variable}` | {default} | {meaning} |");
    }
    let built_in = Settings::default();
    let shared = [
        ("DEFAULT_TTL", built_in.ttl_seconds.to_string()),
        ("EXTEND_TTL", built_in.extend_seconds.to_string()),
        ("MAX_ENVIRONMENTS_PER_USER", built_in.max_instances_per_user.to_string()),
        ("FLUX_NAMESPACE", String::new()),
        ("DEFAULT_ISOLATION", IsolationLevel::Baseline.as_str().to_owned()),
        ("DPLOY_ENGINE", String::new()),
        ("ARGOCD_NAMESPACE", built_in.argocd.namespace),
        ("ARGOCD_PROJECT", built_in.argocd.project),
        ("ARGOCD_SERVER", built_in.argocd.server),
    ];
    for (name, default) in shared {
        let _ = writeln!(table, "| | `{name}` | {} | as for dploy-api |", code(&default));
    }
    table
}

/// A value as code; no value is nothing.
fn code(value: &str) -> String {
    if value.is_empty() { String::new() } else { format!("`{value}`") }
}
