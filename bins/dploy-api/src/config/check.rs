use std::fmt::Write as _;

use super::{
    Config, Domain,
    read::{Get, Reader},
    variables::{Group, VARIABLES, Variable},
};

/// What is written for a secret that is set.
const HIDDEN: &str = "********";

/// The values that count, variable by variable, without secrets.
pub(super) fn effective(config: &Config, get: &Get<'_>) -> String {
    let from = Reader::new(get);
    let domains: Vec<_> = config.domains().iter().map(Domain::to_string).collect();
    let mut text = format!("# serves {}\n", domains.join(" and "));
    for group in Group::ALL.into_iter().filter(|group| config.reads(*group)) {
        let _ = writeln!(text, "\n# {}", group.title());
        for variable in VARIABLES.iter().filter(|variable| variable.group == group) {
            let _ = writeln!(text, "{}", line(&from, variable));
        }
    }
    text
}

fn line(from: &Reader<'_>, variable: &Variable) -> String {
    let name = variable.name;
    if let Some(other) = variable.unless.filter(|other| from.is_given(other)) {
        return format!("# {name} is not read beside {other}");
    }
    let from_default = if from.given(variable).is_some() { "" } else { "  # default" };
    match from.effective(variable) {
        None => format!("# {name} is unset"),
        Some(_) if variable.secret => format!("{name}={HIDDEN}{from_default}"),
        Some(value) => format!("{name}={value}{from_default}"),
    }
}

impl Config {
    /// Whether variables of the group count.
    fn reads(&self, group: Group) -> bool {
        match group {
            Group::Server => true,
            Group::Access => self.tokens.is_some(),
            Group::Environments => self.environments.is_some(),
            Group::Releases => self.releases.is_some(),
        }
    }
}
