//! Constraints: `>=1.2 <2 || ~3.1, !=3.1.4`.

use std::cmp::Ordering;

use super::range::{is_digit, is_space, rewrite, skip_spaces};
use super::{Parts, Semver, compare_prerelease};

/// Alternatives, of which each is a list of constraints that all must hold.
#[derive(Debug)]
pub(crate) struct Constraints(Vec<Vec<Constraint>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    /// None or `=`
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// The operators; longer ones before their starts.
const OPERATORS: [(&str, Operator); 11] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

#[derive(Debug)]
struct Constraint {
    operator: Operator,
    version: Semver,
    /// Some number is missing or a placeholder.
    dirty: bool,
    minor_dirty: bool,
    patch_dirty: bool,
}

impl Constraints {
    /// Reads constraints. `work` is asked before bytes are looked at; `fail`
    /// makes an error of a message.
    pub(crate) fn parse<E>(
        text: &str,
        work: impl FnMut(usize) -> Result<(), E>,
        fail: impl Fn(String) -> E,
    ) -> Result<Self, E> {
        let text = rewrite(text, work)?;
        let alternatives = text.split("||").map(|alternative| all_of(alternative).map_err(&fail));
        Ok(Self(alternatives.collect::<Result<_, _>>()?))
    }

    /// How many constraints there are.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    pub(crate) fn allow(&self, version: &Semver) -> bool {
        self.0.iter().any(|all| all.iter().all(|constraint| constraint.allows(version)))
    }
}

/// Constraints with spaces, or a comma with or without spaces, between them.
fn all_of(text: &str) -> Result<Vec<Constraint>, String> {
    let improper = || format!("improper constraint: {text}");
    let mut constraints = Vec::new();
    let mut rest = skip_spaces(text);
    loop {
        let found = OPERATORS.iter().find_map(|(sign, operator)| Some((*operator, rest.strip_prefix(sign)?)));
        let (operator, after) = found.unwrap_or((Operator::Equal, rest));
        let written = skip_spaces(after);
        let parts = Parts::split(written, is_digit).ok_or_else(improper)?;
        let separated = parts.rest.bytes().next().is_none_or(|byte| is_space(byte) || byte == b',');
        if !separated {
            return Err(improper());
        }
        let own = written.get(..written.len() - parts.rest.len()).unwrap_or_default();
        rest = skip_spaces(parts.rest);
        constraints.push(Constraint::new(operator, own, &parts)?);
        if rest.is_empty() {
            return Ok(constraints);
        }
        rest = rest.strip_prefix(',').map_or(rest, skip_spaces);
    }
}

fn is_placeholder(number: &str) -> bool {
    matches!(number, "x" | "X" | "*")
}

impl Constraint {
    fn new(operator: Operator, written: &str, parts: &Parts<'_>) -> Result<Self, String> {
        let open = |number: Option<&str>| number.is_none_or(is_placeholder);
        let prerelease = parts.prerelease.map(|text| format!("-{text}")).unwrap_or_default();
        let (minor_dirty, patch_dirty, text);
        if is_placeholder(parts.major) {
            (minor_dirty, patch_dirty) = (false, false);
            text = Some(format!("0.0.0{prerelease}"));
        } else if open(parts.minor) {
            (minor_dirty, patch_dirty) = (true, false);
            text = Some(format!("{}.0.0{prerelease}", parts.major));
        } else if open(parts.patch) {
            (minor_dirty, patch_dirty) = (false, true);
            text = Some(format!("{}.{}.0{prerelease}", parts.major, parts.minor.unwrap_or_default()));
        } else {
            (minor_dirty, patch_dirty) = (false, false);
            text = None;
        }
        let version = Semver::parse(text.as_deref().unwrap_or(written)).map_err(|_| "constraint Parser Error")?;
        Ok(Self { operator, version, dirty: text.is_some(), minor_dirty, patch_dirty })
    }

    fn allows(&self, version: &Semver) -> bool {
        let own = &self.version;
        // Prereleases are for those who ask for one.
        let unasked = !version.prerelease.is_empty() && own.prerelease.is_empty();
        if self.operator == Operator::NotEqual {
            return self.differs(version, unasked);
        }
        if unasked {
            return false;
        }
        match self.operator {
            Operator::NotEqual => false,
            Operator::Equal if self.dirty => self.tilde(version),
            Operator::Equal => version.compare(own) == Ordering::Equal,
            Operator::Greater => self.less_than(version),
            Operator::Less => version.compare(own) == Ordering::Less,
            Operator::GreaterOrEqual => version.compare(own) != Ordering::Less,
            Operator::LessOrEqual if self.dirty => {
                version.major < own.major
                    || (version.major == own.major && (version.minor <= own.minor || self.minor_dirty))
            }
            Operator::LessOrEqual => version.compare(own) != Ordering::Greater,
            Operator::Tilde => self.tilde(version),
            Operator::Caret => self.caret(version),
        }
    }

    fn differs(&self, version: &Semver, unasked: bool) -> bool {
        let own = &self.version;
        if self.dirty {
            if unasked {
                return false;
            }
            if own.major != version.major {
                return true;
            }
            if self.minor_dirty {
                return false;
            }
            if own.minor != version.minor {
                return true;
            }
            if self.patch_dirty {
                let any = !version.prerelease.is_empty() || !own.prerelease.is_empty();
                return any && compare_prerelease(&version.prerelease, &own.prerelease) != Ordering::Equal;
            }
            if own.patch != version.patch {
                return true;
            }
        }
        version.compare(own) != Ordering::Equal
    }

    fn less_than(&self, version: &Semver) -> bool {
        let own = &self.version;
        if !self.dirty {
            return version.compare(own) == Ordering::Greater;
        }
        match version.major.cmp(&own.major) {
            Ordering::Greater => true,
            Ordering::Less => false,
            // 11.1 is not beyond 11, and 11.1.1 not beyond 11.1.
            Ordering::Equal if self.minor_dirty => false,
            Ordering::Equal if self.patch_dirty => version.minor > own.minor,
            Ordering::Equal => version.compare(own) == Ordering::Greater,
        }
    }

    fn tilde(&self, version: &Semver) -> bool {
        let own = &self.version;
        if version.compare(own) == Ordering::Less {
            return false;
        }
        // Zero with nothing left open allows everything.
        if (own.major, own.minor, own.patch) == (0, 0, 0) && !self.minor_dirty && !self.patch_dirty {
            return true;
        }
        version.major == own.major && (version.minor == own.minor || self.minor_dirty)
    }

    fn caret(&self, version: &Semver) -> bool {
        let own = &self.version;
        if version.compare(own) == Ordering::Less {
            return false;
        }
        if own.major > 0 || self.minor_dirty {
            return version.major == own.major;
        }
        if version.major > 0 {
            return false;
        }
        if own.minor > 0 || self.patch_dirty {
            return version.minor == own.minor;
        }
        version.minor == 0 && version.patch == own.patch
    }
}
